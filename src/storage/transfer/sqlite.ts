import { existsSync } from "node:fs";
import { systemClock } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import { SqliteConnection } from "../drivers/sqlite-connection.ts";
import { openDataFile } from "../drivers/sqlite-file.ts";
import { GroupCommitWriter } from "../drivers/sqlite-writer.ts";
import { StorageError } from "../errors.ts";
import { migrate } from "../migrations/migrate.ts";
import { queryBuilder } from "../query.ts";
import { COPIED_TABLES } from "../schema.ts";
import type { Cell, DataTable, Row, RowSource, RowTarget, TableContent } from "./rows.ts";
import { migrationsOf, notEmpty } from "./schema-state.ts";

const BATCH_ROWS = 1000;
const builder = queryBuilder("sqlite");

const statement = <R>(sql: string, values: readonly Cell[] = []) => ({
  sql,
  values,
  name: null,
  __row: {} as R,
});
const select = <R>(connection: SqliteConnection, sql: string): readonly R[] =>
  connection.execute(statement<R>(sql)).rows;

const columnsOf = (connection: SqliteConnection, table: string): string[] =>
  select<{ name: string }>(connection, `select name from pragma_table_info('${table}')`)
    .map(({ name }) => name)
    .sort();

/**
 * Reads an embedded database, also while a server works with it: a reader sees one moment, and holds no writer up.
 * @throws StorageError `unavailable` when there is none
 */
export function openSqliteSource(file: string): RowSource {
  if (!existsSync(file)) throw new StorageError("unavailable", `There is no database at ${file}.`);
  const connection = new SqliteConnection(file, "read");
  try {
    connection.run("begin");
    const tables = new Set(
      select<{ name: string }>(connection, "select name from sqlite_master where type = 'table'").map(
        ({ name }) => name,
      ),
    );
    if (!tables.has("migration")) throw new StorageError("incompatible", `${file} holds no store.`);
    const migrations = select<{ name: string }>(connection, "select name from migration order by name");
    return {
      migrations: migrations.map(({ name }) => name),
      async *tables() {
        for (const table of COPIED_TABLES) if (tables.has(table)) yield contentOf(connection, table);
      },
      close: async () => connection.close(),
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}

function contentOf(connection: SqliteConnection, table: DataTable): TableContent {
  const columns = columnsOf(connection, table);
  return {
    table,
    columns,
    async *rows() {
      let batch: Row[] = [];
      for (const row of connection.iterate<Record<string, Cell>>(
        `select ${columns.join(", ")} from ${table}`,
      )) {
        if (batch.push(columns.map((column) => row[column] ?? null)) < BATCH_ROWS) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    },
  };
}

/**
 * Opens an embedded database to fill it, for this process alone; it is made if need be.
 * @param migrations those that made the tables of what will be inserted
 * @throws StorageError `misuse` when it holds anything, `in-use` when a server has it
 */
export async function openSqliteTarget(
  path: string,
  migrations: readonly string[],
  logger: Logger,
): Promise<RowTarget> {
  const file = openDataFile(path, "full", logger);
  const connection = file.writer;
  const bring = async (names: readonly string[] | null) => {
    const writer = new GroupCommitWriter(connection, logger, {});
    try {
      await migrate({
        builder,
        clock: systemClock,
        logger,
        owner: "this process",
        transaction: (work) => writer.transaction(work),
        ...(names ? { migrations: migrationsOf(names) } : {}),
      });
    } finally {
      await writer.close();
    }
  };
  try {
    await bring(migrations);
    const applied = select<{ name: string }>(connection, "select name from migration").map(
      ({ name }) => name,
    );
    const isEmpty = COPIED_TABLES.every(
      (table) => !columnsOf(connection, table).length || isEmptyTable(connection, table),
    );
    if (!isEmpty || applied.length > migrations.length) throw notEmpty(path, isEmpty);
    connection.run("begin immediate");
  } catch (error) {
    file.close();
    throw error;
  }
  return {
    async insert(table, columns, rows) {
      const places = columns.map(() => "?").join(", ");
      const sql = `insert into ${table} (${columns.join(", ")}) values (${places})`;
      for (const row of rows) connection.execute(statement(sql, row));
    },
    async commit() {
      connection.run("commit");
      await bring(null);
      connection.run("pragma optimize = 0x10002");
      file.seal();
      file.close();
    },
    async abandon() {
      if (connection.inTransaction) connection.run("rollback");
      file.close();
    },
  };
}

const isEmptyTable = (connection: SqliteConnection, table: string): boolean =>
  select(connection, `select 1 as found from ${table} limit 1`).length === 0;
