import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Store, StoreSnapshots } from "../../domain/store.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import { type Random, systemRandom } from "../../runtime/random.ts";
import { migrate } from "../migrations/migrate.ts";
import { type Query, type QueryBuilder, query, queryBuilder } from "../query.ts";
import type { Driver, Session, StoreObserver, WriteManner, Written } from "../session.ts";
import { sqliteSnapshots } from "../snapshots.ts";
import { createStore } from "../store.ts";
import { SqliteConnection } from "./sqlite-connection.ts";
import { openDataFile } from "./sqlite-file.ts";
import { GroupCommitWriter } from "./sqlite-writer.ts";

const READINESS_LEASE = "readiness";

export interface SqliteStoreOptions {
  /** The data file, or `:memory:` for a database that vanishes when it is closed. Its directory is made if need be. */
  readonly path: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly observer?: StoreObserver;
}

export interface SqliteStore extends Store {
  readonly snapshots: StoreSnapshots;
}

/**
 * Opens the embedded database, for one process at a time.
 * @throws StorageError when another process has it, or it cannot be used as it is
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { logger, clock = systemClock, random = systemRandom, observer = {} } = options;
  // A file all the same, so that readers are apart from the writer as anywhere else; only it is never synced.
  const temporary =
    options.path === ":memory:" ? mkdtempSync(path.join(os.tmpdir(), "cognate-store-")) : null;
  const removeTemporary = () => {
    if (temporary) rmSync(temporary, { recursive: true, force: true });
  };
  const builder = queryBuilder("sqlite");
  try {
    const file = openDataFile(
      temporary ? path.join(temporary, "data.sqlite") : options.path,
      temporary ? "none" : "full",
      logger,
    );
    const writer = new GroupCommitWriter(file.writer, logger, observer);
    try {
      await migrate({
        builder,
        clock,
        logger,
        owner: "this process",
        transaction: (work) => writer.transaction(work),
      });
      // Nobody else has the file, so that whoever had a lease is gone.
      await writer.statement(query(builder.db.updateTable("user_import_run").set({ leased_until: 0 })));
      file.seal();
    } catch (error) {
      await writer.close();
      file.close();
      throw error;
    }
    const driver: Driver = {
      session: new SqliteSession(file.reader, writer),
      transaction: (work) => writer.transaction(work),
      // The mask asks for every table, not only those that this connection has searched.
      maintain: () => writer.exclusive((connection) => connection.run("pragma optimize = 0x10002")),
      ready: async () => {
        await writer.statement(writeReadiness(builder, clock));
        return true;
      },
      close: async () => {
        await writer.close();
        file.close();
        removeTemporary();
      },
    };
    const directory = path.join(path.dirname(file.path), "snapshots");
    return {
      ...createStore(driver, builder, { clock, random }),
      snapshots: sqliteSnapshots(writer, directory, (copy) => migrateCopy(copy, builder, clock, logger)),
    };
  } catch (error) {
    removeTemporary();
    throw error;
  }
}

/** A write that means nothing: only the attempt shows that the disk still takes one. */
const writeReadiness = ({ db }: QueryBuilder, clock: Clock) =>
  query(
    db
      .insertInto("lease")
      .values({ name: READINESS_LEASE, owner: "this process", expires_at: clock.now() })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ expires_at: clock.now() })),
  );

async function migrateCopy(file: string, builder: QueryBuilder, clock: Clock, logger: Logger): Promise<void> {
  const connection = new SqliteConnection(file, "write");
  const writer = new GroupCommitWriter(connection, logger, {});
  try {
    await migrate({
      builder,
      clock,
      logger,
      owner: "this process",
      transaction: (work) => writer.transaction(work),
    });
  } finally {
    await writer.close();
    connection.close();
  }
}

/** Outside transactions: reads on the connection that only reads, writes through the queue. */
class SqliteSession implements Session {
  readonly #reader: SqliteConnection;
  readonly #writer: GroupCommitWriter;

  constructor(reader: SqliteConnection, writer: GroupCommitWriter) {
    this.#reader = reader;
    this.#writer = writer;
  }

  async read<R>(query: Query<R>): Promise<readonly R[]> {
    return this.#reader.execute(query).rows;
  }

  async write<R>(query: Query<R>, manner?: WriteManner): Promise<Written<R>> {
    return await this.#writer.statement(query, manner);
  }

  async atomically<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return await this.#writer.transaction(work);
  }
}
