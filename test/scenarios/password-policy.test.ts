import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Api } from "../support/api.ts";
import { apiOf, refusal } from "../support/api.ts";
import {
  closeWithinModel,
  makeClient,
  makePool,
  makeUser,
  PASSWORD,
  signIn,
  startSignIn,
  TEMPORARY_PASSWORD,
} from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const world = await startWorld();
const api = apiOf(world);
afterAll(() => closeWithinModel(world));

type Client = Awaited<ReturnType<typeof makeClient>>;

/** A way to set a password, each on a user of its own. */
type Setter = (
  api: Api,
  poolId: string,
  client: Client,
  password: string,
  username: string,
) => Promise<unknown>;

const address = (username: string) => ({ email: `${username}@example.com`, email_verified: "true" });

const setters = {
  SignUp: (api, _poolId, client, Password, Username) =>
    api("SignUp", { ClientId: client.ClientId, Username, Password }),
  AdminCreateUser: (api, UserPoolId, _client, TemporaryPassword, Username) =>
    api("AdminCreateUser", { UserPoolId, Username, TemporaryPassword }),
  AdminSetUserPassword: async (api, UserPoolId, _client, Password, username) => {
    const Username = await makeUser(api, UserPoolId, username);
    return api("AdminSetUserPassword", { UserPoolId, Username, Password, Permanent: true });
  },
  NEW_PASSWORD_REQUIRED: async (api, poolId, client, NEW_PASSWORD, username) => {
    await makeUser(api, poolId, username);
    const { Session } = await startSignIn(api, client, username, TEMPORARY_PASSWORD);
    return api("RespondToAuthChallenge", {
      ClientId: client.ClientId,
      ChallengeName: "NEW_PASSWORD_REQUIRED",
      Session,
      ChallengeResponses: { USERNAME: username, NEW_PASSWORD },
    });
  },
  ChangePassword: async (api, poolId, client, ProposedPassword, username) => {
    await makeUser(api, poolId, username, { password: PASSWORD });
    const { AccessToken } = await signIn(api, client, username);
    return api("ChangePassword", { AccessToken, PreviousPassword: PASSWORD, ProposedPassword });
  },
  ConfirmForgotPassword: async (api, poolId, client, Password, username) => {
    await makeUser(api, poolId, username, { password: PASSWORD, attributes: address(username) });
    const person = { ClientId: client.ClientId, Username: username };
    await api("ForgotPassword", person);
    const { code } = await world.lastMessage(address(username).email);
    return api("ConfirmForgotPassword", { ...person, ConfirmationCode: code, Password });
  },
} satisfies Record<string, Setter>;

type SetterName = keyof typeof setters;

const PREFIXES: Record<SetterName, string> = {
  SignUp: "Password did not conform with policy",
  AdminCreateUser: "Password did not conform with password policy",
  AdminSetUserPassword: "Password does not conform to policy",
  NEW_PASSWORD_REQUIRED: "Password does not conform to policy",
  ChangePassword: "Password does not conform to policy",
  ConfirmForgotPassword: "Password does not conform to policy",
};
const NAMES = Object.keys(setters) as SetterName[];

/** Each breaks one rule of the default policy. */
const REASONS = {
  "Short-1": "Password not long enough",
  "no-upper-case-1": "Password must have uppercase characters",
  "NO-LOWER-CASE-1": "Password must have lowercase characters",
  "No-Numbers-Here": "Password must have numeric characters",
  NoSymbolsHere1: "Password must have symbol characters",
};

