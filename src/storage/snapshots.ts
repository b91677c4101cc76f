import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from "node:fs";
import path from "node:path";
import type { StoreSnapshots } from "../domain/store.ts";
import type { SqliteConnection } from "./drivers/sqlite-connection.ts";
import type { GroupCommitWriter } from "./drivers/sqlite-writer.ts";
import { StorageError } from "./errors.ts";
import { DATA_TABLES } from "./schema.ts";

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

const statement = (sql: string, ...values: string[]) => ({ sql, values, name: null });

/**
 * Copies of the whole database under a name. A restore replaces every row through the one writer in one transaction, so open
 * connections stay as they are and no reader sees half of it; what is cached stays right because row versions are random.
 */
export function sqliteSnapshots(
  writer: GroupCommitWriter,
  directory: string,
  /** Brings a copy of the data file to the present schema. */
  migrateFile: (file: string) => Promise<void>,
): StoreSnapshots {
  const fileOf = (name: string) => {
    if (!NAME.test(name))
      throw new StorageError("misuse", "A snapshot's name has 1 to 64 of A-Z a-z 0-9 _ -.");
    return path.join(directory, `${name}.sqlite`);
  };
  return {
    reset: () => writer.exclusive((connection) => replaceRows(connection, "nothing")),
    save: async (name) => {
      const file = fileOf(name);
      await writer.exclusive((connection) => saveTo(connection, file));
    },
    restore: async (name) => {
      const file = fileOf(name);
      if (!existsSync(file)) return false;
      const copy = `${file}.restoring`;
      try {
        createEmpty(copy);
        copyFileSync(file, copy);
        await migrateFile(copy);
        await writer.exclusive((connection) => restoreFrom(connection, copy));
      } finally {
        for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(copy + suffix, { force: true });
      }
      return true;
    },
  };
}

function createEmpty(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  rmSync(file, { force: true });
  closeSync(openSync(file, "wx", 0o600));
}

function saveTo(connection: SqliteConnection, file: string): void {
  const unfinished = `${file}.saving`;
  try {
    createEmpty(unfinished);
    connection.execute(statement("vacuum into ?", unfinished));
    sync(unfinished);
    renameSync(unfinished, file);
    sync(path.dirname(file));
  } finally {
    rmSync(unfinished, { force: true });
  }
}

function sync(file: string): void {
  const descriptor = openSync(file, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function restoreFrom(connection: SqliteConnection, file: string): void {
  connection.execute(statement("attach ? as snapshot", file));
  try {
    replaceRows(connection, "snapshot");
  } finally {
    connection.run("detach snapshot");
  }
}

/** Empties every table, and fills it from the attached snapshot if there is one. */
function replaceRows(connection: SqliteConnection, source: "snapshot" | "nothing"): void {
  connection.run("pragma foreign_keys = off");
  try {
    connection.run("begin immediate");
    for (const table of DATA_TABLES) {
      connection.run(`delete from main.${table}`);
      if (source === "nothing") continue;
      const columns = columnsOf(connection, table);
      connection.run(`insert into main.${table} (${columns}) select ${columns} from snapshot.${table}`);
    }
    connection.run("commit");
  } catch (error) {
    if (connection.inTransaction) connection.run("rollback");
    throw error;
  } finally {
    connection.run("pragma foreign_keys = on");
  }
}

/** By name: a column that a migration added stands last in an old file and where it was declared in a new one. */
function columnsOf(connection: SqliteConnection, table: string): string {
  const { rows } = connection.execute<{ name: string }>(
    statement("select name from pragma_table_info(?) order by cid", table),
  );
  return rows.map(({ name }) => `"${name}"`).join(", ");
}
