import type pg from "pg";
import { monotonicMs, systemClock } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import { systemRandom } from "../../runtime/random.ts";
import { connectPatiently, PATIENCE_MS, rowsOf } from "../drivers/postgres-client.ts";
import { TransactionSession } from "../drivers/postgres-transaction.ts";
import { StorageError } from "../errors.ts";
import { migrate } from "../migrations/migrate.ts";
import { queryBuilder } from "../query.ts";
import { COPIED_TABLES } from "../schema.ts";
import type { Session } from "../session.ts";
import type { Cell, DataTable, Row, RowSource, RowTarget, TableContent } from "./rows.ts";
import { migrationsOf, notEmpty } from "./schema-state.ts";

const FETCHED_ROWS = 2000;
/** PostgreSQL takes 65 535 in one statement. */
const PARAMETERS = 30_000;
const builder = queryBuilder("postgres");

async function columnsOf(client: pg.Client, table: string): Promise<string[]> {
  const columns = await rowsOf<{ name: string }>(
    client,
    "select column_name::text as name from information_schema.columns where table_schema = current_schema() and table_name = $1 and is_generated = 'NEVER'",
    [table],
  );
  return columns.map(({ name }) => name).sort();
}

/**
 * Reads a shared database as one moment saw it; nodes go on working with it.
 * @throws StorageError when it cannot be reached or holds no store
 */
export async function openPostgresSource(url: string): Promise<RowSource> {
  const client = await connectPatiently(url);
  try {
    await client.query("begin isolation level repeatable read read only");
    if ((await columnsOf(client, "migration")).length === 0)
      throw new StorageError("incompatible", "The database holds no store.");
    const migrations = await rowsOf<{ name: string }>(client, "select name from migration order by name");
    return {
      migrations: migrations.map(({ name }) => name),
      async *tables() {
        for (const table of COPIED_TABLES) {
          const columns = await columnsOf(client, table);
          if (columns.length > 0) yield contentOf(client, table, columns);
        }
      },
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}

function contentOf(client: pg.Client, table: DataTable, columns: readonly string[]): TableContent {
  return {
    table,
    columns,
    async *rows() {
      await client.query(`declare content no scroll cursor for select ${columns.join(", ")} from ${table}`);
      for (;;) {
        const fetched = await rowsOf<Record<string, Cell>>(client, `fetch ${FETCHED_ROWS} from content`);
        if (fetched.length === 0) break;
        yield fetched.map((row) => columns.map((column) => row[column] ?? null));
      }
      await client.query("close content");
    },
  };
}

/**
 * Opens a shared database to fill it. No node should work with it meanwhile.
 * @param migrations those that made the tables of what will be inserted
 * @throws StorageError `misuse` when it holds anything
 */
export async function openPostgresTarget(
  url: string,
  migrations: readonly string[],
  logger: Logger,
): Promise<RowTarget> {
  const client = await connectPatiently(url);
  const owner = systemRandom.bytes(16).toString("hex");
  const bring = (names: readonly string[] | null) =>
    migrate({
      builder,
      clock: systemClock,
      logger,
      owner,
      transaction: (work) => inTransaction(client, work),
      ...(names ? { migrations: migrationsOf(names) } : {}),
    });
  try {
    await bring(migrations);
    const applied = await rowsOf(client, "select name from migration");
    let isEmpty = true;
    for (const table of COPIED_TABLES) {
      if ((await columnsOf(client, table)).length === 0) continue;
      isEmpty &&= (await rowsOf(client, `select 1 as found from ${table} limit 1`)).length === 0;
    }
    if (!isEmpty || applied.length > migrations.length) throw notEmpty(new URL(url).host, isEmpty);
    await client.query("begin");
  } catch (error) {
    await client.end();
    throw error;
  }
  return {
    async insert(table, columns, rows) {
      const perStatement = Math.max(1, Math.floor(PARAMETERS / columns.length));
      for (let from = 0; from < rows.length; from += perStatement)
        await insertRows(client, table, columns, rows.slice(from, from + perStatement));
    },
    async commit() {
      await client.query("commit");
      await bring(null);
      await client.query("analyze");
      await client.end();
    },
    // The server undoes what was begun when the connection ends.
    abandon: () => client.end(),
  };
}

async function insertRows(
  client: pg.Client,
  table: DataTable,
  columns: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  const tuples = rows.map(
    (_, row) => `(${columns.map((_column, column) => `$${row * columns.length + column + 1}`).join(", ")})`,
  );
  await rowsOf(
    client,
    `insert into ${table} (${columns.join(", ")}) values ${tuples.join(", ")}`,
    rows.flat(),
  );
}

async function inTransaction<T>(client: pg.Client, work: (session: Session) => Promise<T>): Promise<T> {
  await client.query("begin");
  const session = new TransactionSession(client, monotonicMs() + PATIENCE_MS);
  try {
    const result = await work(session);
    await session.end();
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}
