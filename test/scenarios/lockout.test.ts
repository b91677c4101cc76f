import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

const WRONG = "NotAuthorizedException: Incorrect username or password.";
const LOCKED = "NotAuthorizedException: Password attempts exceeded";
const UNKNOWN = "UserNotFoundException: User does not exist.";
const QUIET_SECONDS = 15 * 60;

let poolId = "";
let client: Awaited<ReturnType<typeof makeClient>>;
beforeAll(async () => {
  poolId = (await makePool(api, { AliasAttributes: ["email"], AutoVerifiedAttributes: ["email"] })).Id;
  client = await makeClient(api, poolId);
});

const guess = (username: string, by = client) => refusal(startSignIn(api, by, username, "Wrong-Horse-9"));
/** Wrong guesses that are all evaluated. */
const fail = async (username: string, times: number) => {
  for (let i = 0; i < times; i++) expect(await guess(username)).toBe(WRONG);
};

describe("after the n-th wrong password", () => {
  it("a user is locked for 2^(n-5) seconds from the fifth on, 15 minutes at most", async () => {
    await makeUser(api, poolId, "schedule", { password: PASSWORD });
    const locks = [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900, 900, 900];
    for (const [i, seconds] of locks.entries()) {
      expect([i + 1, await guess("schedule")]).toEqual([i + 1, WRONG]);
      if (seconds === 0) continue;
      expect([i + 1, await guess("schedule")]).toEqual([i + 1, LOCKED]);
      // Two seconds before the end, since real time passes too.
      const almost = Math.max(0, seconds - 2);
      await world.advanceSeconds(almost);
      if (almost > 0) expect([i + 1, await guess("schedule")]).toEqual([i + 1, LOCKED]);
      await world.advanceSeconds(seconds - almost);
    }
    await signIn(api, client, "schedule");
  });

  it("a name that no user has is locked in the same way", async () => {
    for (let i = 0; i < 5; i++) expect(await guess("nobody-here")).toBe(UNKNOWN);
    expect(await guess("nobody-here")).toBe(LOCKED);
    await world.advanceSeconds(1);
    expect(await guess("nobody-here")).toBe(UNKNOWN);
    expect(await guess("nobody-here")).toBe(LOCKED);
  });

  it("an unknown name cannot be told from a user where the client hides who exists", async () => {
    const hiding = await makeClient(api, poolId, { PreventUserExistenceErrors: "ENABLED" });
    await makeUser(api, poolId, "hidden", { password: PASSWORD });
    for (const name of ["hidden", "hidden-nobody"]) {
      for (let i = 0; i < 5; i++) expect(await guess(name, hiding)).toBe(WRONG);
      expect(await guess(name, hiding)).toBe(LOCKED);
    }
  });
});

