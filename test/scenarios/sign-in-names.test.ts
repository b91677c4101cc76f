import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AdminCreateUserRequest } from "../../src/api/generated/shapes.ts";
import { apiOf, claimsOf, race, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import {
  attributes,
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

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type Client = Awaited<ReturnType<typeof makeClient>>;

const create = (UserPoolId: string, Username: string, more: Partial<AdminCreateUserRequest> = {}) =>
  api("AdminCreateUser", { UserPoolId, Username, MessageAction: "SUPPRESS", ...more });

const attributesOf = async (UserPoolId: string, Username: string) => {
  const { UserAttributes } = await api("AdminGetUser", { UserPoolId, Username });
  return Object.fromEntries((UserAttributes ?? []).map(({ Name, Value }) => [Name, Value]));
};

describe("a pool whose users sign in with an e-mail address", () => {
  let poolId = "";
  let client: Client;
  beforeAll(async () => {
    poolId = (await makePool(api, { UsernameAttributes: ["email"] })).Id;
    client = await makeClient(api, poolId);
  });

  it("makes the username a UUID, which is the sub, and the address an attribute", async () => {
    const { User } = await create(poolId, "ana@example.com");
    expect(User?.Username).toMatch(UUID);
    expect(User?.Attributes).toEqual(attributes({ sub: User?.Username ?? "", email: "ana@example.com" }));
  });

  it("signs people in by the address, verified or not, and by the UUID", async () => {
    const username = await makeUser(api, poolId, "ben@example.com", { password: PASSWORD });
    for (const name of ["ben@example.com", username]) {
      const { IdToken, AccessToken } = await signIn(api, client, name);
      expect(claimsOf(IdToken)).toMatchObject({ "cognito:username": username, sub: username });
      expect(claimsOf(AccessToken)).toMatchObject({ username, sub: username });
    }
  });

  it("lets administrators name the user by either", async () => {
    const username = await makeUser(api, poolId, "cleo@example.com");
    const byAddress = await api("AdminGetUser", { UserPoolId: poolId, Username: "cleo@example.com" });
    expect(byAddress.Username).toBe(username);
    expect(await api("AdminGetUser", { UserPoolId: poolId, Username: username })).toEqual(byAddress);
  });

  it("names the user by the UUID in the challenge's parameters", async () => {
    const username = await makeUser(api, poolId, "dora@example.com");
    const answer = await startSignIn(api, client, "dora@example.com", TEMPORARY_PASSWORD);
    expect(answer.ChallengeParameters?.USER_ID_FOR_SRP).toBe(username);
    expect(JSON.parse(answer.ChallengeParameters?.userAttributes ?? "")).toEqual({
      email: "dora@example.com",
    });
  });

  it("invites under the name that people sign in with", async () => {
    await api("AdminCreateUser", {
      UserPoolId: poolId,
      Username: "eva@example.com",
      DesiredDeliveryMediums: ["EMAIL"],
    });
    const message = await world.lastMessage("eva@example.com");
    expect(message.username).toMatch(UUID);
    expect(message.body).toBe(`Your username is eva@example.com and temporary password is ${message.code}. `);
  });

  it.each(["ana", "+15550001111", "a@b", "two@at@example.com"])("refuses the username %s", async (name) => {
    expect(await refusal(create(poolId, name))).toBe(
      "InvalidParameterException: Username should be an email.",
    );
  });

  it("refuses an address that another user has, also of ten at once", async () => {
    await create(poolId, "finn@example.com");
    const taken = "UsernameExistsException: An account with the given email already exists.";
    expect(await refusal(create(poolId, "finn@example.com"))).toBe(taken);
    const calls = Array.from({ length: 10 }, () => create(poolId, "gus@example.com"));
    expect(await race(calls)).toEqual({ won: 1, refusals: [taken] });
  });

  it("refuses an unverified address that is taken even with ForceAliasCreation", async () => {
    const holder = await makeUser(api, poolId, "hana@example.com", { password: PASSWORD });
    expect(await refusal(create(poolId, "hana@example.com", { ForceAliasCreation: true }))).toBe(
      "UsernameExistsException: An account with the given email already exists.",
    );
    expect(claimsOf((await signIn(api, client, "hana@example.com")).IdToken).sub).toBe(holder);
  });
});

describe.skipIf(awsCliMissing)(
  `a pool whose users sign in with an e-mail address, by the AWS CLI (${awsCliMissing ?? "installed"})`,
  () => {
    it("goes from admin-create-user to a sign-in by address and by UUID", async () => {
      const { Id } = await makePool(api, { UsernameAttributes: ["email"] });
      const { ClientId } = await makeClient(api, Id);
      const aws = awsCli(world.url);
      const made = await aws(
        "admin-create-user",
        ...["--user-pool-id", Id, "--username", "ana@example.com", "--message-action", "SUPPRESS"],
        ...["--user-attributes", "Name=email,Value=ana@example.com", "Name=email_verified,Value=true"],
      );
      const username = made.output.User.Username;
      expect(username).toMatch(UUID);
      expect(made.output.User.UserStatus).toBe("FORCE_CHANGE_PASSWORD");
      const set = await aws(
        "admin-set-user-password",
        ...["--user-pool-id", Id, "--username", "ana@example.com", "--password", PASSWORD, "--permanent"],
      );
      expect([set.status, set.output]).toEqual([0, undefined]);
      const got = await aws("admin-get-user", "--user-pool-id", Id, "--username", "ana@example.com");
      expect(got.output).toMatchObject({ Username: username, UserStatus: "CONFIRMED", Enabled: true });
      for (const name of ["ana@example.com", username]) {
        const run = await aws(
          "initiate-auth",
          ...["--client-id", ClientId, "--auth-flow", "USER_PASSWORD_AUTH"],
          ...["--auth-parameters", `USERNAME=${name},PASSWORD=${PASSWORD}`],
        );
        expect(run.output).toEqual({
          ChallengeParameters: {},
          AuthenticationResult: {
            AccessToken: expect.any(String),
            ExpiresIn: 3600,
            TokenType: "Bearer",
            RefreshToken: expect.any(String),
            IdToken: expect.any(String),
          },
        });
        expect(claimsOf(run.output.AuthenticationResult.IdToken)["cognito:username"]).toBe(username);
      }
    });
  },
);

describe("a pool whose users sign in with a phone number", () => {
  it("takes phone numbers and nothing else for usernames", async () => {
    const { Id } = await makePool(api, { UsernameAttributes: ["phone_number"] });
    const { User } = await create(Id, "+15550004444");
    expect(User?.Username).toMatch(UUID);
    expect(User?.Attributes?.[1]).toEqual({ Name: "phone_number", Value: "+15550004444" });
    for (const name of ["ana", "ana@example.com", "15550004444"])
      expect(await refusal(create(Id, name))).toBe(
        "InvalidParameterException: Username should be a phone number.",
      );
    expect(await refusal(create(Id, "+15550004444"))).toBe(
      "UsernameExistsException: An account with the given phone_number already exists.",
    );
  });
});

describe("a pool whose users sign in with either", () => {
  it("takes both and nothing else", async () => {
    const { Id } = await makePool(api, { UsernameAttributes: ["phone_number", "email"] });
    const client = await makeClient(api, Id);
    await makeUser(api, Id, "+15550005555", {
      password: PASSWORD,
      attributes: { email: "either@example.com" },
    });
    await makeUser(api, Id, "other@example.com", { password: PASSWORD });
    for (const name of ["+15550005555", "either@example.com", "other@example.com"])
      await signIn(api, client, name);
    expect(await refusal(create(Id, "ana"))).toBe(
      "InvalidParameterException: Username should be either an email or a phone number.",
    );
    expect(await refusal(create(Id, "either@example.com"))).toBe(
      "UsernameExistsException: An account with the given email already exists.",
    );
  });
});

describe("a pool with e-mail, phone and preferred_username as aliases", () => {
  let poolId = "";
  let client: Client;
  beforeAll(async () => {
    poolId = (await makePool(api, { AliasAttributes: ["email", "phone_number", "preferred_username"] })).Id;
    client = await makeClient(api, poolId);
  });
  const verified = (email: string) => ({ email, email_verified: "true" });

  it("signs people in by their name and by verified aliases", async () => {
    await makeUser(api, poolId, "ana", {
      password: PASSWORD,
      attributes: {
        ...verified("ana@example.com"),
        phone_number: "+15550006666",
        phone_number_verified: "true",
        preferred_username: "ana-q",
      },
    });
    for (const name of ["ana", "ana@example.com", "+15550006666", "ana-q"]) {
      const { IdToken } = await signIn(api, client, name);
      expect(claimsOf(IdToken)["cognito:username"]).toBe("ana");
    }
  });

  it("does not sign anyone in by an alias that is not verified", async () => {
    await makeUser(api, poolId, "ben", { password: PASSWORD, attributes: { email: "ben@example.com" } });
    expect(await refusal(startSignIn(api, client, "ben@example.com"))).toBe(
      "UserNotFoundException: User does not exist.",
    );
    await api("AdminUpdateUserAttributes", {
      UserPoolId: poolId,
      Username: "ben",
      UserAttributes: attributes({ email_verified: "true" }),
    });
    await signIn(api, client, "ben@example.com");
  });

  it("refuses usernames in the form of an alias", async () => {
    expect(await refusal(create(poolId, "cleo@example.com"))).toBe(
      "InvalidParameterException: Username cannot be of email format, since user pool is configured for email alias.",
    );
    expect(await refusal(create(poolId, "+15550007777"))).toBe(
      "InvalidParameterException: Username cannot be of phone number format, since user pool is configured for phone number alias.",
    );
  });

  it("lets two users have the same address as long as only one is verified", async () => {
    const email = "shared@example.com";
    await makeUser(api, poolId, "first", { attributes: { email } });
    await makeUser(api, poolId, "second", { attributes: verified(email) });
    await makeUser(api, poolId, "third", { attributes: { email } });
    expect(await refusal(create(poolId, "fourth", { UserAttributes: attributes(verified(email)) }))).toBe(
      "AliasExistsException: An account with the given email already exists.",
    );
    expect(await refusal(api("AdminGetUser", { UserPoolId: poolId, Username: "fourth" }))).toBe(
      "UserNotFoundException: User does not exist.",
    );
  });

  it("refuses a taken phone number and a taken preferred_username", async () => {
    const phone = { phone_number: "+15550008888", phone_number_verified: "true" };
    await makeUser(api, poolId, "phone-1", { attributes: phone });
    expect(await refusal(create(poolId, "phone-2", { UserAttributes: attributes(phone) }))).toBe(
      "AliasExistsException: An account with the given phone_number already exists.",
    );
    await makeUser(api, poolId, "nick-1", { attributes: { preferred_username: "nick" } });
    const nick = { UserAttributes: attributes({ preferred_username: "nick" }) };
    expect(await refusal(create(poolId, "nick-2", nick))).toMatch(/^AliasExistsException: /);
  });

  it("moves a verified alias with ForceAliasCreation: the other keeps the value, unverified", async () => {
    const email = "moved@example.com";
    await makeUser(api, poolId, "before", { password: PASSWORD, attributes: verified(email) });
    await create(poolId, "after", {
      TemporaryPassword: TEMPORARY_PASSWORD,
      UserAttributes: attributes(verified(email)),
      ForceAliasCreation: true,
    });
    expect(await attributesOf(poolId, "before")).toMatchObject({ email, email_verified: "false" });
    expect((await api("AdminGetUser", { UserPoolId: poolId, Username: email })).Username).toBe("after");
    expect(await refusal(startSignIn(api, client, email, PASSWORD))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
    await signIn(api, client, "before");
  });

  it("ignores ForceAliasCreation where nothing is verified", async () => {
    const email = "kept@example.com";
    await makeUser(api, poolId, "holder", {
      attributes: { ...verified(email), preferred_username: "kept" },
    });
    await create(poolId, "unverified", { UserAttributes: attributes({ email }), ForceAliasCreation: true });
    expect(await attributesOf(poolId, "holder")).toMatchObject({ email_verified: "true" });
    const nick = { UserAttributes: attributes({ preferred_username: "kept" }), ForceAliasCreation: true };
    expect(await refusal(create(poolId, "nick-thief", nick))).toMatch(/^AliasExistsException: /);
    expect((await api("AdminGetUser", { UserPoolId: poolId, Username: "kept" })).Username).toBe("holder");
  });

  it("gives a verified alias to one of ten who ask at once", async () => {
    const calls = Array.from({ length: 10 }, (_, i) =>
      create(poolId, `racer-${i}`, { UserAttributes: attributes(verified("race@example.com")) }),
    );
    expect(await race(calls)).toEqual({
      won: 1,
      refusals: ["AliasExistsException: An account with the given email already exists."],
    });
  });
});

describe("a pool that does not distinguish case", () => {
  it("compares names and aliases without case and keeps them as typed", async () => {
    const { Id } = await makePool(api, {
      UsernameConfiguration: { CaseSensitive: false },
      AliasAttributes: ["email"],
    });
    const client = await makeClient(api, Id);
    await makeUser(api, Id, "Ana", {
      password: PASSWORD,
      attributes: { email: "Ana@Example.com", email_verified: "true" },
    });
    expect(await refusal(create(Id, "ANA"))).toBe("UsernameExistsException: User account already exists");
    const other = { email: "ANA@EXAMPLE.COM", email_verified: "true" };
    expect(await refusal(create(Id, "ben", { UserAttributes: attributes(other) }))).toBe(
      "AliasExistsException: An account with the given email already exists.",
    );
    for (const name of ["ana", "ANA", "ana@example.com", "ANA@EXAMPLE.COM"]) {
      const claims = claimsOf((await signIn(api, client, name)).IdToken);
      expect(claims).toMatchObject({ "cognito:username": "Ana", email: "Ana@Example.com" });
    }
    expect((await api("AdminGetUser", { UserPoolId: Id, Username: "aNa" })).Username).toBe("Ana");
  });

  it("does so for addresses as usernames too", async () => {
    const { Id } = await makePool(api, {
      UsernameConfiguration: { CaseSensitive: false },
      UsernameAttributes: ["email"],
    });
    const client = await makeClient(api, Id);
    await makeUser(api, Id, "Ana@Example.com", { password: PASSWORD });
    await signIn(api, client, "aNA@eXAMPLE.com");
    expect(await refusal(create(Id, "ana@example.com"))).toBe(
      "UsernameExistsException: An account with the given email already exists.",
    );
  });
});

describe("a pool that distinguishes case", () => {
  it("takes two spellings for two people", async () => {
    const { Id } = await makePool(api, { AliasAttributes: ["email"] });
    const client = await makeClient(api, Id);
    const spelled = (email: string) => ({
      password: PASSWORD,
      attributes: { email, email_verified: "true" },
    });
    await makeUser(api, Id, "lower", spelled("ana@example.com"));
    await makeUser(api, Id, "upper", spelled("ANA@example.com"));
    expect(claimsOf((await signIn(api, client, "ANA@example.com")).IdToken)["cognito:username"]).toBe(
      "upper",
    );
    expect(await refusal(startSignIn(api, client, "Ana@example.com"))).toBe(
      "UserNotFoundException: User does not exist.",
    );
  });
});

describe("a user's sub", () => {
  it("names the user to administrators and at sign-in, in pools of plain usernames too", async () => {
    const { Id } = await makePool(api);
    const client = await makeClient(api, Id);
    await makeUser(api, Id, "ana", { password: PASSWORD });
    const { sub = "" } = await attributesOf(Id, "ana");
    expect((await api("AdminGetUser", { UserPoolId: Id, Username: sub })).Username).toBe("ana");
    expect(claimsOf((await signIn(api, client, sub)).IdToken)["cognito:username"]).toBe("ana");
  });

  it("means that user even when someone else takes it for a name", async () => {
    const { Id } = await makePool(api, { AliasAttributes: ["preferred_username"] });
    const client = await makeClient(api, Id);
    await makeUser(api, Id, "ana", { password: PASSWORD });
    const { sub = "" } = await attributesOf(Id, "ana");
    await api("SignUp", { ClientId: client.ClientId, Username: sub, Password: "Thief-Pass-99" });
    await makeUser(api, Id, "thief", { attributes: { preferred_username: sub } });
    expect((await api("AdminGetUser", { UserPoolId: Id, Username: sub })).Username).toBe("ana");
    expect(claimsOf((await signIn(api, client, sub)).IdToken)["cognito:username"]).toBe("ana");
  });
});
