import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coreMeter, divideCores, keepOn, onCore } from "../support/cores.ts";
import { ApiCaller } from "../support/http-connection.ts";
import { residentMb } from "../support/process-figures.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const PASSWORD = "Correct-Horse_7";
const USERS = 200;
const SECONDS = sizes.overloadSeconds;
const WARM_UP_SECONDS = 3;
/** Clients that each wait for their answer: they find the most that the server can do. */
const CLOSED_LOOP = 16;
const OVERLOAD = 5;
/** Of what the server does at its best. */
const GOODPUT = 0.8;
/** The 99th percentile of what an admitted client waits. */
const ADMITTED_MS = 1_000;
/** And of what it waits at the peak, where the machine is so busy that this is more. */
const ADMITTED_OF_PEAK = 5;
/** The median of what a refused client waits. */
const QUICK_MS = 250;
/** More than the server holds without overload: connections, the hash of its one core, and what the collector lets lie. */
const GROWTH_MB = 100;

const cores = divideCores();
if (!cores) console.warn("Overload is not checked: the server needs a core of its own, which taskset gives.");

const dataDir = mkdtempSync(join(tmpdir(), "cognate-overload-"));
let server: ServerProcess;
let api: ApiCaller;
let ClientId: string;
beforeAll(async () => {
  if (!cores) return;
  keepOn(cores.others);
  const environment = { COGNATE_LOG_LEVEL: "error", COGNATE_PASSWORD_STORAGE: "argon2id" };
  server = await startServerProcess({ dataDir, environment, wrapper: onCore(cores.server) });
  api = new ApiCaller(server.port);
  const { UserPool } = await api.call("CreateUserPool", { PoolName: "overload" });
  const UserPoolId = UserPool.Id;
  const { UserPoolClient } = await api.call("CreateUserPoolClient", {
    UserPoolId,
    ClientName: "overload",
    ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
  });
  ClientId = UserPoolClient.ClientId;
  for (let i = 0; i < USERS; i++) {
    const Username = `user${i}`;
    await api.call("AdminCreateUser", { UserPoolId, Username, MessageAction: "SUPPRESS" });
    await api.call("AdminSetUserPassword", { UserPoolId, Username, Password: PASSWORD, Permanent: true });
  }
});
afterAll(async () => {
  api?.close();
  await server?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

let next = 0;
const signIn = () =>
  api.answer("InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    ClientId,
    AuthParameters: { USERNAME: `user${next++ % USERS}`, PASSWORD },
  });

const percentile = (waits: readonly number[], part: number): number =>
  waits.toSorted((a, b) => a - b)[Math.floor(waits.length * part)] ?? 0;

/** Sign-ins per second of the core by clients that wait for each answer, and the 99th percentile of their waits. */
async function peak(core: number, seconds: number): Promise<{ rate: number; p99: number }> {
  const meter = coreMeter(core, server.pid);
  const until = performance.now() + seconds * 1000;
  const waits: number[] = [];
  await Promise.all(
    Array.from({ length: CLOSED_LOOP }, async () => {
      while (performance.now() < until) {
        const sentAt = performance.now();
        if ((await signIn()).status === 200) waits.push(performance.now() - sentAt);
      }
    }),
  );
  return { rate: waits.length / meter().seconds, p99: percentile(waits, 0.99) };
}

/** Requests at a rate per second of the core, whatever becomes of those before. */
async function flood(core: number, rate: number) {
  const admitted: number[] = [];
  const refused: number[] = [];
  const others: string[] = [];
  const pending: Promise<void>[] = [];
  let succeeded = 0;
  let megabytes = 0;
  const watch = setInterval(() => {
    megabytes = Math.max(megabytes, residentMb(server.pid)?.anonymous ?? 0);
  }, 100);
  const begunAt = performance.now();
  const meter = coreMeter(core, server.pid);
  for (let sent = 0; performance.now() - begunAt < SECONDS * 1000; await sleep(2)) {
    for (const due = meter().seconds * rate; sent < due; sent++) {
      const sentAt = performance.now();
      pending.push(
        signIn().then(({ status, body }) => {
          const answeredAt = performance.now();
          if (status === 200) {
            admitted.push(answeredAt - sentAt);
            if (answeredAt - begunAt <= SECONDS * 1000) succeeded++;
          } else if (body.includes("TooManyRequestsException")) refused.push(answeredAt - sentAt);
          else others.push(`${status} ${body}`);
        }),
      );
    }
  }
  const left = meter();
  await Promise.all(pending);
  clearInterval(watch);
  return {
    goodput: succeeded / left.seconds,
    share: left.share,
    sent: pending.length / left.seconds,
    admittedP99: percentile(admitted, 0.99),
    refused: refused.length,
    refusedMedian: percentile(refused, 0.5),
    others,
    megabytes,
  };
}

describe("sign-ins of a pool with argon2id", () => {
  it.skipIf(!cores)(
    `at ${OVERLOAD} times what the server can do go on at ${GOODPUT * 100} % of the peak, and the rest is refused quickly`,
    async () => {
      const core = cores?.server ?? 0;
      await peak(core, WARM_UP_SECONDS);
      const before = await peak(core, SECONDS / 2);
      const heldMb = residentMb(server.pid)?.anonymous ?? 0;
      const { goodput, share, sent, admittedP99, refused, refusedMedian, others, megabytes } = await flood(
        core,
        before.rate * OVERLOAD,
      );
      const after = await peak(core, SECONDS / 2);
      // What others do on this machine makes everybody wait, at the peak too.
      const longest = Math.max(ADMITTED_MS, ADMITTED_OF_PEAK * Math.max(before.p99, after.p99));
      const ofPeak = (goodput * 2) / (before.rate + after.rate);
      figure(
        "J4",
        `goodput ${(ofPeak * 100).toFixed(0)} % of the peak (${goodput.toFixed(0)}/s of ${before.rate.toFixed(0)}/s before and ${after.rate.toFixed(0)}/s after, ` +
          `a second of the server's core, of which it was left ${(share * 100).toFixed(0)} %), p99 of admitted ${admittedP99.toFixed(0)} ms (at the peak ${before.p99.toFixed(0)} and ${after.p99.toFixed(0)}), ` +
          `${refused} refused at ${sent.toFixed(0)}/s after ${refusedMedian.toFixed(0)} ms, ${(megabytes - heldMb).toFixed(0)} MB more`,
        `${GOODPUT * 100} %, ${ADMITTED_MS} ms, ${GROWTH_MB} MB`,
      );
      expect(others).toEqual([]);
      expect(sent, "the clients were quick enough").toBeGreaterThan(before.rate * (OVERLOAD - 0.5));
      expect(refused).toBeGreaterThan(0);
      expect(refusedMedian).toBeLessThan(QUICK_MS);
      expect(ofPeak).toBeGreaterThanOrEqual(GOODPUT);
      expect(admittedP99).toBeLessThanOrEqual(longest);
      expect(megabytes - heldMb).toBeLessThanOrEqual(GROWTH_MB);
    },
  );
});
