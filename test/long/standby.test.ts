import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { ApiRefusal, apiOf } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD, signIn } from "../support/builders.ts";
import { isReady } from "../support/health.ts";
import { startPostgres } from "../support/postgres.ts";
import { signedApi } from "../support/production.ts";
import { newKey, startProductionProcess } from "../support/production-process.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const ROUNDS = Math.ceil(sizes.withdrawals / 5);
/** How a node tells the one that takes writes from the others. */
const WHO_WRITES = "show transaction_read_only";

const own = await startPostgres({ durable: true });
if (own.kind === "absent") console.warn(`What a standby is asked is not checked: ${own.reason}.`);
afterAll(async () => {
  if (own.kind === "running") await own.stop();
});

describe.skipIf(own.kind === "absent")("two nodes that know a hot standby beside the primary", () => {
  it(
    `ask it nothing but whether it takes writes, through ${ROUNDS} sign-ins that are withdrawn`,
    async () => {
      if (own.kind === "absent") return;
      const dataDir = mkdtempSync(join(tmpdir(), "cognate-standby-test-"));
      const standby = await own.standby();
      // The standby stands first.
      const databaseUrl = `${own.url.replace(/@([^/]+)/, `@${new URL(standby.url).host},$1`)}?target_session_attrs=read-write`;
      const key = newKey();
      const start = () =>
        startProductionProcess({ dataDir, databaseUrl, key, publicUrl: "http://localhost" });
      const a = await start();
      const b = await start();
      try {
        if (!a.root) throw new Error("No root key was shown");
        const admin = signedApi(a.url, a.root);
        const { Id: UserPoolId } = await makePool(admin);
        const client = await makeClient(admin, UserPoolId);
        const accepted: string[] = [];
        for (let n = 0; n < ROUNDS; n++) {
          const username = `user-${n}`;
          await makeUser(admin, UserPoolId, username, { password: PASSWORD });
          const { AccessToken, RefreshToken } = await signIn(apiOf(a), client, username);
          await apiOf(b)("GetUser", { AccessToken });
          await (n % 2 === 0
            ? apiOf(a)("GlobalSignOut", { AccessToken })
            : admin("AdminDisableUser", { UserPoolId, Username: username }));
          const refresh = () =>
            apiOf(b)("InitiateAuth", {
              ClientId: client.ClientId,
              AuthFlow: "REFRESH_TOKEN_AUTH",
              AuthParameters: { REFRESH_TOKEN: RefreshToken },
            });
          for (const call of [() => apiOf(b)("GetUser", { AccessToken }), refresh])
            await call().then(
              () => accepted.push(username),
              (fault: unknown) => expect(fault).toBeInstanceOf(ApiRefusal),
            );
        }
        expect(await isReady(b.url)).toBe(true);
        const asked = standby.statements();
        const others = asked.filter((statement) => statement !== WHO_WRITES);
        figure(
          "B3",
          `${others.length} statements at the standby but ${asked.length} × "${WHO_WRITES}", ${accepted.length} accepted after ${ROUNDS} withdrawals`,
          "0, 0",
        );
        expect(accepted).toEqual([]);
        expect(others).toEqual([]);
        expect(asked.length, "the standby was found and passed over").toBeGreaterThan(0);
        // What a decision would look like there.
        const direct = new pg.Client({ connectionString: standby.url });
        await direct.connect();
        await direct.query("select username from user_account where username = $1", ["user-0"]);
        await direct.end();
        expect(standby.statements().slice(asked.length)).toEqual([
          "select username from user_account where username = $1",
        ]);
      } finally {
        await Promise.all([a.stop(), b.stop()]);
        await standby.stop();
        rmSync(dataDir, { recursive: true, force: true });
      }
    },
    120_000 + ROUNDS * 2_000,
  );
});
