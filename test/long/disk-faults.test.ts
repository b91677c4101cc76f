import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { DatabaseFacts } from "../support/database-facts.ts";
import { isLive, untilReadiness } from "../support/health.ts";
import { ApiCaller } from "../support/http-connection.ts";
import { ServerDidNotStart, type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { smallDisk } from "../support/small-disk.ts";
import { straceMissing } from "../support/system-calls.ts";
import { WritingLoad } from "../support/writing-load.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const RESUME_MS = 5_000;
const RED_MS = 5_000;
/** How long a fault is waited for, and how long a recovery. */
const PATIENCE_MS = 30_000;
const WRITERS = 4;
const DISK_MB = 24;
const PASSWORD = "Correct-Horse_7";

/** A pool with a signed-in user. */
async function makePlace(api: ApiCaller) {
  const { UserPool } = await api.call("CreateUserPool", { PoolName: "disk" });
  const { UserPoolClient } = await api.call("CreateUserPoolClient", {
    UserPoolId: UserPool.Id,
    ClientName: "disk",
    ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
  });
  const named = { UserPoolId: UserPool.Id, Username: "ana" };
  await api.call("AdminCreateUser", { ...named, MessageAction: "SUPPRESS" });
  await api.call("AdminSetUserPassword", { ...named, Password: PASSWORD, Permanent: true });
  const { AuthenticationResult } = await api.call("InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    ClientId: UserPoolClient.ClientId,
    AuthParameters: { USERNAME: "ana", PASSWORD },
  });
  return { userPoolId: UserPool.Id as string, accessToken: AuthenticationResult.AccessToken as string };
}

/** Users created one after the other, by writers that go on when they are refused. */
function writing(api: ApiCaller, UserPoolId: string, prefix: string): WritingLoad {
  return new WritingLoad(WRITERS, prefix, async (Username) => {
    const input = { UserPoolId, Username, MessageAction: "SUPPRESS" };
    const { status, body } = await api.answer("AdminCreateUser", input);
    return { status, code: status === 200 ? null : JSON.parse(body).__type, message: "", body };
  });
}

/** What of the acknowledged the file does not have. */
function lostIn(dataDir: string, acknowledged: readonly string[]): string[] {
  const facts = new DatabaseFacts(dataDir);
  try {
    expect(facts.integrity()).toBe("ok");
    const stored = new Set(facts.rows("select username from user_account").map((row) => row.username));
    return acknowledged.filter((username) => !stored.has(username));
  } finally {
    facts.close();
  }
}

const failure = async (load: WritingLoad): Promise<boolean> => {
  const before = load.failures.length;
  for (const end = load.nowMs + PATIENCE_MS; load.nowMs < end; await new Promise((go) => setTimeout(go, 10)))
    if (load.failures.length > before) return true;
  return false;
};

describe("a full disk", () => {
  const disk = smallDisk(DISK_MB);
  if (!disk) console.warn("A full disk is not checked: no file system can be mounted here.");
  afterAll(() => disk?.remove());

  it.skipIf(disk === null)(
    `refuses writes cleanly, serves what it has, and takes writes again when there is room, ${sizes.fullDisks} times`,
    async () => {
      if (!disk) return;
      const dataDir = join(disk.directory, "data");
      let server: ServerProcess | null = null;
      try {
        server = await startServerProcess({ dataDir });
        const api = new ApiCaller(server.port);
        const { userPoolId, accessToken } = await makePlace(api);
        const acknowledged: string[] = [];
        const resumedMs: number[] = [];
        const refusals = new Set<string>();
        for (let round = 0; round < sizes.fullDisks; round++) {
          disk.fill();
          const load = writing(api, userPoolId, `full-${round}`);
          expect(await failure(load), "a full disk refuses writes").toBe(true);
          for (let read = 0; read < 5; read++) {
            expect((await api.call("GetUser", { AccessToken: accessToken })).Username).toBe("ana");
            await api.call("AdminGetUser", { UserPoolId: userPoolId, Username: "ana" });
            await api.call("ListUsers", { UserPoolId: userPoolId, Limit: 10 });
          }
          expect(await isLive(server.url)).toBe(true);
          disk.free();
          const freedAt = load.nowMs;
          const success = await load.successAfter(freedAt, PATIENCE_MS);
          resumedMs.push((success ?? Number.POSITIVE_INFINITY) - freedAt);
          await load.stop();
          acknowledged.push(...load.acknowledged);
          for (const { status, code } of load.failures) refusals.add(`${status} ${code}`);
        }
        const lost = lostIn(dataDir, acknowledged);
        api.close();
        expect(await server.stop()).toEqual({ code: 0, signal: null });
        const slowest = Math.max(...resumedMs);
        figure(
          "A5",
          `${lost.length} of ${acknowledged.length} lost, resumes within ${slowest.toFixed(0)} ms over ${sizes.fullDisks} cycles`,
          `0 lost, ${RESUME_MS} ms`,
        );
        expect([...refusals]).toEqual(["500 InternalErrorException"]);
        expect(acknowledged.length).toBeGreaterThan(sizes.fullDisks);
        expect(lost).toEqual([]);
        expect(slowest).toBeLessThanOrEqual(RESUME_MS);
        // The same after a start: what was refused has left nothing behind that stands in the way.
        server = await startServerProcess({ dataDir });
        expect(await server.stop()).toEqual({ code: 0, signal: null });
        expect(lostIn(dataDir, acknowledged)).toEqual([]);
      } finally {
        server?.signal("SIGKILL");
        await server?.ended;
      }
    },
    sizes.fullDisks * 60_000,
  );
});

