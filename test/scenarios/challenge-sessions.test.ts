import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiOf, race, refusal } from "../support/api.ts";
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

const EXPIRED = "NotAuthorizedException: Invalid session for the user, session is expired.";
const USED = "NotAuthorizedException: Invalid session for the user, session can only be used once.";
const INVALID = "NotAuthorizedException: Invalid session for the user.";
const UNDECODABLE = "NotAuthorizedException: Invalid session provided";

let poolId = "";
let client: Client;
beforeAll(async () => {
  poolId = (await makePool(api)).Id;
  client = await makeClient(api, poolId);
});

const sessionOf = async (by: Client, username: string) => {
  const { Session } = await startSignIn(api, by, username, TEMPORARY_PASSWORD);
  return Session ?? "";
};
const answer = (by: Client, Session: string, username: string, password = PASSWORD) =>
  api("RespondToAuthChallenge", {
    ClientId: by.ClientId,
    ChallengeName: "NEW_PASSWORD_REQUIRED",
    Session,
    ChallengeResponses: { USERNAME: username, NEW_PASSWORD: password },
  });

const settled = (result: PromiseSettledResult<unknown>): Promise<unknown> =>
  result.status === "fulfilled" ? Promise.resolve(result.value) : Promise.reject(result.reason);

describe("the Session of a challenge", () => {
  it("looks as it does at AWS, says nothing, and is another one each time", async () => {
    await makeUser(api, poolId, "looks");
    const [one, two] = [await sessionOf(client, "looks"), await sessionOf(client, "looks")];
    for (const session of [one, two]) {
      expect(session).toMatch(/^AYABe[\w-]+$/);
      expect(session.length).toBeGreaterThanOrEqual(20);
      expect(session.length).toBeLessThanOrEqual(2048);
      expect(Buffer.from(session, "base64url").toString("latin1")).not.toContain("looks");
    }
    expect(one).not.toBe(two);
  });

  it("lives three minutes unless the client says otherwise", async () => {
    await makeUser(api, poolId, "three");
    const session = await sessionOf(client, "three");
    await world.advanceSeconds(178);
    expect(await refusal(answer(client, session, "three", "weak"))).toMatch(/^InvalidPasswordException/);
    await world.advanceSeconds(2);
    expect(await refusal(answer(client, session, "three"))).toBe(EXPIRED);
    await answer(client, await sessionOf(client, "three"), "three");
  });

  it.each([3, 4, 15])("lives %d minutes when AuthSessionValidity says so", async (minutes) => {
    const own = await makeClient(api, poolId, { AuthSessionValidity: minutes });
    const username = `minutes-${minutes}`;
    await makeUser(api, poolId, username);
    const [early, late] = [await sessionOf(own, username), await sessionOf(own, username)];
    await world.advanceSeconds(minutes * 60 - 2);
    await answer(own, early, username);
    await world.advanceSeconds(2);
    expect(await refusal(answer(own, late, username))).toBe(EXPIRED);
  });

  it("works once: whoever answers again is told so, however late", async () => {
    await makeUser(api, poolId, "once");
    const session = await sessionOf(client, "once");
    await answer(client, session, "once");
    expect(await refusal(answer(client, session, "once", "Thief-Pass-99"))).toBe(USED);
    await world.advanceSeconds(600);
    expect(await refusal(answer(client, session, "once", "Thief-Pass-99"))).toBe(USED);
    await signIn(api, client, "once");
  });

  it("is not used up by answers that are refused", async () => {
    await makeUser(api, poolId, "patient");
    const session = await sessionOf(client, "patient");
    for (let i = 0; i < 12; i++)
      expect(await refusal(answer(client, session, "patient", "weak"))).toBe(
        "InvalidPasswordException: Password does not conform to policy: Password not long enough",
      );
    await answer(client, session, "patient");
  });

  // Hashing by argon2id is what makes answers overlap: all are checked before the first takes effect.
  it.each(["srp", "argon2id"])(
    "lets exactly one of twenty answers win that come at once (%s)",
    async (storage) => {
      const { Id } = await makePool(api, { UserPoolTags: { "cognate:password-storage": storage } });
      const own = await makeClient(api, Id);
      await makeUser(api, Id, "twenty");
      const session = await sessionOf(own, "twenty");
      const passwords = Array.from({ length: 20 }, (_, i) => `Candidate-Pass-${i}`);
      const results = await Promise.allSettled(
        passwords.map((password) => answer(own, session, "twenty", password)),
      );
      const winner = passwords[results.findIndex(({ status }) => status === "fulfilled")] ?? "";
      expect(await race(results.map((result) => settled(result)))).toEqual({ won: 1, refusals: [USED] });
      await signIn(api, own, "twenty", winner);
    },
  );

  it("is bound to the client that it was given to", async () => {
    const other = await makeClient(api, poolId);
    await makeUser(api, poolId, "bound");
    const session = await sessionOf(client, "bound");
    expect(await refusal(answer(other, session, "bound"))).toBe(INVALID);
    await answer(client, session, "bound");
  });

  it("is bound to its pool", async () => {
    const elsewhere = await makePool(api);
    const foreign = await makeClient(api, elsewhere.Id);
    await makeUser(api, poolId, "namesake");
    await makeUser(api, elsewhere.Id, "namesake");
    expect(await refusal(answer(foreign, await sessionOf(client, "namesake"), "namesake"))).toBe(INVALID);
  });

  it("is bound to its user", async () => {
    await makeUser(api, poolId, "mine");
    await makeUser(api, poolId, "yours");
    expect(await refusal(answer(client, await sessionOf(client, "mine"), "yours"))).toBe(INVALID);
    expect((await startSignIn(api, client, "yours", TEMPORARY_PASSWORD)).ChallengeName).toBe(
      "NEW_PASSWORD_REQUIRED",
    );
  });

  it("is bound to its challenge", async () => {
    await makeUser(api, poolId, "challenge");
    const session = await sessionOf(client, "challenge");
    const code = { ClientId: client.ClientId, Session: session };
    for (const [ChallengeName, response] of [
      ["EMAIL_OTP", "EMAIL_OTP_CODE"],
      ["SMS_MFA", "SMS_MFA_CODE"],
      ["SELECT_MFA_TYPE", "ANSWER"],
    ] as const)
      expect(
        await refusal(
          api("RespondToAuthChallenge", {
            ...code,
            ChallengeName,
            ChallengeResponses: { USERNAME: "challenge", [response]: "123456" },
          }),
        ),
      ).toBe(INVALID);
  });

  it("answers garbage with words that say so", async () => {
    await makeUser(api, poolId, "garbage");
    for (const garbage of ["x".repeat(20), "not a session, is it", "é".repeat(40), "AYAB".repeat(8)])
      expect(await refusal(answer(client, garbage, "garbage"))).toBe(UNDECODABLE);
  });

  it("refuses every change of a byte and every cut", async () => {
    await makeUser(api, poolId, "flipped");
    const session = await sessionOf(client, "flipped");
    const bytes = Buffer.from(session, "base64url");
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const refused = await refusal(answer(client, changed.toString("base64url"), "flipped"));
      expect(refused).toBe(at < 4 ? UNDECODABLE : INVALID);
    }
    for (const length of [21, 40, session.length - 1, session.length - 4])
      expect([UNDECODABLE, INVALID]).toContain(
        await refusal(answer(client, session.slice(0, length), "flipped")),
      );
    await answer(client, session, "flipped");
  });

  it.each([
    ["x".repeat(19), "greater than or equal to 20"],
    ["x".repeat(2049), "less than or equal to 2048"],
  ])("has 20 to 2048 characters, or it is refused without repeating it (%#)", async (session, bound) => {
    expect(await refusal(answer(client, session, "anyone"))).toBe(
      `InvalidParameterException: 1 validation error detected: Value at 'session' failed to satisfy constraint: Member must have length ${bound}`,
    );
  });

  it("must be there", async () => {
    const without = { ClientId: client.ClientId, ChallengeName: "NEW_PASSWORD_REQUIRED" } as const;
    const responses = { USERNAME: "anyone", NEW_PASSWORD: PASSWORD };
    expect(await refusal(api("RespondToAuthChallenge", { ...without, ChallengeResponses: responses }))).toBe(
      "InvalidParameterException: Missing required parameter Session",
    );
  });

  it("works by both operations, whichever began the sign-in", async () => {
    for (const username of ["client-admin", "admin-client"]) await makeUser(api, poolId, username);
    const session = await sessionOf(client, "client-admin");
    const place = { UserPoolId: poolId, ClientId: client.ClientId };
    const byAdmin = await api("AdminRespondToAuthChallenge", {
      ...place,
      ChallengeName: "NEW_PASSWORD_REQUIRED",
      Session: session,
      ChallengeResponses: { USERNAME: "client-admin", NEW_PASSWORD: PASSWORD },
    });
    expect(byAdmin.AuthenticationResult).toBeDefined();
    const begun = await api("AdminInitiateAuth", {
      ...place,
      AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "admin-client", PASSWORD: TEMPORARY_PASSWORD },
    });
    const byClient = await answer(client, begun.Session ?? "", "admin-client");
    expect(byClient.AuthenticationResult).toBeDefined();
  });

  it("survives neither its client nor its user", async () => {
    const gone = await makeClient(api, poolId);
    await makeUser(api, poolId, "survivor");
    const session = await sessionOf(gone, "survivor");
    await api("DeleteUserPoolClient", { UserPoolId: poolId, ClientId: gone.ClientId });
    expect(await refusal(answer(gone, session, "survivor"))).toBe(
      `ResourceNotFoundException: User pool client ${gone.ClientId} does not exist.`,
    );
    const other = await sessionOf(client, "survivor");
    await api("AdminDeleteUser", { UserPoolId: poolId, Username: "survivor" });
    await makeUser(api, poolId, "survivor");
    expect(await refusal(answer(client, other, "survivor"))).toBe(INVALID);
  });
});
