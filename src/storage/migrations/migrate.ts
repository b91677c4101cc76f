import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, SECOND } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import { StorageError } from "../errors.ts";
import { type QueryBuilder, query } from "../query.ts";
import type { Session } from "../session.ts";
import { migrations as allMigrations } from "./index.ts";
import { columnTypes, type Migration } from "./migration.ts";

/** How long a node may be silent before another takes the migrations over. */
const LEASE_MS = 30 * SECOND;
const WAIT_MS = 100;
const LEASE = "migration";

/** A database to migrate, and in whose name. */
export interface MigrationTarget {
  readonly builder: QueryBuilder;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Unlike that of any other node. */
  readonly owner: string;
  readonly transaction: <T>(work: (session: Session) => Promise<T>) => Promise<T>;
  /** Every change of the schema in order; the program's own unless a test says otherwise. */
  readonly migrations?: readonly Migration[];
}

/**
 * Brings the schema up to date. Nodes that start together take turns by a lease row: the holder's row lock is kept through each
 * migration's transaction, so that even a holder whose lease ran out meanwhile cannot work beside the next.
 * @throws StorageError `incompatible` when a newer program changed the database in a way this one cannot work with
 */
export async function migrate(target: MigrationTarget): Promise<void> {
  const { builder, logger } = target;
  const migrations = target.migrations ?? allMigrations;
  if (!(await hasBookkeeping(target))) await createBookkeeping(target);
  while ((await pending(target, migrations)).length > 0) {
    if (!(await takeLease(target))) {
      await sleep(WAIT_MS);
      continue;
    }
    for (const migration of await pending(target, migrations)) {
      const applied = await target.transaction((session) => applyHoldingLease(target, session, migration));
      if (applied === "lease-lost") break;
      logger.info("schema migrated", { kind: `${builder.dialect} ${migration.name}` });
    }
    await releaseLease(target);
  }
}

const raw = (sql: string) => ({ sql, values: [], name: null });

/** The tables that the runner itself needs. */
function bookkeeping({ builder }: MigrationTarget): string[] {
  const { integer, text, table } = columnTypes[builder.dialect];
  return [
    `create table if not exists migration (
      name ${text} not null,
      applied_at ${integer} not null,
      breaking ${integer} not null,
      constraint migration_name primary key (name)
    ) ${table}`,
    `create table if not exists lease (
      name ${text} not null,
      owner ${text} not null,
      expires_at ${integer} not null,
      constraint lease_name primary key (name)
    ) ${table}`,
  ];
}

async function hasBookkeeping({ builder, transaction }: MigrationTarget): Promise<boolean> {
  const catalogue =
    builder.dialect === "sqlite"
      ? "select name from sqlite_master where type = 'table' and name in ('migration', 'lease')"
      : "select table_name as name from information_schema.tables where table_schema = current_schema() and table_name in ('migration', 'lease')";
  return (await transaction((session) => session.read(raw(catalogue)))).length === 2;
}

/** Two nodes that create the same table at once can make PostgreSQL refuse one of them, `if not exists` or not: it tries again. */
async function createBookkeeping(target: MigrationTarget): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await target.transaction(async (session) => {
        for (const statement of bookkeeping(target)) await session.write(raw(statement), "long");
      });
    } catch (error) {
      if (attempt === 5) throw error;
      await sleep(WAIT_MS);
    }
  }
}

/** @throws StorageError when the database is ahead of this program in a breaking way */
async function pending(target: MigrationTarget, migrations: readonly Migration[]): Promise<Migration[]> {
  const { builder, transaction } = target;
  const rows = await transaction((session) =>
    session.read(query(builder.db.selectFrom("migration").select(["name", "breaking"]))),
  );
  const ahead = rows.find((row) => row.breaking === 1 && !migrations.some(({ name }) => name === row.name));
  if (ahead)
    throw new StorageError(
      "incompatible",
      `The database was changed by a newer version (migration ${ahead.name}). Use that version or a newer one.`,
    );
  return migrations.filter(({ name }) => !rows.some((row) => row.name === name));
}

async function takeLease({ builder, clock, owner, transaction }: MigrationTarget): Promise<boolean> {
  const now = clock.now();
  const taken = await transaction((session) =>
    session.write(
      query(
        builder.db
          .insertInto("lease")
          .values({ name: LEASE, owner, expires_at: now + LEASE_MS })
          .onConflict((conflict) =>
            conflict
              .column("name")
              .doUpdateSet({ owner, expires_at: now + LEASE_MS })
              .where((eb) => eb.or([eb("lease.expires_at", "<=", now), eb("lease.owner", "=", owner)])),
          )
          .returning("name"),
      ),
    ),
  );
  return taken.rows.length === 1;
}

async function releaseLease({ builder, owner, transaction }: MigrationTarget): Promise<void> {
  await transaction((session) =>
    session.write(query(builder.db.deleteFrom("lease").where("name", "=", LEASE).where("owner", "=", owner))),
  );
}

async function applyHoldingLease(
  target: MigrationTarget,
  session: Session,
  migration: Migration,
): Promise<"applied" | "lease-lost"> {
  const { builder, clock, owner } = target;
  const held = await session.write(
    query(
      builder.db
        .updateTable("lease")
        .set({ expires_at: clock.now() + LEASE_MS })
        .where("name", "=", LEASE)
        .where("owner", "=", owner)
        .returning("name"),
    ),
  );
  if (held.rows.length === 0) return "lease-lost";
  for (const statement of migration.statements(columnTypes[builder.dialect]))
    await session.write(raw(statement), "long");
  await session.write(
    query(
      builder.db
        .insertInto("migration")
        .values({
          name: migration.name,
          applied_at: clock.now(),
          breaking: migration.compatibility === "breaking" ? 1 : 0,
        })
        .onConflict((conflict) => conflict.column("name").doNothing()),
    ),
  );
  return "applied";
}
