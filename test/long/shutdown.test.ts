import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { DatabaseFacts } from "../support/database-facts.ts";
import { ApiCaller, ConnectionLost } from "../support/http-connection.ts";
import { drawsFrom } from "../support/model-probe.ts";
import { ServerDidNotStart, startServerProcess } from "../support/server-process.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const CONNECTIONS = 16;
const EXIT_MS = 10_000;
const TIMEOUT_MS = Math.max(120_000, sizes.shutdowns * 10_000);

const directory = mkdtempSync(join(tmpdir(), "cognate-shutdown-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** One shutdown under load, and what became of each request that was under way. */
async function shutDownUnderLoad(dataDir: string, afterMs: number) {
  const server = await startServerProcess({ dataDir });
  const api = new ApiCaller(server.port);
  const { UserPool } = await api.call("CreateUserPool", { PoolName: "shutdown" });
  const answered: string[] = [];
  const unanswered: string[] = [];
  let serial = 0;
  const clients = Array.from({ length: CONNECTIONS }, async () => {
    for (;;) {
      const username = `user-${serial++}`;
      const input = { UserPoolId: UserPool.Id, Username: username, MessageAction: "SUPPRESS" };
      try {
        await api.call("AdminCreateUser", input);
        answered.push(username);
      } catch (fault) {
        // Gone before a whole answer came: refused, or closed under the request.
        if (!(fault instanceof ConnectionLost)) throw fault;
        unanswered.push(username);
        return;
      }
    }
  });
  await sleep(afterMs);
  const answeredBefore = answered.length;
  const signalledAt = performance.now();
  const end = await server.stop();
  const exitMs = performance.now() - signalledAt;
  await Promise.all(clients);
  api.close();
  return { answered, unanswered, answeredBefore, end, exitMs, errors: server.errors() };
}

describe(`a server told to stop under load, ${sizes.shutdowns} times`, () => {
  it(
    "answers every request that it had begun, and ends in time",
    async () => {
      const draw = drawsFrom(7);
      for (let round = 0; round < sizes.shutdowns; round++) {
        const dataDir = join(directory, `load-${round}`);
        const stopped = await shutDownUnderLoad(dataDir, 300 + draw() * 400);
        expect(stopped.end).toEqual({ code: 0, signal: null });
        expect(stopped.exitMs).toBeLessThan(EXIT_MS);
        expect(stopped.answeredBefore).toBeGreaterThan(0);
        expect(stopped.errors).not.toContain('"level":50');
        const facts = new DatabaseFacts(dataDir);
        const stored = new Set(
          facts.rows("select username from user_account").map(({ username }) => username),
        );
        facts.close();
        // What was done but not answered would be an accepted request dropped; what was not done may be sent again.
        expect(stopped.unanswered.filter((username) => stored.has(username))).toEqual([]);
        expect(stopped.answered.filter((username) => !stored.has(username))).toEqual([]);
        figure(
          "A11",
          `${stopped.answered.length} answered, ${stopped.answered.length - stopped.answeredBefore} of them after the signal; exit after ${stopped.exitMs.toFixed(0)} ms, 0 dropped`,
          `0 dropped, ${EXIT_MS} ms`,
        );
        rmSync(dataDir, { recursive: true });
      }
    },
    TIMEOUT_MS,
  );
});

describe("a data directory in use", () => {
  it(
    `is refused to a second process in clear words, ${sizes.intruders} times, and the first goes on`,
    async () => {
      const dataDir = join(directory, "taken");
      const first = await startServerProcess({ dataDir });
      const api = new ApiCaller(first.port);
      const { UserPool } = await api.call("CreateUserPool", { PoolName: "taken" });
      for (let i = 0; i < sizes.intruders; i++) {
        const refusal = await startServerProcess({ dataDir }).then(
          () => null,
          (fault: unknown) => fault,
        );
        expect(refusal).toBeInstanceOf(ServerDidNotStart);
        const { end, errors } = refusal as ServerDidNotStart;
        expect(end.code).toBe(1);
        expect(errors).toMatch(/^cognate: Another process uses the data file /m);
        await api.call("DescribeUserPool", { UserPoolId: UserPool.Id });
      }
      figure("A8", `${sizes.intruders} of ${sizes.intruders} second processes refused`, "all");
      api.close();
      expect(await first.stop()).toEqual({ code: 0, signal: null });
      expect(existsSync(join(dataDir, "cognate.sqlite"))).toBe(true);
    },
    TIMEOUT_MS,
  );
});