describe("the password policy", () => {
  let poolId = "";
  let client: Client;
  beforeAll(async () => {
    poolId = (await makePool(api)).Id;
    client = await makeClient(api, poolId);
  });

  it.each(NAMES)("is enforced by %s, with a reason in its own words", async (name) => {
    let n = 0;
    for (const [password, reason] of Object.entries(REASONS))
      expect(await refusal(setters[name](api, poolId, client, password, `${name}-${n++}`))).toBe(
        `InvalidPasswordException: ${PREFIXES[name]}: ${reason}`,
      );
    await setters[name](api, poolId, client, "Good-Enough-1", `${name}-good`);
  });

  it("names one reason only: length first, then upper case, lower case, numbers, symbols", async () => {
    const refused = async (password: string) =>
      (await refusal(setters.SignUp(api, poolId, client, password, "order"))).split(": ").at(-1);
    expect(await refused("xx")).toBe("Password not long enough");
    expect(await refused("........")).toBe("Password must have uppercase characters");
    expect(await refused("XXXXXXXX")).toBe("Password must have lowercase characters");
    expect(await refused("XxXxXxXx")).toBe("Password must have numeric characters");
    expect(await refused("XxXxXxX1")).toBe("Password must have symbol characters");
  });

  it.each([..."^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-"])("counts %s as a symbol", async (symbol) => {
    expect(
      await setters.SignUp(api, poolId, client, `Symbol${symbol}123`, `s-${symbol.charCodeAt(0)}`),
    ).toBeDefined();
  });

  it("counts a space inside as a symbol, but no letter or digit of other scripts as anything", async () => {
    await setters.SignUp(api, poolId, client, "Symbol 123", "space");
    const refused = async (password: string) =>
      (await refusal(setters.SignUp(api, poolId, client, password, "script"))).split(": ").at(-1);
    expect(await refused("ÄÖÜä-1234")).toBe("Password must have uppercase characters");
    expect(await refused("ÄÖÜäA-1234")).toBe("Password must have lowercase characters");
    expect(await refused("Latin-Letters-٣")).toBe("Password must have numeric characters");
    expect(await refused("LatinLetters1é€")).toBe("Password must have symbol characters");
  });

  it("asks for no more than the pool does", async () => {
    const lax = await makePool(api, { Policies: { PasswordPolicy: { MinimumLength: 6 } } });
    const open = await makeClient(api, lax.Id);
    await setters.SignUp(api, lax.Id, open, "xxxxxx", "lax");
    expect(await refusal(setters.SignUp(api, lax.Id, open, "xxxxx", "laxer"))).toBe(
      "InvalidPasswordException: Password did not conform with policy: Password not long enough",
    );
    const long = await makePool(api, { Policies: { PasswordPolicy: { MinimumLength: 99 } } });
    const closed = await makeClient(api, long.Id);
    expect(await refusal(setters.SignUp(api, long.Id, closed, "x".repeat(98), "long"))).toContain(
      "Password not long enough",
    );
    await setters.SignUp(api, long.Id, closed, "x".repeat(99), "long");
  });

  it("applies to the next password when it changes, not to those that people have", async () => {
    const pool = await makePool(api, { Policies: { PasswordPolicy: { MinimumLength: 6 } } });
    const open = await makeClient(api, pool.Id);
    await makeUser(api, pool.Id, "ana", { temporaryPassword: "xxxxxx", password: "yyyyyy" });
    await api("UpdateUserPool", { UserPoolId: pool.Id });
    const { AccessToken } = await signIn(api, open, "ana", "yyyyyy");
    const change = { AccessToken, PreviousPassword: "yyyyyy", ProposedPassword: "zzzzzz" };
    expect(await refusal(api("ChangePassword", change))).toBe(
      "InvalidPasswordException: Password does not conform to policy: Password not long enough",
    );
  });
});

