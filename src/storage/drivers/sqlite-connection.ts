import { DatabaseSync, type StatementSync } from "node:sqlite";
import { StorageError } from "../errors.ts";
import type { Query } from "../query.ts";
import { LeastRecentlyUsed } from "../row-cache.ts";
import type { Written } from "../session.ts";

const CACHED_STATEMENTS = 400;
const CACHE_KIB = 64 * 1024;
const MAPPED_BYTES = 256 * 1024 * 1024;
/** For another program that has the file open, such as the sqlite3 shell; waiting holds up the whole server. */
const BUSY_TIMEOUT_MS = 1_000;

/** SQLite's primary result codes that tell of the file rather than of the statement. */
const RESULT = {
  error: 1,
  busy: 5,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const;

const MISSING = /^(no such (table|column|index)|table \w+ has no column|malformed database schema)/;

interface SqliteError extends Error {
  readonly errcode: number;
}

const isSqliteError = (error: unknown): error is SqliteError =>
  error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";

/** Says what SQLite's refusals mean; what is a matter of one statement stays as it is. */
export function describeSqliteError(error: unknown, path: string): unknown {
  if (!isSqliteError(error)) return error;
  switch (error.errcode & 0xff) {
    case RESULT.error:
      // Every statement fits the schema as it was made: one that does not, meets another.
      return MISSING.test(error.message)
        ? new StorageError("damaged", `The schema in ${path} is damaged: ${error.message}.`, error)
        : error;
    case RESULT.corrupt:
    case RESULT.notADatabase:
      return new StorageError("damaged", `The data file ${path} is damaged: ${error.message}.`, error);
    case RESULT.full:
      return new StorageError("unavailable", `There is no space left for the data file ${path}.`, error);
    case RESULT.busy:
      return new StorageError("unavailable", `Another program keeps the data file ${path} locked.`, error);
    case RESULT.readOnly:
    case RESULT.ioError:
    case RESULT.cantOpen:
      return new StorageError(
        "unavailable",
        `The data file ${path} cannot be used: ${error.message}.`,
        error,
      );
    default:
      return error;
  }
}

/** `full`: each commit is on the disk when it returns. `normal`: what was committed before a checkpoint is. `off`: whatever the system does. */
export type Synchronous = "full" | "normal" | "off";

/** One connection, with the statements it has prepared. Everything here is synchronous. */
export class SqliteConnection {
  readonly path: string;
  readonly #database: DatabaseSync;
  /** Null: whatever SQLite does by itself. */
  #synchronous: Synchronous | null = null;
  readonly #statements = new LeastRecentlyUsed<string, { statement: StatementSync; givesRows: boolean }>(
    CACHED_STATEMENTS,
  );

  constructor(path: string, access: "read" | "write") {
    this.path = path;
    try {
      this.#database = new DatabaseSync(path, {
        readOnly: access === "read",
        timeout: BUSY_TIMEOUT_MS,
        enableForeignKeyConstraints: true,
      });
    } catch (error) {
      throw describeSqliteError(error, path);
    }
    this.run(`pragma cache_size = -${CACHE_KIB}`);
    this.run(`pragma mmap_size = ${MAPPED_BYTES}`);
    // Both make damage show where it is read instead of spreading.
    this.run("pragma cell_size_check = on");
    this.run("pragma trusted_schema = off");
  }

  /** When a commit waits for the disk, in the words of the pragma; never changed within a transaction. */
  get synchronous(): Synchronous | null {
    return this.#synchronous;
  }

  set synchronous(mode: Synchronous) {
    this.run(`pragma synchronous = ${mode}`);
    this.#synchronous = mode;
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  execute<R>({ sql, values }: Query<R>): Written<R> {
    try {
      const { statement, givesRows } = this.#prepared(sql);
      if (givesRows) {
        const rows = statement.all(...values) as R[];
        return { rows, changed: rows.length };
      }
      return { rows: [], changed: Number(statement.run(...values).changes) };
    } catch (error) {
      throw describeSqliteError(error, this.path);
    }
  }

  /** The rows of a query one by one, for what is too much to hold; the connection does nothing else meanwhile. */
  *iterate<R>(sql: string): IterableIterator<R> {
    try {
      yield* this.#database.prepare(sql).iterate() as IterableIterator<R>;
    } catch (error) {
      throw describeSqliteError(error, this.path);
    }
  }

  /** A fixed statement without parameters, run often. */
  perform(sql: string): void {
    this.execute({ sql, values: [], name: null });
  }

  /** Any SQL, once. */
  run(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (error) {
      throw describeSqliteError(error, this.path);
    }
  }

  pragma(name: string): unknown {
    try {
      const row = this.#database.prepare(`pragma ${name}`).get();
      return row && Object.values(row)[0];
    } catch (error) {
      throw describeSqliteError(error, this.path);
    }
  }

  close(): void {
    this.#database.close();
  }

  #prepared(sql: string): { statement: StatementSync; givesRows: boolean } {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    const entry = { statement, givesRows: statement.columns().length > 0 };
    this.#statements.set(sql, entry);
    return entry;
  }
}
