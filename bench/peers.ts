import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiCaller } from "../test/support/http-connection.ts";
import type { MeasuredPool } from "./operations.ts";
import { createPool, createUsers, signInSome } from "./pools.ts";

const NO_PAGES = { all: [], prefix: [], group: [] };

/** Another server that speaks the same API, measured by the same work in the same run. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** What a reader must know of its figures. */
  readonly remark: string;
  start(): Promise<RunningPeer>;
}

export interface RunningPeer {
  readonly pid: number;
  readonly port: number;
  readonly pool: MeasuredPool;
  stop(): Promise<void>;
}

/** They are filled through the API, and their time grows with the number of users: more would take too long. */
export const PEER_USERS = 1_000;
const PEER_TOKENS = 50;
const START_TIMEOUT_MS = 60_000;

/** Those that are installed here. */
export function installedPeers(): Peer[] {
  return [cognitoLocal(), moto()].filter((peer) => peer !== null);
}

function cognitoLocal(): Peer | null {
  let manifest: string;
  try {
    manifest = createRequire(import.meta.url).resolve("cognito-local/package.json");
  } catch {
    return null;
  }
  const { version, bin } = JSON.parse(readFileSync(manifest, "utf8"));
  const program = join(manifest, "..", bin);
  return {
    name: "cognito-local",
    version,
    remark: "keeps passwords as plain text, checks no signature, ignores Limit: a list holds all users",
    start: () =>
      startPeer((directory, port) => {
        mkdirSync(join(directory, ".cognito"));
        const settings = { UserPoolDefaults: { UsernameAttributes: [] } };
        writeFileSync(join(directory, ".cognito", "config.json"), JSON.stringify(settings));
        return spawn(process.execPath, [program], {
          cwd: directory,
          env: { ...process.env, PORT: String(port), HOST: "127.0.0.1", NODE_ENV: "production" },
          stdio: "ignore",
        });
      }),
  };
}

function moto(): Peer | null {
  let version: string;
  try {
    execFileSync("moto_server", ["--help"], { stdio: "ignore" });
    const code = "import importlib.metadata as m; print(m.version('moto'))";
    version = execFileSync("python3", ["-c", code], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
  return {
    name: "moto_server",
    version,
    remark: "keeps everything in memory and passwords as plain text, checks no signature",
    start: () =>
      startPeer((directory, port) =>
        spawn("moto_server", ["-H", "127.0.0.1", "-p", String(port)], { cwd: directory, stdio: "ignore" }),
      ),
  };
}

async function startPeer(launch: (directory: string, port: number) => ChildProcess): Promise<RunningPeer> {
  const directory = mkdtempSync(join(tmpdir(), "cognate-bench-peer-"));
  const port = await freePort();
  const child = launch(directory, port);
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async () => {
    process.off("exit", kill);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode === null) {
      kill();
      await ended;
    }
    rmSync(directory, { recursive: true, force: true });
  };
  const api = new ApiCaller(port);
  try {
    await answering(api, child);
    const pool = await createPool(api, "srp");
    await createUsers(api, pool, PEER_USERS);
    const tokens = await signInSome(api, pool, PEER_TOKENS);
    const host = `127.0.0.1:${port}`;
    return {
      pid: child.pid ?? 0,
      port,
      pool: { host, ...pool, users: PEER_USERS, active: PEER_USERS, tokens, deepPages: NO_PAGES },
      stop,
    };
  } catch (fault) {
    await stop();
    throw fault;
  } finally {
    api.close();
  }
}

async function answering(api: ApiCaller, child: ChildProcess): Promise<void> {
  for (const end = performance.now() + START_TIMEOUT_MS; performance.now() < end; await sleep(100)) {
    if (child.exitCode !== null) break;
    try {
      await api.call("ListUserPools", { MaxResults: 1 });
      return;
    } catch {
      // Not yet.
    }
  }
  throw new Error("it does not answer");
}

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  if (typeof address !== "object" || !address) throw new Error("no free port");
  return address.port;
}
