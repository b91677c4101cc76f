import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Output } from "../../src/api/operation.ts";
import { type Api, ApiRefusal, apiOf } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD, signIn, TEMPORARY_PASSWORD } from "../support/builders.ts";
import { drawsFrom } from "../support/model-probe.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { type Credentials, signedApi } from "../support/production.ts";
import { newKey, type ProductionProcess, startProductionProcess } from "../support/production-process.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const { url, reason } = inject("postgres");
const SIGN_INS = 8;
/** About as long as the sign-ins take together. */
const LONGEST_BEFORE_KILL_MS = 250;

/** The client heard nothing, or was told to come back. */
const isRetryable = (fault: unknown): boolean => (fault instanceof ApiRefusal ? fault.status >= 500 : true);

describe.skipIf(url === null)(`two server processes on one PostgreSQL ${reason}`, () => {
  const dataDir = mkdtempSync(join(tmpdir(), "cognate-processes-"));
  const key = newKey();
  const draw = drawsFrom(11);
  let database: string;
  let facts: pg.Pool;
  let root: Credentials;
  let a: ProductionProcess;
  let b: ProductionProcess;

  const start = () =>
    startProductionProcess({ dataDir, databaseUrl: database, key, publicUrl: "http://localhost" });
  const admin = (node: ProductionProcess): Api => signedApi(node.url, root);
  const count = async (sql: string, ...values: unknown[]): Promise<number> =>
    Number((await facts.query(sql, values)).rows[0].count);

  beforeAll(async () => {
    database = await createDatabase(url ?? "");
    a = await start();
    if (!a.root) throw new Error("No root key was shown");
    root = a.root;
    b = await start();
    facts = new pg.Pool({ connectionString: database, max: 2 });
  });
  afterAll(async () => {
    await facts?.end();
    await Promise.all([a?.stop(), b?.stop()]);
    if (database) await dropDatabase(url ?? "", database);
    rmSync(dataDir, { recursive: true, force: true });
  });

  it("shows the root key at the first start only", () => expect(b.root).toBeNull());

  it(
    `lets clients go on at the other when one is killed in mid sign-in, ${sizes.nodeKills} times`,
    async () => {
      const { Id: UserPoolId } = await makePool(admin(b));
      const client = await makeClient(admin(b), UserPoolId);
      const { ClientId } = client;
      let resumed = 0;
      let begunAnew = 0;
      const wrong: string[] = [];
      /** A first sign-in that sets a password, from the one node to the other when the one is gone. */
      async function signInForTheFirstTime(username: string) {
        let heard = 0;
        let sessions = 1;
        const ask = async (call: (api: Api) => Promise<Output<"InitiateAuth">>) => {
          try {
            return await call(apiOf(a));
          } catch (fault) {
            if (!isRetryable(fault)) throw fault;
            resumed++;
            return await call(apiOf(b));
          }
        };
        const begin = (PASSWORD: string) =>
          ask((api) =>
            api("InitiateAuth", {
              ClientId,
              AuthFlow: "USER_PASSWORD_AUTH",
              AuthParameters: { USERNAME: username, PASSWORD },
            }),
          );
        const challenge = await begin(TEMPORARY_PASSWORD);
        try {
          const done = await ask((api) =>
            api("RespondToAuthChallenge", {
              ClientId,
              ChallengeName: "NEW_PASSWORD_REQUIRED",
              Session: challenge.Session ?? "",
              ChallengeResponses: { USERNAME: username, NEW_PASSWORD: PASSWORD },
            }),
          );
          if (done.AuthenticationResult) heard++;
        } catch (fault) {
          // The lost answer was a success: its Session is used up, and the new password is set.
          if (!(fault instanceof ApiRefusal && fault.code === "NotAuthorizedException")) throw fault;
          begunAnew++;
          sessions++;
          if ((await begin(PASSWORD)).AuthenticationResult) heard++;
        }
        if (heard !== 1) wrong.push(`${username}: no tokens`);
        const rows = await count(
          `select count(*) from refresh_session s join user_account u on u.key = s.user_key where u.username = $1`,
          username,
        );
        if (rows < heard || rows > sessions)
          wrong.push(`${username}: ${rows} sessions, ${sessions} expected`);
      }
      for (let round = 0; round < sizes.nodeKills; round++) {
        const users = Array.from({ length: SIGN_INS }, (_, n) => `user-${round}-${n}`);
        for (const user of users) await makeUser(admin(b), UserPoolId, user);
        const signingIn = users.map((user) => signInForTheFirstTime(user));
        await sleep(draw() * LONGEST_BEFORE_KILL_MS);
        a.signal("SIGKILL");
        await Promise.all([a.ended, ...signingIn]);
        a = await start();
      }
      const all = sizes.nodeKills * SIGN_INS;
      figure(
        "B1",
        `${wrong.length} of ${all} sign-ins wrong; ${resumed} requests repeated at the other node, ${begunAnew} sign-ins begun anew, ${sizes.nodeKills} kills`,
        "every sign-in completes, 0 double effects",
      );
      expect(wrong).toEqual([]);
      expect(resumed, "the kills came in mid sign-in").toBeGreaterThan(0);
    },
    60_000 + sizes.nodeKills * 20_000,
  );

  it(
    `refuses on one what the other has withdrawn, at the very next request, ${sizes.withdrawals} times`,
    async () => {
      const { Id: UserPoolId } = await makePool(admin(a));
      const client = await makeClient(admin(a), UserPoolId);
      const { ClientId } = client;
      const accepted: string[] = [];
      const refused = async (what: string, call: Promise<unknown>) => {
        const fault = await call.then(
          () => null,
          (error: unknown) => error,
        );
        if (fault instanceof ApiRefusal && fault.status === 400) return;
        accepted.push(`${what}: ${fault ?? "accepted"}`);
      };
      type Held = Awaited<ReturnType<typeof signIn>>;
      const withdrawals: Record<string, (username: string, held: Held) => Promise<unknown>> = {
        RevokeToken: (_, { RefreshToken }) => apiOf(a)("RevokeToken", { ClientId, Token: RefreshToken }),
        GlobalSignOut: (_, { AccessToken }) => apiOf(a)("GlobalSignOut", { AccessToken }),
        AdminUserGlobalSignOut: (Username) => admin(a)("AdminUserGlobalSignOut", { UserPoolId, Username }),
        AdminDisableUser: (Username) => admin(a)("AdminDisableUser", { UserPoolId, Username }),
        AdminDeleteUser: (Username) => admin(a)("AdminDeleteUser", { UserPoolId, Username }),
        AdminSetUserPassword: (Username) =>
          admin(a)("AdminSetUserPassword", {
            UserPoolId,
            Username,
            Password: `${PASSWORD}-2`,
            Permanent: true,
          }),
      };
      const kinds = Object.keys(withdrawals);
      for (let n = 0; n < sizes.withdrawals; n++) {
        const kind = kinds[n % kinds.length] ?? "";
        const username = `withdrawn-${n}`;
        await makeUser(admin(a), UserPoolId, username, { password: PASSWORD });
        const held = await signIn(apiOf(a), client, username);
        const { AccessToken, RefreshToken } = held;
        const refresh = (api: Api) =>
          api("InitiateAuth", {
            ClientId,
            AuthFlow: "REFRESH_TOKEN_AUTH",
            AuthParameters: { REFRESH_TOKEN: RefreshToken },
          });
        // Whatever the other node keeps in memory, it has now.
        await apiOf(b)("GetUser", { AccessToken });
        await refresh(apiOf(b));
        await withdrawals[kind]?.(username, held);
        const keepsSession = kind === "AdminSetUserPassword";
        const losesPassword = ["AdminDisableUser", "AdminDeleteUser", "AdminSetUserPassword"].includes(kind);
        if (losesPassword) await refused(`${kind}, sign-in`, signIn(apiOf(b), client, username));
        if (keepsSession) continue;
        await refused(`${kind}, access token`, apiOf(b)("GetUser", { AccessToken }));
        await refused(`${kind}, refresh token`, refresh(apiOf(b)));
      }
      // The same for what an administrator's own right is, and for the client.
      await admin(a)("UpdateUserPoolClient", {
        UserPoolId,
        ClientId,
        ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
      });
      await makeUser(admin(a), UserPoolId, "last", { password: PASSWORD });
      await refused("UpdateUserPoolClient, the flow", signIn(apiOf(b), client, "last"));
      await admin(a)("DeleteUserPoolClient", { UserPoolId, ClientId });
      await refused("DeleteUserPoolClient, the client", signIn(apiOf(b), client, "last"));
      figure("B3", `${accepted.length} accepted after ${sizes.withdrawals} withdrawals`, "0 accepted");
      expect(accepted).toEqual([]);
    },
    60_000 + sizes.withdrawals * 1_000,
  );

  it(
    `accepts no replaced refresh token after all nodes have started anew, ${sizes.replays} tokens`,
    async () => {
      const { Id: UserPoolId } = await makePool(admin(a));
      const client = await makeClient(admin(a), UserPoolId, {
        ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: 0 },
      });
      const ClientId = client.ClientId;
      const rotate = (node: ProductionProcess, RefreshToken: string) =>
        apiOf(node)("GetTokensFromRefreshToken", { ClientId, RefreshToken });
      const replaced: string[] = [];
      const present: string[] = [];
      for (let n = 0; n < sizes.replays; n++) {
        await makeUser(admin(a), UserPoolId, `rotating-${n}`, { password: PASSWORD });
        const { RefreshToken } = await signIn(apiOf(a), client, `rotating-${n}`);
        const { AuthenticationResult } = await rotate(n % 2 ? a : b, RefreshToken);
        replaced.push(RefreshToken);
        present.push(AuthenticationResult?.RefreshToken ?? "");
      }
      await Promise.all([a.stop(), b.stop()]);
      [a, b] = await Promise.all([start(), start()]);
      // Those in the second half have not been replayed before: the present one must still work there.
      const half = Math.floor(sizes.replays / 2);
      for (const [n, token] of present.slice(half).entries()) await rotate(n % 2 ? a : b, token);
      let accepted = 0;
      for (const [n, token] of replaced.entries()) {
        const fault = await rotate(n % 2 ? b : a, token).catch((error: unknown) => error);
        if (!(fault instanceof ApiRefusal && fault.code === "RefreshTokenReuseException")) {
          if (!(fault instanceof ApiRefusal && fault.code === "NotAuthorizedException")) accepted++;
        }
      }
      figure(
        "B11",
        `${accepted} of ${sizes.replays} replaced tokens accepted after the restart`,
        "0 accepted",
      );
      expect(accepted).toBe(0);
    },
    60_000 + sizes.replays * 2_000,
  );
});
