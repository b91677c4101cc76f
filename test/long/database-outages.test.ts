import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiOf } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD, signIn } from "../support/builders.ts";
import { isLive, untilReadiness } from "../support/health.ts";
import { drawsFrom } from "../support/model-probe.ts";
import { type RunningPostgres, startPostgres } from "../support/postgres.ts";
import { type Credentials, signedApi, signedSend } from "../support/production.ts";
import { newKey, type ProductionProcess, startProductionProcess } from "../support/production-process.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { WritingLoad } from "../support/writing-load.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const RECOVERY_MS = 5_000;
const LONGEST_REQUEST_MS = 5_000;
const RED_MS = 5_000;
const PATIENCE_MS = 30_000;
const WRITERS = 8;

const own = await startPostgres({ durable: true });
if (own.kind === "absent") console.warn(`Outages of PostgreSQL are not checked: ${own.reason}.`);
afterAll(async () => {
  if (own.kind === "running") await own.stop();
});

describe.skipIf(own.kind === "absent")("a production server whose PostgreSQL is away for a while", () => {
  const postgres = own as RunningPostgres;
  const dataDir = mkdtempSync(join(tmpdir(), "cognate-outages-"));
  const key = newKey();
  const draw = drawsFrom(5);
  let proxy: TcpProxy;
  let node: ProductionProcess;
  let root: Credentials;
  let UserPoolId: string;
  let accessToken: string;

  beforeAll(async () => {
    proxy = await TcpProxy.start("127.0.0.1", postgres.port);
    const through = new URL(postgres.url);
    through.port = String(proxy.port);
    node = await startProductionProcess({ dataDir, databaseUrl: through.href, key });
    if (!node.root) throw new Error("No root key was shown");
    root = node.root;
    const api = signedApi(node.url, root);
    UserPoolId = (await makePool(api)).Id;
    const client = await makeClient(api, UserPoolId);
    await makeUser(api, UserPoolId, "ana", { password: PASSWORD });
    accessToken = (await signIn(apiOf(node), client, "ana")).AccessToken;
  });
  afterAll(async () => {
    await node?.stop();
    await proxy?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const load = (prefix: string): WritingLoad =>
    new WritingLoad(WRITERS, prefix, (Username) =>
      signedSend(node.url, root, "AdminCreateUser", { UserPoolId, Username, MessageAction: "SUPPRESS" }),
    );

  async function lostOf(acknowledged: readonly string[]): Promise<string[]> {
    const facts = new pg.Client({ connectionString: postgres.url });
    await facts.connect();
    const { rows } = await facts.query("select username from user_account");
    await facts.end();
    const stored = new Set(rows.map((row) => row.username));
    return acknowledged.filter((username) => !stored.has(username));
  }

  it(
    `loses nothing when it is ended at once under load, and goes on by itself when it is back, ${sizes.databaseStops} times`,
    async () => {
      const pid = node.pid;
      const acknowledged: string[] = [];
      const recoveredMs: number[] = [];
      const lateFailures: string[] = [];
      const kinds = new Set<string>();
      let longestMs = 0;
      let failures = 0;
      for (let round = 0; round < sizes.databaseStops; round++) {
        const writing = load(`stop-${round}`);
        await writing.successAfter(0, PATIENCE_MS);
        await sleep(200 + draw() * 300);
        await postgres.stopImmediately();
        await sleep(500 + draw() * 1_000);
        await postgres.startAgain();
        const backMs = writing.nowMs;
        const success = await writing.successAfter(backMs, PATIENCE_MS);
        recoveredMs.push((success ?? Number.POSITIVE_INFINITY) - backMs);
        await sleep(500);
        await writing.stop();
        acknowledged.push(...writing.acknowledged);
        failures += writing.failures.length;
        for (const attempt of writing.attempts) longestMs = Math.max(longestMs, attempt.tookMs);
        for (const { beganMs, status, code } of writing.failures) {
          kinds.add(`${status} ${code}`);
          if (beganMs > backMs + RECOVERY_MS) lateFailures.push(`${status} ${code}`);
        }
      }
      const lost = await lostOf(acknowledged);
      const recovered = Math.max(...recoveredMs);
      figure(
        "A4/B5",
        `${lost.length} of ${acknowledged.length} lost, ${failures} refused meanwhile (longest ${longestMs.toFixed(0)} ms), works again within ${recovered.toFixed(0)} ms, ${sizes.databaseStops} stops`,
        `0 lost, ${RECOVERY_MS} ms, no restart`,
      );
      expect(lost).toEqual([]);
      expect(lateFailures).toEqual([]);
      expect([...kinds].filter((kind) => kind !== "500 InternalErrorException")).toEqual([]);
      expect(recovered).toBeLessThanOrEqual(RECOVERY_MS);
      expect(node.pid).toBe(pid);
      expect(await isLive(node.url)).toBe(true);
    },
    60_000 + sizes.databaseStops * 30_000,
  );

  it(
    `keeps nobody waiting when nothing is heard of it for ${sizes.blackHoleMs / 1000} s, ${sizes.blackHoles} times`,
    async () => {
      const acknowledged: string[] = [];
      const red: number[] = [];
      const green: number[] = [];
      let longestMs = 0;
      let refused = 0;
      for (let round = 0; round < sizes.blackHoles; round++) {
        const writing = load(`hole-${round}`);
        const reading = new WritingLoad(
          2,
          "read",
          async () => {
            const began = await signedSend(node.url, root, "GetUser", { AccessToken: accessToken });
            return began;
          },
          50,
        );
        await writing.successAfter(0, PATIENCE_MS);
        await sleep(300);
        proxy.mode = { kind: "black-hole" };
        const holeAt = performance.now();
        red.push((await untilReadiness(node.url, false, PATIENCE_MS)) ?? Number.POSITIVE_INFINITY);
        await sleep(Math.max(0, sizes.blackHoleMs - (performance.now() - holeAt)));
        proxy.mode = { kind: "pass" };
        const [ready, success] = await Promise.all([
          untilReadiness(node.url, true, PATIENCE_MS),
          (async () => {
            const sinceMs = writing.nowMs;
            const at = await writing.successAfter(sinceMs, PATIENCE_MS);
            return (at ?? Number.POSITIVE_INFINITY) - sinceMs;
          })(),
        ]);
        green.push(Math.max(ready ?? Number.POSITIVE_INFINITY, success));
        await Promise.all([writing.stop(), reading.stop()]);
        acknowledged.push(...writing.acknowledged);
        refused += writing.failures.length + reading.failures.length;
        for (const { tookMs } of [...writing.attempts, ...reading.attempts])
          longestMs = Math.max(longestMs, tookMs);
      }
      const lost = await lostOf(acknowledged);
      figure(
        "B6",
        `longest request ${longestMs.toFixed(0)} ms, red within ${Math.max(...red).toFixed(0)} ms, works again within ${Math.max(...green).toFixed(0)} ms, ${refused} refused, ${lost.length} of ${acknowledged.length} lost`,
        `${LONGEST_REQUEST_MS} ms, ${RED_MS} ms, ${RECOVERY_MS} ms, 0 lost`,
      );
      expect(lost).toEqual([]);
      expect(refused).toBeGreaterThan(0);
      expect(longestMs).toBeLessThanOrEqual(LONGEST_REQUEST_MS);
      expect(Math.max(...red)).toBeLessThanOrEqual(RED_MS);
      expect(Math.max(...green)).toBeLessThanOrEqual(RECOVERY_MS);
    },
    60_000 + sizes.blackHoles * (sizes.blackHoleMs + 60_000),
  );
});
