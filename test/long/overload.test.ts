import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiCaller } from "../support/http-connection.ts";
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

/** Sign-ins per second of clients that wait for each answer. */
async function peak(seconds: number): Promise<number> {
  const until = performance.now() + seconds * 1000;
  let done = 0;
  await Promise.all(
    Array.from({ length: CLOSED_LOOP }, async () => {
      while (performance.now() < until) if ((await signIn()).status === 200) done++;
    }),
  );
  return done / seconds;
}

/** Requests at a rate, whatever becomes of those before. */
async function flood(rate: number) {
  const begunAt = performance.now();
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
  await Promise.all(pending);
  waits.sort((a, b) => a - b);
  const at = (part: number) => waits[Math.floor(waits.length * part)] ?? 0;
  return { goodput: succeeded / SECONDS, refused: waits.length, median: at(0.5), p99: at(0.99), others };
}

describe("sign-ins of a pool with argon2id", () => {
  it(`at ${OVERLOAD} times what the server can do go on at 80 % of the peak, and the rest is refused quickly`, async () => {
    await peak(WARM_UP_SECONDS);
    const before = await peak(SECONDS);
    const { goodput, refused, median, p99, others } = await flood(before * OVERLOAD);
    const after = await peak(SECONDS);
    // The machine may be slower or faster by now, for it has other work too.
    const most = (before + after) / 2;
    console.log(
      `peak ${before.toFixed(0)}/s before and ${after.toFixed(0)}/s after, goodput ${goodput.toFixed(0)}/s (${((goodput / most) * 100).toFixed(0)} %), ` +
        `${refused} refused after ${median.toFixed(0)} ms (p99 ${p99.toFixed(0)} ms)`,
    );
    expect(others).toEqual([]);
    expect(refused).toBeGreaterThan(0);
    expect(median).toBeLessThan(QUICK_MS);
    expect(goodput).toBeGreaterThanOrEqual(most * 0.8);
  });
});
