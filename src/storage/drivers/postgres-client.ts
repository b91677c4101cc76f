import pg from "pg";
import { StorageError } from "../errors.ts";
import { PostgresHosts } from "./postgres-hosts.ts";
import { execute } from "./postgres-transaction.ts";
import { getTypeParser } from "./postgres-types.ts";

const CONNECT_TIMEOUT_MS = 5_000;
/** For one statement: the largest table's cursor included. */
export const PATIENCE_MS = 600_000;

type Cell = string | number | Uint8Array | null;

/**
 * One connection for work that may take long; of several hosts to the one that takes writes.
 * @throws StorageError when the database cannot be reached
 */
export async function connectPatiently(url: string): Promise<pg.Client> {
  const hosts = new PostgresHosts(url);
  let failure: unknown;
  for (const host of hosts.all) {
    const client = new pg.Client({
      connectionString: host,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: "cognate",
      types: { getTypeParser },
    });
    // A connection that breaks says so to the statement under way as well.
    client.on("error", () => {});
    try {
      await client.connect();
      if (!hosts.areSeveral || (await takesWrites(client))) return client;
      failure = new Error("No host of the database takes writes.");
      await client.end();
    } catch (error) {
      failure = error;
    }
  }
  throw new StorageError("unavailable", "The database cannot be reached.", failure);
}

async function takesWrites(client: pg.Client): Promise<boolean> {
  const [row] = await rowsOf<{ transaction_read_only: string }>(client, "show transaction_read_only");
  return row?.transaction_read_only === "off";
}

export async function rowsOf<R>(
  client: pg.Client,
  sql: string,
  values: readonly Cell[] = [],
): Promise<readonly R[]> {
  return (await execute<R>(client, { sql, values, name: null }, PATIENCE_MS)).rows;
}
