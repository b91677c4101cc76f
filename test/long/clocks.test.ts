import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { totpCode } from "../../src/crypto/totp.ts";
import { AdjustableClock, DAY, HOUR, MINUTE, SECOND } from "../../src/runtime/clock.ts";
import type { RunningServer } from "../../src/server.ts";
import { type Api, ApiRefusal } from "../support/api.ts";
import { fromBase32 } from "../support/base32.ts";
import {
  makeClient,
  makePool,
  makeUser,
  PASSWORD,
  signIn,
  startSignIn,
  TEMPORARY_PASSWORD,
} from "../support/builders.ts";
import { type Nodes, startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { OTHER_PASSWORD } from "../support/scene.ts";
import { figure } from "./figure.ts";

const { url, reason } = inject("postgres");
const JUMPS = { "+5 min": 5 * MINUTE, "−5 min": -5 * MINUTE, "+1 h": HOUR, "−1 h": -HOUR, "−1 day": -DAY };
const GRACE_SECONDS = 10;
const STEP_MS = 30 * SECOND;

describe.skipIf(url === null)(`clocks that are wrong, on two nodes with PostgreSQL ${reason}`, () => {
  let database: string;
  let nodes: Nodes;
  let a: Api;
  let b: Api;
  let UserPoolId: string;
  let clients: Record<"plain" | "rotating", Awaited<ReturnType<typeof makeClient>>>;
  const accepted: string[] = [];
  const checked = { count: 0 };

  beforeAll(async () => {
    database = await createDatabase(url ?? "");
    nodes = await startNodes(database);
    [a, b] = nodes.apis;
    UserPoolId = (await makePool(a)).Id;
    await a("SetUserPoolMfaConfig", {
      UserPoolId,
      MfaConfiguration: "OPTIONAL",
      SoftwareTokenMfaConfiguration: { Enabled: true },
    });
    clients = {
      plain: await makeClient(a, UserPoolId),
      rotating: await makeClient(a, UserPoolId, {
        ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: GRACE_SECONDS },
      }),
    };
  });
  afterAll(async () => {
    await nodes?.close();
    if (database) await dropDatabase(url ?? "", database);
  });

  const clockOf = (server: RunningServer): AdjustableClock => {
    const { clock } = server.services;
    if (!(clock instanceof AdjustableClock)) throw new Error("The clock cannot be moved");
    return clock;
  };
  const clocks = () => nodes.servers.map(clockOf);
  const advance = (ms: number) => {
    for (const clock of clocks()) clock.advance(ms);
  };
  const sweep = async () => {
    for (const { services } of nodes.servers) await services.store.removeExpired(services.clock.now());
  };
  const refused = async (what: string, call: Promise<unknown>) => {
    checked.count++;
    const fault = await call.then(
      () => null,
      (error: unknown) => error,
    );
    if (!(fault instanceof ApiRefusal && fault.status === 400))
      accepted.push(`${what}: ${fault ?? "accepted"}`);
  };

  const answerNewPassword = (api: Api, username: string, Session: string) =>
    api("RespondToAuthChallenge", {
      ClientId: clients.plain.ClientId,
      ChallengeName: "NEW_PASSWORD_REQUIRED",
      Session,
      ChallengeResponses: { USERNAME: username, NEW_PASSWORD: PASSWORD },
    });
  const rotate = (api: Api, RefreshToken: string) =>
    api("GetTokensFromRefreshToken", { ClientId: clients.rotating.ClientId, RefreshToken });
  const reset = (api: Api, Username: string, ConfirmationCode: string) =>
    api("ConfirmForgotPassword", {
      ClientId: clients.plain.ClientId,
      Username,
      ConfirmationCode,
      Password: OTHER_PASSWORD,
    });
  const wrongGuess = (api: Api, username: string) =>
    startSignIn(api, clients.plain, username, "Wrong-Password-1").catch((error: unknown) => error);
  const isLocked = (fault: unknown) =>
    fault instanceof ApiRefusal && fault.message.startsWith("Password attempts exceeded");

  /** What was used, replaced, withdrawn or over, to be shown again when the clock is another. */
  async function spent(name: string) {
    const email = `${name}@clocks.example`;
    const attributes = { email, email_verified: "true" };
    await makeUser(a, UserPoolId, name, { temporaryPassword: TEMPORARY_PASSWORD, attributes });
    const { Session = "" } = await startSignIn(a, clients.plain, name, TEMPORARY_PASSWORD);
    const { Session: unused = "" } = await startSignIn(a, clients.plain, name, TEMPORARY_PASSWORD);
    await answerNewPassword(a, name, Session);
    const signedOut = await signIn(a, clients.plain, name);
    await a("AdminUserGlobalSignOut", { UserPoolId, Username: name });
    const family = await signIn(a, clients.rotating, name);
    await rotate(a, family.RefreshToken);
    advance((GRACE_SECONDS + 1) * SECOND);
    await refused("a token out of its grace period, before", rotate(a, family.RefreshToken));
    const held = await signIn(a, clients.plain, name);
    const forgot = () => a("ForgotPassword", { ClientId: clients.plain.ClientId, Username: name });
    await forgot();
    const replacedCode = await nodes.code(email);
    await forgot();
    const usedCode = await nodes.code(email);
    await reset(a, name, usedCode);
    await forgot();
    const freshCode = await nodes.code(email);
    return { name, Session, unused, signedOut, family, held, replacedCode, usedCode, freshCode };
  }

  it.each(Object.entries(JUMPS))("a clock that jumps by %s revives nothing", async (jump, ms) => {
    const it = await spent(`jump${ms}`);
    for (let n = 0; n < 7; n++) await wrongGuess(a, it.name);
    expect(isLocked(await wrongGuess(a, it.name)), "locked before the jump").toBe(true);
    advance(ms);
    await sweep();
    await refused(`${jump}: a used Session`, answerNewPassword(a, it.name, it.Session));
    await refused(
      `${jump}: a Session of a password that was replaced`,
      answerNewPassword(a, it.name, it.unused),
    );
    await refused(`${jump}: a used code`, reset(a, it.name, it.usedCode));
    await refused(`${jump}: a replaced code`, reset(a, it.name, it.replacedCode));
    await refused(`${jump}: a token out of its grace period`, rotate(a, it.family.RefreshToken));
    await refused(`${jump}: signed out`, a("GetUser", { AccessToken: it.signedOut.AccessToken }));
    if (ms < 0) await refused(`${jump}: the lock`, startSignIn(a, clients.plain, it.name, OTHER_PASSWORD));
    if (ms > 0 && ms < 15 * MINUTE) {
      // The eighth failure: had the count begun anew, there would be no lock after it.
      await wrongGuess(a, it.name);
      await refused(`${jump}: the next lock`, startSignIn(a, clients.plain, it.name, OTHER_PASSWORD));
    }
    if (ms >= HOUR) {
      await refused(`${jump}: an expired access token`, a("GetUser", { AccessToken: it.held.AccessToken }));
      await refused(`${jump}: an expired code`, reset(a, it.name, it.freshCode));
    }
    // And back: what was swept meanwhile must not be missed.
    advance(-ms);
    await sweep();
    await refused(`${jump} and back: a used Session`, answerNewPassword(a, it.name, it.Session));
    await refused(`${jump} and back: a used code`, reset(a, it.name, it.usedCode));
    await refused(`${jump} and back: a replaced code`, reset(a, it.name, it.replacedCode));
    await refused(`${jump} and back: a token out of its grace`, rotate(a, it.family.RefreshToken));
    await refused(`${jump} and back: signed out`, a("GetUser", { AccessToken: it.signedOut.AccessToken }));
  });

  it("two nodes a minute apart revive nothing between them, and go on with each other's sign-ins", async () => {
    const [, ahead] = clocks();
    ahead?.advance(MINUTE);
    const it = await spent("apart");
    await sweep();
    for (const [api, where] of [
      [a, "behind"],
      [b, "ahead"],
    ] as const) {
      await refused(`${where}: a used Session`, answerNewPassword(api, it.name, it.Session));
      await refused(`${where}: a used code`, reset(api, it.name, it.usedCode));
      await refused(`${where}: a replaced code`, reset(api, it.name, it.replacedCode));
      await refused(`${where}: signed out`, api("GetUser", { AccessToken: it.signedOut.AccessToken }));
    }
    await refused("ahead: a token out of its grace period", rotate(b, it.family.RefreshToken));
    await makeUser(a, UserPoolId, "cross", {});
    const { Session = "" } = await startSignIn(b, clients.plain, "cross", TEMPORARY_PASSWORD);
    const done = await answerNewPassword(a, "cross", Session);
    const AccessToken = done.AuthenticationResult?.AccessToken ?? "";
    for (const api of [a, b]) expect((await api("GetUser", { AccessToken })).Username).toBe("cross");
    const early = await signIn(b, clients.plain, "cross");
    expect((await a("GetUser", { AccessToken: early.AccessToken })).Username).toBe("cross");
    // A code of a time step that one node has taken is used up for the other, whichever step that one is in.
    const { SecretCode = "" } = await a("AssociateSoftwareToken", { AccessToken });
    const codeAt = (now: number) => totpCode(fromBase32(SecretCode), Math.floor(now / STEP_MS));
    const UserCode = codeAt(clocks()[0]?.now() ?? 0);
    await a("VerifySoftwareToken", { AccessToken, UserCode });
    await refused("ahead: a used TOTP code", b("VerifySoftwareToken", { AccessToken, UserCode }));
    ahead?.advance(-MINUTE);
  });

  it("two nodes a minute apart give a guesser hardly more than one node does", async () => {
    const [behind, ahead] = clocks();
    /** Guesses that were looked at within a quarter of an hour, by one who tries every node each second. */
    const evaluated = async (username: string, apis: readonly Api[]) => {
      await makeUser(a, UserPoolId, username, { password: PASSWORD });
      let count = 0;
      for (let second = 0; second < 15 * 60; second++) {
        for (const api of apis) if (!isLocked(await wrongGuess(api, username))) count++;
        advance(SECOND);
      }
      return count;
    };
    const alone = await evaluated("guessed-alone", [a]);
    ahead?.advance(MINUTE);
    const together = await evaluated("guessed-apart", [a, b]);
    ahead?.advance(-MINUTE);
    expect(behind && ahead && Math.abs(behind.now() - ahead.now())).toBeLessThan(SECOND);
    figure("A12", `${together} guesses in 15 min at two nodes 60 s apart, ${alone} at one`, `${alone + 6}`);
    expect(together).toBeLessThanOrEqual(alone + 6);
  });

  it("accepted nothing that was over", () => {
    figure("A12", `${accepted.length} of ${checked.count} spent or expired things accepted`, "0");
    expect(accepted).toEqual([]);
  });
});
