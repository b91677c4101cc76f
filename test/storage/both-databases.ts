import { describe, inject } from "vitest";
import type { Store } from "../../src/domain/store.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { openPostgresStore } from "../../src/storage/drivers/postgres.ts";
import { openSqliteStore } from "../../src/storage/drivers/sqlite.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";

/** An empty store, and the same one as another node has it. */
export interface OpenedStores {
  readonly store: Store;
  readonly other: Store;
  close(): Promise<void>;
}

type Isolation = "read committed" | "serializable";

/**
 * Runs what is asked of a part of storage on SQLite and, where there is one, on PostgreSQL.
 * @param isolations serializable too where transactions of several nodes meet
 */
export function onBothDatabases(
  subject: string,
  contract: (name: string, open: () => Promise<OpenedStores>) => void,
  isolations: readonly Isolation[] = ["read committed"],
): void {
  contract(`${subject} on SQLite`, async () => {
    const store = await openSqliteStore({ path: ":memory:", logger: silentLogger });
    return { store, other: store, close: () => store.close() };
  });
  const { url, reason } = inject("postgres") ?? { url: null, reason: "was not started" };
  describe.skipIf(url === null)(`PostgreSQL ${reason}`, () => {
    for (const isolation of isolations)
      contract(`${subject} on PostgreSQL, ${isolation}`, async () => {
        const database = await createDatabase(url ?? "");
        const open = () =>
          openPostgresStore({ url: database, poolSize: 10, logger: silentLogger, isolation });
        const [store, other] = await Promise.all([open(), open()]);
        return {
          store,
          other,
          close: async () => {
            await Promise.all([store.close(), other.close()]);
            await dropDatabase(url ?? "", database);
          },
        };
      });
  });
}
