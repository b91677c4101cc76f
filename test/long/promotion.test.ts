import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { makePool } from "../support/builders.ts";
import { isReady } from "../support/health.ts";
import { startPostgres } from "../support/postgres.ts";
import { signedApi, signedSend } from "../support/production.ts";
import { newKey, startProductionProcess } from "../support/production-process.ts";
import { WritingLoad } from "../support/writing-load.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const RECOVERY_MS = 5_000;
const PATIENCE_MS = 30_000;
const WRITERS = 8;

/** A server on a primary and its standby; the primary is ended at once under load, and the standby takes its place. */
async function promotion() {
  const primary = await startPostgres({ durable: true });
  if (primary.kind === "absent") throw new Error(primary.reason);
  const dataDir = mkdtempSync(join(tmpdir(), "cognate-promotion-"));
  try {
    const standby = await primary.standby();
    const both = primary.url.replace(/@([^/]+)/, `@${new URL(standby.url).host},$1`);
    // The standby stands first: it must be passed over while it only reads.
    const node = await startProductionProcess({
      dataDir,
      databaseUrl: `${both}?target_session_attrs=read-write`,
      key: newKey(),
    });
    try {
      const { root } = node;
      if (!root) throw new Error("No root key was shown");
      const { Id: UserPoolId } = await makePool(signedApi(node.url, root));
      const load = new WritingLoad(WRITERS, "user", (Username) =>
        signedSend(node.url, root, "AdminCreateUser", { UserPoolId, Username, MessageAction: "SUPPRESS" }),
      );
      await load.successAfter(0, PATIENCE_MS);
      await sleep(500);
      await primary.stopImmediately();
      await standby.promote();
      const promotedMs = load.nowMs;
      const success = await load.successAfter(promotedMs, PATIENCE_MS);
      await sleep(500);
      await load.stop();
      const facts = new pg.Client({ connectionString: standby.url });
      await facts.connect();
      const { rows } = await facts.query("select username from user_account");
      await facts.end();
      const stored = new Set(rows.map(({ username }) => username));
      return {
        acknowledged: load.acknowledged,
        lost: load.acknowledged.filter((username) => !stored.has(username)),
        lateFailures: load.failures.filter(({ beganMs }) => beganMs > promotedMs + RECOVERY_MS),
        refused: load.failures.length,
        recoveredMs: (success ?? Number.POSITIVE_INFINITY) - promotedMs,
        ready: await isReady(node.url),
      };
    } finally {
      await node.stop();
      await standby.stop();
    }
  } finally {
    await primary.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const absent = await (async () => {
  const server = await startPostgres();
  if (server.kind === "absent") return server.reason;
  await server.stop();
  return null;
})();
if (absent) console.warn(`The promotion of a standby is not checked: ${absent}.`);

describe("a primary that is lost under load, and its standby promoted", () => {
  it.skipIf(absent !== null || sizes.promotions === 0)(
    `loses nothing, and the server finds the new one by itself, ${sizes.promotions} times`,
    async () => {
      for (let round = 0; round < sizes.promotions; round++) {
        const { acknowledged, lost, lateFailures, refused, recoveredMs, ready } = await promotion();
        figure(
          "B12",
          `${lost.length} of ${acknowledged.length} lost, ${refused} refused meanwhile, works again ${recoveredMs.toFixed(0)} ms after the promotion`,
          `0 lost, ${RECOVERY_MS} ms, no restart`,
        );
        expect(acknowledged.length).toBeGreaterThan(WRITERS);
        expect(lost).toEqual([]);
        expect(lateFailures).toEqual([]);
        expect(recoveredMs).toBeLessThanOrEqual(RECOVERY_MS);
        expect(ready).toBe(true);
      }
    },
    60_000 + sizes.promotions * 60_000,
  );
});
