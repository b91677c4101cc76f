import { SealBroken } from "../../crypto/encryption-at-rest.ts";
import { after, monotonicMs, SECOND } from "../../runtime/clock.ts";
import { describeFault } from "../../runtime/logger.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import type { UserPool } from "../user-pools/index.ts";
import {
  type InsertUserResult,
  newUser,
  sealImportedHash,
  toInsert,
  type User,
  type UserKey,
  usesAddressAsUsername,
} from "../users/index.ts";
import { readHeader } from "./csv-fields.ts";
import { type CsvLine, CsvLineReader } from "./csv-lines.ts";
import { readFrom } from "./import-file.ts";
import type { ClaimedImport, ImportLease, ImportLog, ImportLogPlace } from "./ports.ts";
import {
  COMPLETION,
  type ImportCounts,
  type ImportFile,
  type ImportProgress,
  nextImportStatus,
  type UserImportEvent,
  type UserImportJob,
  type UserImportJobKey,
} from "./user-import-job.ts";
import { type RowPlace, type RowReading, readRow } from "./user-row.ts";

export type ImporterServices = Pick<
  Services,
  "store" | "clock" | "identifiers" | "keyEncryptionKey" | "logger"
>;

/** How long a node may be silent before another takes its job over. */
export const LEASE_MS = 10 * SECOND;
/** Cognito's documentation. */
const ROWS_PER_FILE = 500_000;

/**
 * Rows of a transaction: as many as take about so long. Whoever else writes to a database with one writer waits no longer than that,
 * and what a commit costs is spread.
 */
const BATCH_MS = 20;
const FIRST_BATCH = 25;
const SMALLEST_BATCH = 5;
const LARGEST_BATCH = 500;

const nextBatch = (rows: number, tookMs: number): number =>
  Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, Math.round((rows * BATCH_MS) / Math.max(tookMs, 1))));

/** What became of a line, and what its log says. */
interface RowResult {
  readonly kind: keyof ImportCounts;
  readonly text: string;
}

const RESULT_WORD = { imported: "SUCCEEDED", skipped: "SKIPPED", failed: "FAILED" } as const;

const result = (kind: keyof ImportCounts, line: number, reason: string): RowResult => ({
  kind,
  text: `[${RESULT_WORD[kind]}] Line Number ${line} - ${reason}\n`,
});

/** A line and what it asks for. */
interface Row {
  readonly line: CsvLine;
  readonly reading: RowReading;
}

const INTERNAL: RowReading = {
  kind: "failed",
  reason: "The user could not be imported due to an internal error.",
};

/** The job is another node's by now, or gone with its pool. */
class LeaseLost extends Error {
  override name = "LeaseLost";
}

/** The job cannot go on; the message is its CompletionMessage. */
class ImportFailed extends Error {
  override name = "ImportFailed";
}

/** A job on this node. */
interface Run {
  readonly services: ImporterServices;
  readonly log: ImportLog;
  readonly lease: ImportLease;
  readonly pool: UserPool;
  readonly logPlace: ImportLogPlace;
  /** Whether the server stops. */
  readonly isStopping: () => boolean;
}

/** What became of each user, by key: all at once where no alias is taken, else one by one. */
async function insertUsers(
  { pool }: Run,
  { users }: Repositories,
  batch: readonly User[],
): Promise<ReadonlyMap<UserKey, InsertUserResult>> {
  const entries = batch.map((user) => toInsert(pool, user));
  const added = await users.insertAll(entries);
  const results = new Map<UserKey, InsertUserResult>();
  for (const { user, usernameKey, aliases } of entries) {
    const atOnce = added?.has(user.key) ? "inserted" : "username-exists";
    results.set(user.key, added ? atOnce : await users.insert(user, usernameKey, aliases));
  }
  return results;
}

function resultOf({ pool }: Run, line: number, inserted: InsertUserResult): RowResult {
  if (inserted === "inserted") return result("imported", line, "The import succeeded.");
  // Where people sign in with an address, whoever has it is that user.
  if (inserted === "username-exists" || usesAddressAsUsername(pool))
    return result("skipped", line, "The user already exists.");
  return result("failed", line, `An account with the given ${inserted.aliasTaken} already exists.`);
}

/** Stores the users of the rows; says what became of each row. */
async function importRowsOf(
  run: Run,
  repositories: Repositories,
  rows: readonly Row[],
): Promise<RowResult[]> {
  const { services, pool } = run;
  // Made in the transaction, so that there are new ones when it runs again because a row key was taken.
  const planned = rows.map(({ line: { number }, reading }) =>
    reading.kind === "failed"
      ? { number, reading, user: null }
      : { number, reading, user: { ...newUser(services, pool, reading), mfa: reading.mfa } },
  );
  const inserted = await insertUsers(
    run,
    repositories,
    planned.flatMap(({ user }) => user ?? []),
  );
  const passwords = planned.flatMap(({ reading, user }) => {
    if (!user || !reading.hash || inserted.get(user.key) !== "inserted") return [];
    const sealed = sealImportedHash(services, pool, user, reading.hash);
    return [{ userKey: user.key, sealed, setAt: user.createdAt, temporaryUntil: null }];
  });
  await repositories.passwords.insertAll(passwords);
  return planned.map(({ number, reading, user }) =>
    user
      ? resultOf(run, number, inserted.get(user.key) ?? "username-exists")
      : result("failed", number, reading.reason),
  );
}

