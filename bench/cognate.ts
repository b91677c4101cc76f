import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiCaller } from "../test/support/http-connection.ts";
import { createDatabase, dropDatabase, type TestPostgres } from "../test/support/postgres.ts";
import { residentMb } from "../test/support/process-figures.ts";
import { type ServerProcess, startServerProcess } from "../test/support/server-process.ts";
import { copyToPostgres } from "./copy-to-postgres.ts";
import type { MeasuredPool } from "./operations.ts";
import { createPool, type NewPool, signInSome, walkedPages } from "./pools.ts";

/** Users whose password someone knows, in each pool. */
const ACTIVE = 1_000;
const ACTIVE_ARGON2ID = 100;
const TOKENS = 200;
/** Idle time before memory counts as being at rest. */
const REST_MS = 3_000;
const STARTS = 5;
/** Users of a page, and how far into a list of all of them the deep pages are. */
const PAGE = 60;
const DEPTH = 0.9;
const NO_PAGES = { all: [], prefix: [], group: [] };

export type RunningPostgres = Extract<TestPostgres, { kind: "running" }>;

export interface StartFigures {
  /** From the start of the process to the answer to a first API call; the median of several starts. */
  readonly firstAnswerMs: number;
  readonly restingMb: { readonly all: number; readonly anonymous: number } | null;
}

/** This server on one database, with its pools filled, running. */
export interface MeasuredCognate {
  readonly server: ServerProcess;
  readonly pools: Readonly<Record<"srp" | "argon2id", MeasuredPool>>;
  stop(): Promise<void>;
}

/** A filled embedded database on disk, which servers are started on one after the other. */
export interface FilledDatabase {
  readonly loadSeconds: number;
  /** Several starts of the program on it. */
  timedStarts(): Promise<StartFigures>;
  /** On the embedded database, or on a copy of it in PostgreSQL. */
  start(postgres: RunningPostgres | null): Promise<MeasuredCognate>;
  remove(): void;
}

/** A file system in memory: while users are loaded, nothing has to survive. */
const MEMORY = "/dev/shm";

/** Fills the pools of a database, in memory where that is possible. */
function loadUsers(dataDir: string, args: readonly string[]): void {
  const load = (directory: string) =>
    execFileSync(process.execPath, ["bench/load-users.ts", directory, ...args], { stdio: "inherit" });
  if (!existsSync(MEMORY)) return void load(dataDir);
  const scratch = mkdtempSync(join(MEMORY, "cognate-bench-"));
  try {
    cpSync(dataDir, scratch, { recursive: true });
    load(scratch);
    cpSync(scratch, dataDir, { recursive: true });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The time of one start on this database, up to an answer from it. */
async function firstAnswer(entry: string, dataDir: string, userPoolId: string) {
  const startedAt = performance.now();
  const server = await startServerProcess({ dataDir, entry });
  const api = new ApiCaller(server.port);
  await api.call("AdminGetUser", { UserPoolId: userPoolId, Username: "user-0000007" });
  const ms = performance.now() - startedAt;
  api.close();
  return { server, ms };
}

async function timedStarts(entry: string, dataDir: string, userPoolId: string): Promise<StartFigures> {
  const times: number[] = [];
  let restingMb: StartFigures["restingMb"] = null;
  for (let i = 0; i < STARTS; i++) {
    const { server, ms } = await firstAnswer(entry, dataDir, userPoolId);
    times.push(ms);
    if (i === STARTS - 1) {
      await sleep(REST_MS);
      restingMb = residentMb(server.pid);
    }
    await server.stop();
  }
  times.sort((a, b) => a - b);
  return { firstAnswerMs: times[Math.floor(STARTS / 2)] ?? 0, restingMb };
}

/** Makes a database with `users` in the main pool. */
export async function fillDatabase(entry: string, users: number): Promise<FilledDatabase> {
  const dataDir = mkdtempSync(join(tmpdir(), "cognate-bench-"));
  const empty = await startServerProcess({ dataDir, entry });
  const setup = new ApiCaller(empty.port);
  const srp = await createPool(setup, "srp");
  const argon2id = await createPool(setup, "argon2id");
  setup.close();
  await empty.stop();

  const active = Math.min(ACTIVE, users);
  const argon2idUsers = Math.min(ACTIVE_ARGON2ID, users);
  const loadStart = performance.now();
  loadUsers(dataDir, [
    ...[srp.userPoolId, String(users), String(active)],
    ...[argon2id.userPoolId, String(argon2idUsers), String(argon2idUsers)],
  ]);
  const loadSeconds = (performance.now() - loadStart) / 1000;

  const measured = async (server: ServerProcess) => {
    const host = `127.0.0.1:${server.port}`;
    const api = new ApiCaller(server.port);
    const tokens = await signInSome(api, srp, Math.min(TOKENS, active));
    const deepPages = await walkedPages(api, srp, Math.floor((users * DEPTH) / PAGE));
    api.close();
    const place = (pool: NewPool, count: number, known: number) => ({
      host,
      ...pool,
      users: count,
      active: known,
    });
    return {
      srp: { ...place(srp, users, active), tokens, deepPages },
      argon2id: { ...place(argon2id, argon2idUsers, argon2idUsers), tokens: [], deepPages: NO_PAGES },
    };
  };

  return {
    loadSeconds,
    timedStarts: () => timedStarts(entry, dataDir, srp.userPoolId),
    async start(postgres) {
      if (!postgres) {
        const { server } = await firstAnswer(entry, dataDir, srp.userPoolId);
        return { server, pools: await measured(server), stop: async () => void (await server.stop()) };
      }
      const database = await createDatabase(postgres.url);
      await copyToPostgres(join(dataDir, "cognate.sqlite"), database);
      const server = await startServerProcess({
        dataDir,
        entry: "bench/postgres-server.ts",
        environment: { BENCH_DATABASE_URL: database },
      });
      return {
        server,
        pools: await measured(server),
        async stop() {
          await server.stop();
          await dropDatabase(postgres.url, database);
        },
      };
    },
    remove: () => rmSync(dataDir, { recursive: true, force: true }),
  };
}
