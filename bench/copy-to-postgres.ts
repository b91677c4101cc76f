import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { silentLogger } from "../src/runtime/logger.ts";
import { openPostgresStore } from "../src/storage/drivers/postgres.ts";
import { DATA_TABLES } from "../src/storage/schema.ts";

/** Rows in one statement. */
const BATCH = 5_000;

/**
 * Copies every row of an embedded database into an empty PostgreSQL one: both have the same schema, so that what was loaded once is
 * measured on both. Only rows without U+0000, which PostgreSQL holds in another form, may be copied.
 */
export async function copyToPostgres(sqliteFile: string, url: string): Promise<void> {
  const store = await openPostgresStore({ url, poolSize: 1, logger: silentLogger });
  await store.close();
  const source = new DatabaseSync(sqliteFile, { readOnly: true });
  const target = new pg.Client({ connectionString: url });
  await target.connect();
  try {
    // Foreign keys hold in the source; indexes are made faster at the end than row by row.
    await target.query("set session_replication_role = replica");
    const indexes = await target.query(
      `select indexdef, indexname from pg_indexes where schemaname = current_schema() and indexname not in
         (select conname from pg_constraint)`,
    );
    for (const { indexname } of indexes.rows) await target.query(`drop index "${indexname}"`);
    for (const table of DATA_TABLES) await copyTable(source, target, table);
    for (const { indexdef } of indexes.rows) await target.query(indexdef);
    await target.query("vacuum analyze");
  } finally {
    await target.end();
    source.close();
  }
}

async function copyTable(source: DatabaseSync, target: pg.Client, table: string): Promise<void> {
  const { rows: columns } = await target.query(
    "select column_name as name, data_type as type from information_schema.columns where table_schema = current_schema() and table_name = $1",
    [table],
  );
  const names = columns.map(({ name }) => `"${name}"`).join(", ");
  const arrays = columns.map(({ type }, i) => `$${i + 1}::${type}[]`).join(", ");
  const insert = `insert into "${table}" (${names}) select * from unnest(${arrays})`;
  let batch: Record<string, unknown>[] = [];
  const flush = async () => {
    if (batch.length === 0) return;
    const values = columns.map(({ name }) =>
      batch.map((row) => (row[name] instanceof Uint8Array ? Buffer.from(row[name]) : row[name])),
    );
    batch = [];
    await target.query(insert, values);
  };
  for (const row of source.prepare(`select ${names} from "${table}"`).iterate()) {
    batch.push(row);
    if (batch.length === BATCH) await flush();
  }
  await flush();
}