async function lockedJob({ lease }: Run, { userImports }: Repositories): Promise<UserImportJob> {
  const job = await userImports.lockByKey(lease.jobKey);
  if (!job) throw new LeaseLost();
  return job;
}

/**
 * Imports the rows, counts them and moves on, all in one transaction: whatever happens, no row is done twice or left out. Their log
 * is kept with the progress until it is written. Null when the developer stopped the job.
 */
function importBatch(run: Run, rows: readonly Row[], before: ImportProgress): Promise<ImportProgress | null> {
  const { clock, store } = run.services;
  return store.transaction(async (repositories) => {
    const last = rows.at(-1)?.line;
    if (!last) return before;
    const job = await lockedJob(run, repositories);
    if (job.status !== "InProgress") return null;
    const results = await importRowsOf(run, repositories, rows);
    const progress = {
      offset: last.end,
      line: last.number + 1,
      logBytes: before.logBytes,
      logPending: results.map(({ text }) => text).join(""),
    };
    const until = after(clock.now(), LEASE_MS);
    if (!(await repositories.userImports.advance(run.lease, until, before, progress))) throw new LeaseLost();
    const count = (kind: keyof ImportCounts) => results.filter((one) => one.kind === kind).length;
    await repositories.userImports.save({
      ...job,
      imported: job.imported + count("imported"),
      skipped: job.skipped + count("skipped"),
      failed: job.failed + count("failed"),
    });
    return progress;
  });
}

/** Writes what the progress says is still to be written. @throws ImportFailed */
async function writeLog({ log, logPlace, services }: Run, progress: ImportProgress): Promise<ImportProgress> {
  try {
    const written = await log.write(logPlace, progress.logBytes, progress.logPending);
    return { ...progress, logBytes: progress.logBytes + written, logPending: "" };
  } catch (fault) {
    services.logger.error("The log of a user import cannot be written", { error: describeFault(fault) });
    throw new ImportFailed(COMPLETION.logUnavailable);
  }
}

/**
 * A batch with its log written. What the database refuses is tried again row by row, so that a row which cannot be stored fails alone.
 * @throws what the database says when it does not even take the failure
 */
async function importAndLog(
  run: Run,
  rows: readonly Row[],
  before: ImportProgress,
): Promise<ImportProgress | null> {
  let progress: ImportProgress | null;
  try {
    progress = await importBatch(run, rows, before);
  } catch (fault) {
    if (fault instanceof LeaseLost) throw fault;
    run.services.logger.warn("Users could not be imported", {
      count: rows.length,
      error: describeFault(fault),
    });
    const [only] = rows;
    if (only && rows.length === 1)
      progress = await importBatch(run, [{ ...only, reading: INTERNAL }], before);
    else return importOneByOne(run, rows, before);
  }
  return progress && writeLog(run, progress);
}

async function importOneByOne(
  run: Run,
  rows: readonly Row[],
  before: ImportProgress,
): Promise<ImportProgress | null> {
  let progress: ImportProgress | null = before;
  for (const row of rows) progress = progress && (await importAndLog(run, [row], progress));
  return progress;
}

/** How a job ended, as its status and CompletionMessage tell. */
interface End {
  readonly event: UserImportEvent;
  readonly message: string;
}

const STOPPED: End = { event: "stopped", message: COMPLETION.stopped };
const failedWith = (message: string): End => ({ event: "fail", message });

/** Too many is more than half: the jobs that Cognito's users have shown are consistent with it. */
const endOfRows = ({ imported, skipped, failed }: ImportCounts): End =>
  skipped + failed > imported
    ? failedWith(COMPLETION.tooManyFailed)
    : { event: "succeed", message: COMPLETION.succeeded };

/** The job's last status; the file goes and the account's next job may start. */
async function finish(run: Run, endOf: (job: UserImportJob) => End): Promise<void> {
  const now = run.services.clock.now();
  await run.services.store.transaction(async (repositories) => {
    const { userImports } = repositories;
    if (!(await userImports.leave(run.lease))) throw new LeaseLost();
    const job = await lockedJob(run, repositories);
    const wished = endOf(job);
    // Whoever stops a job at its very end reads that it was stopped.
    const end = nextImportStatus(job.status, wished.event) ? wished : STOPPED;
    const status = nextImportStatus(job.status, end.event) ?? "Stopped";
    if (job.file) await userImports.discardFile(job.file, now);
    await userImports.save({ ...job, status, completionMessage: end.message, completedAt: now, file: null });
  });
}

