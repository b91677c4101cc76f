import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiCaller } from "../support/http-connection.ts";
import { residentMb } from "../support/process-figures.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const SLOW = sizes.slowConnections;
const REQUESTS = 2_000;
/** Of the longer half: the machine that runs this has other work too. */
const FLOOR_MS = 10;
/** What the slow ones may cost the server. */
const GROWTH_MB = 20;
/** Between two bytes of a slow sender. */
const DRIP_MS = 500;
/** Of those that send too much, at once. */
const GREEDY = 200;
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
/** How often the server looks for connections that are late. */
const CHECK_MS = 5_000;

const dataDir = mkdtempSync(join(tmpdir(), "cognate-slow-"));
let server: ServerProcess;
let api: ApiCaller;
beforeAll(async () => {
  server = await startServerProcess({ dataDir, environment: { COGNATE_LOG_LEVEL: "error" } });
  api = new ApiCaller(server.port);
  await api.call("CreateUserPool", { PoolName: "slow" });
});
afterAll(async () => {
  api.close();
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** The 99th percentile of what others wait, in milliseconds; the best of three, for others work on this machine too. */
async function p99(): Promise<number> {
  const measured = [await p99Once(), await p99Once(), await p99Once()];
  return Math.min(...measured);
}

async function p99Once(): Promise<number> {
  const waits: number[] = [];
  for (let i = 0; i < REQUESTS; i++) {
    const sentAt = performance.now();
    await api.call("ListUserPools", { MaxResults: 1 });
    waits.push(performance.now() - sentAt);
  }
  return waits.sort((a, b) => a - b)[Math.floor(REQUESTS * 0.99)] ?? 0;
}

interface SlowSender {
  readonly socket: Socket;
  answer: string;
  closedAfterMs: number | null;
}

/** A connection that sends its beginning, and then a byte now and then for as long as it is let. */
function slow(beginning: string): SlowSender {
  const socket = connect(server.port, "127.0.0.1");
  const begunAt = performance.now();
  const sender: SlowSender = { socket, answer: "", closedAfterMs: null };
  socket.setEncoding("utf8").on("data", (text) => {
    sender.answer += text;
  });
  socket.on("error", () => {});
  socket.write(beginning);
  // Each at moments of its own.
  let drip: NodeJS.Timeout | undefined;
  const begin = setTimeout(() => {
    drip = setInterval(() => socket.write("a"), DRIP_MS);
  }, Math.random() * DRIP_MS);
  socket.once("close", () => {
    clearTimeout(begin);
    clearInterval(drip);
    sender.closedAfterMs = performance.now() - begunAt;
  });
  return sender;
}

const HEAD = "POST / HTTP/1.1\r\nHost: localhost\r\n";

describe(`${SLOW} connections`, () => {
  it.each([
    ["headers", `${HEAD}X-Slow: `, HEADERS_MS],
    [
      "bodies",
      `${HEAD}X-Amz-Target: AWSCognitoIdentityProviderService.ListUserPools\r\nContent-Length: 100000\r\n\r\n`,
      REQUEST_MS,
    ],
  ])(
    "that send their %s slowly hold nobody else up, and are closed in time",
    async (_, beginning, allowedMs) => {
      await p99();
      const before = await p99();
      const heldMb = residentMb(server.pid)?.all ?? 0;
      const senders = Array.from({ length: SLOW }, () => slow(beginning));
      await sleep(2 * DRIP_MS);
      const growthMb = (residentMb(server.pid)?.all ?? 0) - heldMb;
      const during = await p99();
      figure(
        "G7",
        `p99 ${before.toFixed(1)} ms alone, ${during.toFixed(1)} ms beside ${SLOW} slow senders, ${growthMb.toFixed(0)} MB more`,
        `× 2 or ${FLOOR_MS} ms, ${GROWTH_MB} MB`,
      );
      expect(growthMb).toBeLessThanOrEqual(GROWTH_MB);
      expect(during).toBeLessThanOrEqual(Math.max(before * 2, FLOOR_MS));
      const deadline = performance.now() + allowedMs + CHECK_MS + 2_000;
      while (senders.some(({ closedAfterMs }) => closedAfterMs === null) && performance.now() < deadline)
        await sleep(100);
      expect(senders.filter(({ closedAfterMs }) => closedAfterMs === null)).toEqual([]);
      for (const { answer, closedAfterMs } of senders) {
        expect(answer).toMatch(/^HTTP\/1.1 408 /);
        expect(closedAfterMs).toBeGreaterThan(allowedMs / 2);
      }
    },
  );

  it("with bodies beyond the limit are answered before the body has come, and with headers of 64 KB too", async () => {
    const answerTo = async (head: string) => {
      const sender = slow(head);
      const begunAt = performance.now();
      while (sender.answer === "" && performance.now() - begunAt < 5_000) await sleep(5);
      sender.socket.destroy();
      return { answer: sender.answer, ms: performance.now() - begunAt };
    };
    const target = "X-Amz-Target: AWSCognitoIdentityProviderService.ListUserPools\r\n";
    const bodies = await Promise.all(
      Array.from({ length: GREEDY }, () => answerTo(`${HEAD}${target}Content-Length: 1000000000\r\n\r\n`)),
    );
    for (const { answer } of bodies) expect(answer).toMatch(/^HTTP\/1.1 413 /);
    const headers = await Promise.all(
      Array.from({ length: GREEDY }, () => answerTo(`${HEAD}X-Large: ${"a".repeat(64 * 1024)}\r\n\r\n`)),
    );
    for (const { answer } of headers) expect(answer).toMatch(/^HTTP\/1.1 431 /);
    expect(await p99()).toBeLessThan(1_000);
    expect(server.errors()).toBe("");
  });
});
