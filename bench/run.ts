/**
 * `npm run bench`: starts this server and, where installed, others with the same API, drives them over HTTP on loopback, and writes
 * a Markdown report to standard output and bench/results/latest.md.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { isOperationName } from "../src/api/operation.ts";
import { startPostgres } from "../test/support/postgres.ts";
import { residentMb } from "../test/support/process-figures.ts";
import { type FilledDatabase, fillDatabase, type RunningPostgres } from "./cognate.ts";
import { type Figures, load } from "./load.ts";
import { type MeasuredPool, type Operation, operations } from "./operations.ts";
import { type BenchOptions, benchOptions, type Database, USAGE } from "./options.ts";
import { installedPeers, PEER_USERS, type Peer, type RunningPeer } from "./peers.ts";
import { growthTable, introduction, operationsTable, type Row, type StartRow, startTable } from "./report.ts";

const MOST_ROUNDS = 200_000;
/** A slow server gets fewer rounds rather than all the time it would take. */
const MOST_PEER_ROUNDS = 5_000;

const remarks: string[] = [
  "Development mode: signatures (SigV4) are read but not verified, by this server as by the others.",
  "Users are loaded straight into the database; 1 000 of them (100 in the argon2id pool) have a password that is known and sign in in turn.",
];
const rows: Row[] = [];
const starts: StartRow[] = [];

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function measured(
  operation: Operation,
  pool: MeasuredPool,
  server: { readonly pid: number; readonly port: number; readonly databasePid?: number | undefined },
  connections: number,
  { seconds, rounds }: { seconds: number; rounds: number },
): Promise<Figures | string> {
  try {
    return await load(operation.work(pool), { ...server, connections, seconds, rounds });
  } catch (fault) {
    return `fails: ${fault instanceof Error ? fault.message.replaceAll("|", "/").slice(0, 120) : fault}`;
  }
}

function record(row: Row): void {
  rows.push(row);
  const { result } = row;
  const figures =
    typeof result === "string"
      ? result
      : `${result.cpuMs?.toFixed(3) ?? "–"} ms CPU, ${result.perSecond.toFixed(0)}/s, p50 ${result.p50Ms.toFixed(2)} ms, p99 ${result.p99Ms.toFixed(2)} ms`;
  say(`  ${row.server} ${row.operation}, ${row.users} users, ${row.connections} conn.: ${figures}`);
}

async function benchCognate(options: BenchOptions, chosen: readonly Operation[], users: number) {
  const filled = await fillDatabase(options.entry, users);
  say(`cognate with ${users} users, loaded in ${filled.loadSeconds.toFixed(1)} s`);
  starts.push({ program: options.entry, users, ...(await filled.timedStarts()) });
  for (const database of options.databases) await benchOn(options, chosen, users, filled, database);
  filled.remove();
}

async function postgresFor(database: Database): Promise<RunningPostgres | null> {
  if (database === "SQLite") return null;
  const postgres = await startPostgres();
  if (postgres.kind === "absent") throw new Error(`not measured on PostgreSQL: ${postgres.reason}`);
  return postgres;
}

async function benchOn(
  options: BenchOptions,
  chosen: readonly Operation[],
  users: number,
  filled: FilledDatabase,
  database: Database,
) {
  const postgres = await postgresFor(database);
  const { server, pools, stop } = await filled.start(postgres);
  const name = options.databases.length > 1 ? `cognate on ${database}` : "cognate";
  say(`${name}: ready`);
  for (const operation of chosen)
    for (const connections of options.connections) {
      const pool = pools[operation.pool];
      const bounds = { seconds: options.seconds, rounds: MOST_ROUNDS };
      const place = { pid: server.pid, port: server.port, databasePid: postgres?.pid };
      const result = await measured(operation, pool, place, connections, bounds);
      record({
        server: name,
        operation: operation.name,
        users: pool.users,
        connections,
        barMs: operation.barMs,
        result,
      });
    }
  await sleep(3_000);
  const memory = residentMb(server.pid);
  if (memory)
    remarks.push(
      `After all this work with ${users} users ${name} held ${memory.all.toFixed(0)} MB, ${memory.anonymous.toFixed(0)} MB of them without mapped files.`,
    );
  await stop();
  await postgres?.stop();
}

async function benchPeer(options: BenchOptions, chosen: readonly Operation[], peer: Peer) {
  say(`${peer.name} ${peer.version}`);
  let running: RunningPeer;
  try {
    running = await peer.start();
  } catch (fault) {
    remarks.push(
      `${peer.name} ${peer.version} could not be measured: ${fault instanceof Error ? fault.message : fault}`,
    );
    return;
  }
  remarks.push(
    `${peer.name} ${peer.version} with ${PEER_USERS} users, made through its API: ${peer.remark}.`,
  );
  const bounds = { seconds: options.seconds, rounds: MOST_PEER_ROUNDS };
  for (const operation of chosen.filter(({ pool, ownOnly }) => pool === "srp" && !ownOnly))
    for (const connections of options.connections) {
      const result = await measured(operation, running.pool, running, connections, bounds);
      record({
        server: peer.name,
        operation: operation.name,
        users: PEER_USERS,
        connections,
        barMs: null,
        result,
      });
    }
  await running.stop();
}

const startedAt = new Date();
const options = ((): BenchOptions => {
  try {
    return benchOptions(process.argv.slice(2));
  } catch (fault) {
    say(`${fault instanceof Error ? fault.message : fault}\n\n${USAGE}`);
    process.exit(2);
  }
})();
/** Whether every operation that it calls is one that this version has. */
const isMeasurable = ({ calls = [] }: Operation): boolean => calls.every((name) => isOperationName(name));
const wanted = operations.filter(
  ({ name, scales }) => name.includes(options.only) && (options.name === "latest" || scales),
);
const chosen = wanted.filter(isMeasurable);
for (const { name } of wanted)
  if (!chosen.some((one) => one.name === name)) remarks.push(`Not built yet: ${name}.`);
if (options.entry.startsWith("dist/"))
  execFileSync("npm", ["run", "--silent", "build"], { stdio: ["ignore", 2, 2] });
for (const users of options.users) await benchCognate(options, chosen, users);
if (options.peers === "all") for (const peer of installedPeers()) await benchPeer(options, chosen, peer);

const [, busy = 0] = loadavg();
// The benchmark itself keeps two processes busy.
if (busy > availableParallelism() + 1)
  remarks.push(
    `Other work ran on the machine meanwhile (load average ${busy.toFixed(0)}): figures are higher than on one that is at rest; what grows and what does not can still be read.`,
  );
const order = (row: Row) => operations.findIndex(({ name }) => name === row.operation);
const sorted = [...rows].sort((a, b) => order(a) - order(b));
const report = [
  introduction(startedAt, remarks),
  startTable(starts),
  options.name === "million" ? growthTable(sorted, options.users) : operationsTable(sorted),
  "",
].join("\n\n");
mkdirSync("bench/results", { recursive: true });
writeFileSync(`bench/results/${options.name}.md`, report);
process.stdout.write(report);