describe("a lock", () => {
  it("refuses the right password too, until it is over", async () => {
    await makeUser(api, poolId, "right-too", { password: PASSWORD });
    await fail("right-too", 5);
    expect(await refusal(startSignIn(api, client, "right-too"))).toBe(LOCKED);
    await world.advanceSeconds(1);
    await signIn(api, client, "right-too");
  });

  it("is not prolonged by the attempts that it refuses, nor do they count", async () => {
    await makeUser(api, poolId, "hammered", { password: PASSWORD });
    await fail("hammered", 5);
    for (let n = 6; n <= 8; n++) {
      await world.advanceSeconds(2 ** (n - 6));
      await fail("hammered", 1);
    }
    for (let i = 0; i < 20; i++) expect(await guess("hammered")).toBe(LOCKED);
    await world.advanceSeconds(8);
    await fail("hammered", 1);
    await world.advanceSeconds(14);
    expect(await guess("hammered")).toBe(LOCKED);
    await world.advanceSeconds(2);
    await signIn(api, client, "hammered");
  });

  it("holds for all names of the user and both operations together", async () => {
    const email = "names@example.com";
    await makeUser(api, poolId, "names", {
      password: PASSWORD,
      attributes: { email, email_verified: "true" },
    });
    const { UserAttributes } = await api("AdminGetUser", { UserPoolId: poolId, Username: "names" });
    const sub = UserAttributes?.find(({ Name }) => Name === "sub")?.Value ?? "";
    for (const name of ["names", email, sub, "names"]) expect(await guess(name)).toBe(WRONG);
    const byAdmin = api("AdminInitiateAuth", {
      UserPoolId: poolId,
      ClientId: client.ClientId,
      AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: email, PASSWORD: "Wrong-Horse-9" },
    });
    expect(await refusal(byAdmin)).toBe(WRONG);
    for (const name of ["names", email, sub]) expect(await guess(name)).toBe(LOCKED);
  });

  it("is one user's: others sign in", async () => {
    await makeUser(api, poolId, "locked", { password: PASSWORD });
    await makeUser(api, poolId, "free", { password: PASSWORD });
    await fail("locked", 5);
    await signIn(api, client, "free");
    expect(await guess("locked")).toBe(LOCKED);
  });

  it("is one pool's", async () => {
    const other = await makePool(api);
    const elsewhere = await makeClient(api, other.Id);
    for (const id of [poolId, other.Id]) await makeUser(api, id, "namesake", { password: PASSWORD });
    await fail("namesake", 5);
    await signIn(api, elsewhere, "namesake");
  });

  it("ends when a new password is set with a mailed code", async () => {
    const email = "recovers@example.com";
    await makeUser(api, poolId, "recovers", {
      password: PASSWORD,
      attributes: { email, email_verified: "true" },
    });
    await fail("recovers", 5);
    const person = { ClientId: client.ClientId, Username: "recovers" };
    await api("ForgotPassword", person);
    const { code } = await world.lastMessage(email);
    await api("ConfirmForgotPassword", { ...person, ConfirmationCode: code, Password: "Recovered-Pass-1" });
    await signIn(api, client, "recovers", "Recovered-Pass-1");
  });

  it("counts wrong previous passwords at ChangePassword as well", async () => {
    await makeUser(api, poolId, "changes", { password: PASSWORD });
    const { AccessToken } = await signIn(api, client, "changes");
    const change = () =>
      api("ChangePassword", {
        AccessToken,
        PreviousPassword: "Wrong-Horse-9",
        ProposedPassword: "New-Pass-99",
      });
    await fail("changes", 3);
    expect(await refusal(change())).toBe(WRONG);
    expect(await refusal(change())).toBe(WRONG);
    expect(await guess("changes")).toBe(LOCKED);
  });

  it("does not stop tokens that were given before", async () => {
    await makeUser(api, poolId, "has-tokens", { password: PASSWORD });
    const { AccessToken, RefreshToken } = await signIn(api, client, "has-tokens");
    await fail("has-tokens", 5);
    expect((await api("GetUser", { AccessToken })).Username).toBe("has-tokens");
    await api("InitiateAuth", {
      ClientId: client.ClientId,
      AuthFlow: "REFRESH_TOKEN_AUTH",
      AuthParameters: { REFRESH_TOKEN: RefreshToken },
    });
  });
});

describe("failures", () => {
  it("are forgotten after a success", async () => {
    await makeUser(api, poolId, "succeeds", { password: PASSWORD });
    await fail("succeeds", 4);
    await signIn(api, client, "succeeds");
    await fail("succeeds", 4);
    await signIn(api, client, "succeeds");
  });

  it("are forgotten after 15 quiet minutes, and not before", async () => {
    await makeUser(api, poolId, "quiet", { password: PASSWORD });
    await fail("quiet", 4);
    await world.advanceSeconds(QUIET_SECONDS - 5);
    await fail("quiet", 1);
    expect(await guess("quiet")).toBe(LOCKED);
    await world.advanceSeconds(QUIET_SECONDS + 1);
    await fail("quiet", 4);
    await signIn(api, client, "quiet");
  });

  it("are not added by a right password that leads to a challenge, nor forgotten", async () => {
    await makeUser(api, poolId, "first-day");
    const begin = () => startSignIn(api, client, "first-day", TEMPORARY_PASSWORD);
    for (let i = 0; i < 8; i++) await begin();
    await fail("first-day", 4);
    await begin();
    await fail("first-day", 1);
    expect(await guess("first-day")).toBe(LOCKED);
  });

  it("are not added by a right password of someone who may not sign in", async () => {
    await makeUser(api, poolId, "disabled", { password: PASSWORD });
    await api("AdminDisableUser", { UserPoolId: poolId, Username: "disabled" });
    for (let i = 0; i < 8; i++)
      expect(await refusal(startSignIn(api, client, "disabled"))).toBe(
        "NotAuthorizedException: User is disabled.",
      );
  });

  it("are counted before the password is looked at: of 50 guesses at once at most 5 are evaluated", async () => {
    await makeUser(api, poolId, "fifty", { password: PASSWORD });
    const answers = await Promise.all(Array.from({ length: 50 }, () => guess("fifty")));
    expect(answers.filter((answer) => answer === WRONG).length).toBeLessThanOrEqual(5);
    expect(answers.filter((answer) => answer !== WRONG && answer !== LOCKED)).toEqual([]);
  });
});

describe("thirty right sign-ins at once", () => {
  it("all succeed, also after four failures", async () => {
    await makeUser(api, poolId, "thirty", { password: PASSWORD });
    const all = () => Promise.all(Array.from({ length: 30 }, () => signIn(api, client, "thirty")));
    expect(new Set((await all()).map(({ AccessToken }) => AccessToken)).size).toBe(30);
    await fail("thirty", 4);
    expect(await all()).toHaveLength(30);
  });
});
