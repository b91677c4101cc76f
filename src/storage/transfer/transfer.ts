import {
  type DataTable,
  type Row,
  RowDigest,
  type RowSource,
  type RowTarget,
  type TableSummary,
} from "./rows.ts";

/** Told of rows of `user_pool` before anything is kept; throws to refuse them all. */
export type PoolCheck = (pool: { readonly id: string; readonly wrappedDataKey: Uint8Array }) => void;

function checkPools(check: PoolCheck, columns: readonly string[], rows: readonly Row[]): void {
  const [id, key] = [columns.indexOf("id"), columns.indexOf("wrapped_data_key")];
  for (const row of rows) check({ id: String(row[id]), wrappedDataKey: row[key] as Uint8Array });
}

const POOLS: DataTable = "user_pool";

/**
 * Copies every row into an empty store, all or nothing.
 * @returns what was copied, table by table
 * @throws what the source, the target or the check throws; the target is then as empty as before
 */
export async function transfer(
  source: RowSource,
  target: RowTarget,
  check: PoolCheck,
): Promise<TableSummary[]> {
  const summaries: TableSummary[] = [];
  try {
    for await (const { table, columns, rows } of source.tables()) {
      const digest = new RowDigest();
      for await (const batch of rows()) {
        if (table === POOLS) checkPools(check, columns, batch);
        for (const row of batch) digest.add(row);
        await target.insert(table, columns, batch);
      }
      summaries.push(digest.summary(table));
    }
    await target.commit();
    return summaries;
  } catch (error) {
    await target.abandon();
    throw error;
  }
}