/** What the system answers to the server's calls, and to which of them. */
const FAULTS: readonly { readonly what: string; readonly inject: string }[] = [
  { what: "a file system that has become read-only", inject: "pwrite64,ftruncate:error=EROFS" },
  { what: "a disk that refuses to write", inject: "pwrite64:error=EIO" },
  { what: "a disk that refuses to sync", inject: "fdatasync,fsync:error=EIO" },
  { what: "a quota that is used up", inject: "pwrite64:error=EDQUOT" },
];

/** Makes calls of a running process fail until stopped. */
async function injected(pid: number, inject: string): Promise<() => Promise<void>> {
  const calls = inject.split(":")[0];
  const strace = spawn(
    "strace",
    ["-f", "-qq", "-o", "/dev/null", "-e", `trace=${calls}`, "-e", `inject=${inject}`, "-p", String(pid)],
    { stdio: "ignore" },
  );
  return async () => {
    const ended = once(strace, "exit");
    strace.kill("SIGINT");
    await ended;
  };
}

const strace = straceMissing();
if (strace) console.warn(`Faults of the disk are not checked: ${strace}.`);

describe.skipIf(strace !== null)("a disk that fails under a running server", () => {
  const directory = mkdtempSync(join(tmpdir(), "cognate-faults-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each(FAULTS)(
    "$what: no crash, readiness says so, and all is well when it is over",
    async ({ what, inject }) => {
      const dataDir = join(directory, inject.replaceAll(/\W/g, "-"));
      const server = await startServerProcess({ dataDir });
      try {
        const api = new ApiCaller(server.port);
        const { userPoolId, accessToken } = await makePlace(api);
        const acknowledged: string[] = [];
        const red: number[] = [];
        const green: number[] = [];
        for (let round = 0; round < sizes.diskFaults; round++) {
          const load = writing(api, userPoolId, `round-${round}`);
          const end = await injected(server.pid, inject);
          expect(await failure(load)).toBe(true);
          red.push((await untilReadiness(server.url, false, PATIENCE_MS)) ?? Number.POSITIVE_INFINITY);
          expect((await api.call("GetUser", { AccessToken: accessToken })).Username).toBe("ana");
          expect(await isLive(server.url)).toBe(true);
          await end();
          green.push((await untilReadiness(server.url, true, PATIENCE_MS)) ?? Number.POSITIVE_INFINITY);
          expect(await load.successAfter(load.nowMs, PATIENCE_MS)).not.toBeNull();
          await load.stop();
          acknowledged.push(...load.acknowledged);
          expect(new Set(load.failures.map(({ status, code }) => `${status} ${code}`))).toEqual(
            new Set(["500 InternalErrorException"]),
          );
        }
        api.close();
        expect(await server.stop()).toEqual({ code: 0, signal: null });
        const lost = lostIn(dataDir, acknowledged);
        figure(
          "A6",
          `${what}: red within ${Math.max(...red).toFixed(0)} ms, green within ${Math.max(...green).toFixed(0)} ms, ${lost.length} of ${acknowledged.length} lost`,
          `no crash, ${RED_MS} ms, 0 lost`,
        );
        expect(lost).toEqual([]);
        expect(Math.max(...red)).toBeLessThanOrEqual(RED_MS);
        expect(Math.max(...green)).toBeLessThanOrEqual(RED_MS);
      } finally {
        server.signal("SIGKILL");
        await server.ended;
      }
    },
    120_000 * sizes.diskFaults,
  );
});

describe("a data file that the server may not use", () => {
  const directory = mkdtempSync(join(tmpdir(), "cognate-modes-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  // root may read and write whatever its mode says, so that it gives the right away first.
  const wrapper =
    process.getuid?.() === 0
      ? ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs"]
      : [];

  it.each(["cognate.sqlite", "cognate.sqlite.lock", ""])(
    "is refused in clear words, and is as it was when that is over: mode 000 of '%s'",
    async (name) => {
      const dataDir = join(directory, `data-${name}`);
      const first = await startServerProcess({ dataDir });
      const api = new ApiCaller(first.port);
      const { userPoolId } = await makePlace(api);
      api.close();
      await first.stop();
      const file = join(dataDir, name);
      chmodSync(file, 0o000);
      const refusal = await startServerProcess({ dataDir, wrapper }).then(
        async (server) => {
          server.signal("SIGKILL");
          await server.ended;
          return null;
        },
        (fault: unknown) => fault,
      );
      chmodSync(file, name === "" ? 0o700 : 0o600);
      expect(refusal).toBeInstanceOf(ServerDidNotStart);
      const { end, errors } = refusal as ServerDidNotStart;
      expect(end.signal).toBeNull();
      expect(end.code).toBeGreaterThan(0);
      expect(errors).toMatch(/^cognate: .*(cannot be opened|cannot be used|unable to open|permission)/im);
      expect(errors).not.toMatch(/^ {4}at /m);
      const again = await startServerProcess({ dataDir });
      const caller = new ApiCaller(again.port);
      expect((await caller.call("AdminGetUser", { UserPoolId: userPoolId, Username: "ana" })).Username).toBe(
        "ana",
      );
      caller.close();
      await again.stop();
      figure("A6", `mode 000 of '${name}': refused, and whole afterwards`, "refused with a reason");
    },
  );
});