/** The job, in progress unless it was stopped before it began; null when it is gone. */
function begin({ store }: ImporterServices, jobKey: UserImportJobKey): Promise<UserImportJob | null> {
  return store.transaction(async ({ userImports }) => {
    const job = await userImports.lockByKey(jobKey);
    const status = job && nextImportStatus(job.status, "begin");
    if (!job || !status) return job;
    const begun = { ...job, status };
    await userImports.save(begun);
    return begun;
  });
}

async function* linesFrom(
  { services, pool }: Run,
  file: ImportFile,
  from: { readonly offset: number; readonly line: number },
): AsyncGenerator<CsvLine> {
  const reader = new CsvLineReader(from);
  for await (const piece of readFrom(services, pool, file.key, from.offset)) yield* reader.push(piece);
  yield* reader.end();
}

/** The columns, and where the rows begin. @throws ImportFailed */
async function headerOf(run: Run, job: UserImportJob, file: ImportFile) {
  for await (const { content, end, number } of linesFrom(run, file, { offset: 0, line: 1 })) {
    if (content.kind !== "text") break;
    const header = readHeader(run.pool, job, content.text);
    if (header.kind === "refused") throw new ImportFailed(header.message);
    return { columns: header.columns, rows: { offset: end, line: number + 1 } };
  }
  throw new ImportFailed(COMPLETION.wrongHeader);
}

/** All rows from where the job is. Null when the developer stopped it, "interrupted" when the server stops. */
async function importRows(
  run: Run,
  place: RowPlace,
  file: ImportFile,
  from: ImportProgress,
): Promise<"done" | "stopped" | "interrupted"> {
  let progress = from;
  let size = FIRST_BATCH;
  let rows: Row[] = [];
  for await (const line of linesFrom(run, file, from)) {
    rows.push({ line, reading: readRow(place, line.content) });
    if (rows.length < size) continue;
    const startedAt = monotonicMs();
    const advanced = await importAndLog(run, rows, progress);
    if (!advanced) return "stopped";
    size = nextBatch(rows.length, monotonicMs() - startedAt);
    progress = advanced;
    rows = [];
    if (run.isStopping()) return "interrupted";
  }
  return (await importAndLog(run, rows, progress)) ? "done" : "stopped";
}

async function importFile(run: Run, job: UserImportJob, progress: ImportProgress): Promise<void> {
  const written = await writeLog(run, progress);
  if (job.status !== "InProgress") return finish(run, () => STOPPED);
  const { file } = job;
  if (!file) throw new ImportFailed(COMPLETION.internal);
  if (file.rows > ROWS_PER_FILE) throw new ImportFailed(COMPLETION.tooManyRows);
  const header = await headerOf(run, job, file);
  const place = { pool: run.pool, job, columns: header.columns };
  const from = written.offset === 0 ? await passHeader(run, written, header.rows) : written;
  switch (await importRows(run, place, file, from)) {
    case "done":
      return finish(run, endOfRows);
    case "stopped":
      return finish(run, () => STOPPED);
    case "interrupted":
      return run.services.store.userImports.yield(run.lease);
  }
}

async function passHeader(
  { services, lease }: Run,
  before: ImportProgress,
  rows: { readonly offset: number; readonly line: number },
): Promise<ImportProgress> {
  const progress = { ...before, ...rows };
  const until = after(services.clock.now(), LEASE_MS);
  if (!(await services.store.userImports.advance(lease, until, before, progress))) throw new LeaseLost();
  return progress;
}

/**
 * Runs a job that this node has claimed, to its end or until the server stops; then another node, or this one later, goes on behind
 * the last row that is done.
 * @throws what the database says when it cannot be reached; the job then waits for the end of the lease
 */
export async function runImport(
  services: ImporterServices,
  log: ImportLog,
  claimed: ClaimedImport,
  owner: string,
  isStopping: () => boolean,
): Promise<void> {
  const { jobKey, poolKey, progress } = claimed;
  const pool = await services.store.userPools.byKey(poolKey);
  const job = await begin(services, jobKey);
  if (!pool || !job) return;
  const logPlace = {
    userPoolId: pool.id,
    userPoolName: pool.settings.Name,
    jobId: job.id,
    jobName: job.name,
  };
  const run: Run = { services, log, lease: { jobKey, owner }, pool, logPlace, isStopping };
  try {
    await importFile(run, job, progress).catch(async (fault: unknown) => {
      if (fault instanceof ImportFailed) return finish(run, () => failedWith(fault.message));
      if (!(fault instanceof SealBroken)) throw fault;
      services.logger.error("The file of a user import is damaged", { error: describeFault(fault) });
      return finish(run, () => failedWith(COMPLETION.internal));
    });
  } catch (fault) {
    if (!(fault instanceof LeaseLost)) throw fault;
  }
}
