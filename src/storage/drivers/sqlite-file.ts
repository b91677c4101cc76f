import { chmodSync, closeSync, mkdirSync, openSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Logger } from "../../runtime/logger.ts";
import { StorageError } from "../errors.ts";
import { describeSqliteError, SqliteConnection } from "./sqlite-connection.ts";

/** Earlier engines can lose a commit in WAL mode (a checkpoint racing a reset of the log). */
const OLDEST_ENGINE = [3, 51, 3] as const;
/** "Cogn" in the file's header. */
const APPLICATION_ID = 0x436f676e;
const HEADER_BYTES = 100;
/** A file up to this size is checked whole at each start, indexes against rows; some 0.2 s at most. */
const CHECKED_BYTES = 16 * 1024 * 1024;
const WAL_KEPT_BYTES = 64 * 1024 * 1024;
const SQLITE_BUSY = 5;

/** `full`: a commit is on the disk when it returns. `none`: for a database that nobody needs after a crash. */
export type Durability = "full" | "none";

export interface DataFile {
  readonly path: string;
  readonly writer: SqliteConnection;
  readonly reader: SqliteConnection;
  /** Records in the file that it is a store of ours and complete; called when the schema is there. */
  seal(): void;
  close(): void;
}

/**
 * Opens the data file for this process alone.
 * @throws StorageError `in-use`, `damaged`, `incompatible` or `unavailable`
 */
export function openDataFile(file: string, durability: Durability, logger: Logger): DataFile {
  const created = createPrivately(file);
  const real = realpathSync(file);
  const lock = lockForThisProcess(real);
  let writer: SqliteConnection | null = null;
  try {
    if (created && lock.knowsStore) logger.warn("the data file was missing: this is an empty one");
    if (!created) checkLength(real, lock.knowsStore);
    writer = new SqliteConnection(real, "write");
    checkEngine(writer);
    checkContent(writer, real);
    writer.run("pragma journal_mode = wal");
    writer.synchronous = durability === "full" ? "full" : "off";
    writer.run(`pragma journal_size_limit = ${WAL_KEPT_BYTES}`);
    if (writer.pragma("journal_mode") !== "wal")
      throw new StorageError("unavailable", `The file system of ${real} does not allow a write-ahead log.`);
    const open = { writer, reader: new SqliteConnection(real, "read") };
    return {
      path: real,
      ...open,
      seal: () => {
        open.writer.run(`pragma application_id = ${APPLICATION_ID}`);
        lock.rememberStore();
      },
      close: () => {
        open.reader.close();
        open.writer.close();
        lock.release();
      },
    };
  } catch (error) {
    writer?.close();
    lock.release();
    throw error;
  }
}

const damaged = (file: string, what: string, cause?: unknown) =>
  new StorageError(
    "damaged",
    `The data file ${file} is damaged: ${what}. Restore it from a backup; nothing was changed.`,
    cause,
  );

/** Makes the file and its directory where they are missing, for the owner alone; true when the file is new. */
function createPrivately(file: string): boolean {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    try {
      closeSync(openSync(file, "wx", 0o600));
      return true;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    // The log and index files beside it take its mode.
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
    return false;
  } catch (error) {
    throw new StorageError("unavailable", `The data file ${file} cannot be opened.`, error);
  }
}

interface ProcessLock {
  /** Whether the data file beside it held a store before. */
  readonly knowsStore: boolean;
  rememberStore(): void;
  release(): void;
}

/**
 * A second, tiny SQLite file that is kept locked: the operating system lets go of such a lock when the process ends, however it
 * ends, and the data file itself stays open to readers such as a backup.
 */
function lockForThisProcess(file: string): ProcessLock {
  const lockFile = `${file}.lock`;
  createPrivately(lockFile);
  const database = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    // In this mode the lock outlives the transaction that took it.
    database.exec("pragma locking_mode = exclusive; pragma journal_mode = memory; begin exclusive; commit");
    const version = database.prepare("pragma user_version").get();
    return {
      knowsStore: version?.user_version === 1,
      rememberStore: () => database.exec("pragma user_version = 1"),
      release: () => database.close(),
    };
  } catch (error) {
    database.close();
    const busy = error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
    if (busy)
      throw new StorageError(
        "in-use",
        `Another process uses the data file ${file}. One process at a time may; for several nodes use PostgreSQL.`,
        error,
      );
    throw describeSqliteError(error, lockFile);
  }
}

function checkEngine(connection: SqliteConnection): void {
  const { rows } = connection.execute<{ version: string }>({
    sql: "select sqlite_version() as version",
    values: [],
    name: null,
  });
  const version = rows[0]?.version ?? "";
  const parts = version.split(".").map(Number);
  for (const [index, least] of OLDEST_ENGINE.entries()) {
    const part = parts[index] ?? 0;
    if (part > least) return;
    if (part < least)
      throw new StorageError(
        "incompatible",
        `SQLite ${version} is too old: ${OLDEST_ENGINE.join(".")} or newer is needed. Use a newer Node.`,
      );
  }
}

/** SQLite takes a file of no byte, or of one, for a new database: what was cut short must not become an empty store. */
function checkLength(file: string, heldStore: boolean): void {
  const { size } = statSync(file);
  const isNew = size === 0 && !heldStore;
  if (!isNew && size < HEADER_BYTES) throw damaged(file, "it was cut short");
}

/** Refuses a file that is not ours, or not whole: an empty schema in a file of ours is damage, never a new store. */
function checkContent(connection: SqliteConnection, file: string): void {
  const applicationId = connection.pragma("application_id");
  const { rows } = connection.execute<{ name: string }>({
    sql: "select name from sqlite_master where type = 'table'",
    values: [],
    name: null,
  });
  const hasStore = rows.some(({ name }) => name === "migration");
  if (applicationId === APPLICATION_ID && !hasStore) throw damaged(file, "its tables are gone");
  const isForeign =
    applicationId !== APPLICATION_ID && (applicationId !== 0 || (rows.length > 0 && !hasStore));
  if (isForeign)
    throw new StorageError("incompatible", `${file} is a database of another program; it was not changed.`);
  if (!hasStore || statSync(file).size > CHECKED_BYTES) return;
  const verdict = connection.pragma("integrity_check(1)");
  if (verdict !== "ok") throw damaged(file, String(verdict).replaceAll(/\s+/g, " "));
}
