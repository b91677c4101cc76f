import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiCaller } from "../support/http-connection.ts";
import { cpuMs } from "../support/process-figures.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";

const PASSWORD = "Correct-Horse_7";
const USERS = 400;
const SECONDS = 10;
const WARM_UP_SECONDS = 3;
/** Clients that each wait for their answer: they find the most that the server can do. */
const CLOSED_LOOP = 16;
const OVERLOAD = 5;
/** The median of what a refused client waits. */
const QUICK_MS = 250;

const dataDir = mkdtempSync(join(tmpdir(), "cognate-overload-"));
let server: ServerProcess;
let api: ApiCaller;
let ClientId: string;
beforeAll(async () => {
  const environment = { COGNATE_LOG_LEVEL: "error", COGNATE_PASSWORD_STORAGE: "argon2id" };
  server = await startServerProcess({ dataDir, environment });
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
  api.close();
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

let next = 0;
const signIn = () =>
  api.answer("InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    ClientId,
    AuthParameters: { USERNAME: `user${next++ % USERS}`, PASSWORD },
  });

/** Seconds of CPU that the server used so far; 0 where the system does not tell. */
const cpu = () => (cpuMs(server.pid) ?? 0) / 1000;

/** Sign-ins per second of clients that wait for each answer, and per second of the server's CPU. */
async function peak(seconds: number) {
  const cpuBefore = cpu();
  const until = performance.now() + seconds * 1000;
  let done = 0;
  await Promise.all(
    Array.from({ length: CLOSED_LOOP }, async () => {
      while (performance.now() < until) if ((await signIn()).status === 200) done++;
    }),
  );
  return { rate: done / seconds, perCpu: done / (cpu() - cpuBefore) };
}

/** Requests at a rate, whatever becomes of those before. */
async function flood(rate: number) {
  const begunAt = performance.now();
  const cpuBefore = cpu();
  const waits: number[] = [];
  const others: string[] = [];
  const pending: Promise<void>[] = [];
  let succeeded = 0;
  for (let sent = 0; performance.now() - begunAt < SECONDS * 1000; await sleep(2)) {
    for (const due = ((performance.now() - begunAt) / 1000) * rate; sent < due; sent++) {
      const sentAt = performance.now();
      pending.push(
        signIn().then(({ status, body }) => {
          const inTime = performance.now() - begunAt <= SECONDS * 1000;
          if (status === 200) succeeded += inTime ? 1 : 0;
          else if (body.includes("TooManyRequestsException")) waits.push(performance.now() - sentAt);
          else others.push(`${status} ${body}`);
        }),
      );
    }
  }
  const perCpu = succeeded / (cpu() - cpuBefore);
  await Promise.all(pending);
  waits.sort((a, b) => a - b);
  const at = (part: number) => waits[Math.floor(waits.length * part)] ?? 0;
  return {
    goodput: succeeded / SECONDS,
    perCpu,
    refused: waits.length,
    median: at(0.5),
    p99: at(0.99),
    others,
  };
}

describe("sign-ins of a pool with argon2id", () => {
  it(`at ${OVERLOAD} times what the server can do go on at 80 % of the peak, and the rest is refused quickly`, async () => {
    await peak(WARM_UP_SECONDS);
    const before = await peak(SECONDS);
    const { goodput, perCpu, refused, median, p99, others } = await flood(before.rate * OVERLOAD);
    const after = await peak(SECONDS);
    const most = (before.rate + after.rate) / 2;
    const ofPeak = goodput / most;
    // What the server makes of the CPU it gets: the clients and whatever else runs here take theirs from the same cores.
    const ofPeakPerCpu = (perCpu * 2) / (before.perCpu + after.perCpu);
    console.log(
      `peak ${before.rate.toFixed(0)}/s before and ${after.rate.toFixed(0)}/s after, goodput ${goodput.toFixed(0)}/s (${(ofPeak * 100).toFixed(0)} %; per CPU second ${(ofPeakPerCpu * 100).toFixed(0)} %), ` +
        `${refused} refused after ${median.toFixed(0)} ms (p99 ${p99.toFixed(0)} ms)`,
    );
    expect(others).toEqual([]);
    expect(refused).toBeGreaterThan(0);
    expect(median).toBeLessThan(QUICK_MS);
    expect(Math.max(ofPeak, ofPeakPerCpu)).toBeGreaterThanOrEqual(0.8);
  });
});