describe("the password history", () => {
  const USED = /^PasswordHistoryPolicyViolationException: /;
  const password = (n: number) => `History-Pass-${n}`;

  const poolWithHistory = async (PasswordHistorySize: number) => {
    const { Id } = await makePool(api, {
      Policies: { PasswordPolicy: { MinimumLength: 6, PasswordHistorySize } },
      AutoVerifiedAttributes: ["email"],
    });
    return { poolId: Id, client: await makeClient(api, Id) };
  };
  const adminSets = (UserPoolId: string, Username: string, Password: string, Permanent = true) =>
    api("AdminSetUserPassword", { UserPoolId, Username, Password, Permanent });

  it("of 3 refuses the present password and the two before, and takes the one before those", async () => {
    const { poolId } = await poolWithHistory(3);
    await makeUser(api, poolId, "ana", { temporaryPassword: password(1) });
    for (const n of [2, 3, 4]) await adminSets(poolId, "ana", password(n));
    for (const n of [4, 3, 2]) expect(await refusal(adminSets(poolId, "ana", password(n)))).toMatch(USED);
    await adminSets(poolId, "ana", password(1));
    for (const n of [1, 4, 3]) expect(await refusal(adminSets(poolId, "ana", password(n)))).toMatch(USED);
    await adminSets(poolId, "ana", password(2));
  });

  it("of 1 refuses only the present password", async () => {
    const { poolId } = await poolWithHistory(1);
    await makeUser(api, poolId, "ana", { temporaryPassword: password(1) });
    expect(await refusal(adminSets(poolId, "ana", password(1)))).toMatch(USED);
    await adminSets(poolId, "ana", password(2));
    await adminSets(poolId, "ana", password(1));
  });

  it("is not there unless the pool asks for it", async () => {
    const { Id } = await makePool(api);
    await makeUser(api, Id, "ana", { password: PASSWORD });
    await adminSets(Id, "ana", PASSWORD);
  });

  it("holds at NEW_PASSWORD_REQUIRED: the temporary password is the present one", async () => {
    const { poolId, client } = await poolWithHistory(2);
    await makeUser(api, poolId, "ana");
    const { Session } = await startSignIn(api, client, "ana", TEMPORARY_PASSWORD);
    const answer = (NEW_PASSWORD: string) =>
      api("RespondToAuthChallenge", {
        ClientId: client.ClientId,
        ChallengeName: "NEW_PASSWORD_REQUIRED",
        Session,
        ChallengeResponses: { USERNAME: "ana", NEW_PASSWORD },
      });
    expect(await refusal(answer(TEMPORARY_PASSWORD))).toMatch(USED);
    await answer(password(1));
    await adminSets(poolId, "ana", password(2), false);
    const again = await startSignIn(api, client, "ana", password(2));
    const second = (NEW_PASSWORD: string) =>
      api("AdminRespondToAuthChallenge", {
        UserPoolId: poolId,
        ClientId: client.ClientId,
        ChallengeName: "NEW_PASSWORD_REQUIRED",
        Session: again.Session,
        ChallengeResponses: { USERNAME: "ana", NEW_PASSWORD },
      });
    expect(await refusal(second(password(1)))).toMatch(USED);
    await second(password(3));
  });

  it("holds at ChangePassword", async () => {
    const { poolId, client } = await poolWithHistory(2);
    await makeUser(api, poolId, "ana", { password: password(1) });
    const { AccessToken } = await signIn(api, client, "ana", password(1));
    const change = (from: number, to: string) =>
      api("ChangePassword", { AccessToken, PreviousPassword: password(from), ProposedPassword: to });
    expect(await refusal(change(1, password(1)))).toMatch(USED);
    expect(await refusal(change(1, TEMPORARY_PASSWORD))).toMatch(USED);
    expect(await change(1, password(2))).toEqual({});
    expect(await refusal(change(2, password(1)))).toMatch(USED);
  });

  it("holds at ConfirmForgotPassword, and the code stays good", async () => {
    const { poolId, client } = await poolWithHistory(2);
    await makeUser(api, poolId, "ana", { password: password(1), attributes: address("history") });
    const person = { ClientId: client.ClientId, Username: "ana" };
    await api("ForgotPassword", person);
    const { code } = await world.lastMessage(address("history").email);
    const confirm = (Password: string) =>
      api("ConfirmForgotPassword", { ...person, ConfirmationCode: code, Password });
    for (const used of [password(1), TEMPORARY_PASSWORD]) expect(await refusal(confirm(used))).toMatch(USED);
    expect(await confirm(password(2))).toEqual({});
    await signIn(api, client, "ana", password(2));
  });

  it("holds for temporary passwords that an administrator sets", async () => {
    const { poolId } = await poolWithHistory(2);
    await makeUser(api, poolId, "ana", { password: password(1) });
    expect(await refusal(adminSets(poolId, "ana", password(1), false))).toMatch(USED);
  });

  it("is each user's own", async () => {
    const { poolId } = await poolWithHistory(5);
    await makeUser(api, poolId, "ana", { password: password(1) });
    await makeUser(api, poolId, "ben", { password: password(1) });
  });

  it("is kept by pools with argon2id hashes as well", async () => {
    const { Id } = await makePool(api, {
      Policies: { PasswordPolicy: { MinimumLength: 6, PasswordHistorySize: 2 } },
      UserPoolTags: { "cognate:password-storage": "argon2id" },
    });
    const client = await makeClient(api, Id);
    await makeUser(api, Id, "ana", { password: password(1) });
    await signIn(api, client, "ana", password(1));
    expect(await refusal(adminSets(Id, "ana", password(1)))).toMatch(USED);
    await adminSets(Id, "ana", password(2));
    await signIn(api, client, "ana", password(2));
  });
});
