import type { PageRequest, PoolKey, UserPool, UserPools } from "../../domain/user-pools/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { fromJson } from "../json.ts";
import { prepared, type QueryBuilder, query, type Slots } from "../query.ts";
import { RowCache } from "../row-cache.ts";
import type { UserPoolTable } from "../schema.ts";
import { first, type Session } from "../session.ts";
import { newVersion } from "./version.ts";

const CACHED_POOLS = 1_000;

export function userPoolStatements({ db, dialect }: QueryBuilder) {
  const byId = (id: Slots<{ id: string }>["id"]) => db.selectFrom("user_pool").where("id", "=", id);
  return {
    db,
    version: prepared((p: Slots<{ id: string }>) => byId(p.id).select("version")),
    versionByKey: prepared((p: Slots<{ key: number }>) =>
      db.selectFrom("user_pool").select(["id", "version"]).where("key", "=", p.key),
    ),
    any: prepared((_: Slots<Record<never, never>>) =>
      db.selectFrom("user_pool").selectAll().orderBy("key").limit(1),
    ),
    find: prepared((p: Slots<{ id: string }>) => byId(p.id).selectAll()),
    lock: prepared((p: Slots<{ id: string }>) =>
      byId(p.id)
        .selectAll()
        .$if(dialect === "postgres", (select) => select.forUpdate()),
    ),
    insert: prepared((p: Slots<UserPoolTable>) =>
      db.insertInto("user_pool").values({
        key: p.key,
        id: p.id,
        region: p.region,
        account_id: p.account_id,
        settings: p.settings,
        mfa: p.mfa,
        domains: p.domains,
        sessions: p.sessions,
        password_storage: p.password_storage,
        wrapped_data_key: p.wrapped_data_key,
        created_at: p.created_at,
        modified_at: p.modified_at,
        version: p.version,
      }),
    ),
    save: prepared(
      (
        p: Slots<
          Pick<UserPoolTable, "key" | "settings" | "mfa" | "domains" | "sessions" | "modified_at" | "version">
        >,
      ) =>
        db
          .updateTable("user_pool")
          .set({
            settings: p.settings,
            mfa: p.mfa,
            domains: p.domains,
            sessions: p.sessions,
            modified_at: p.modified_at,
            version: p.version,
          })
          .where("key", "=", p.key),
    ),
    list: prepared((p: Slots<{ region: string; accountId: string; afterKey: number; limit: number }>) =>
      db
        .selectFrom("user_pool")
        .selectAll()
        .where("region", "=", p.region)
        .where("account_id", "=", p.accountId)
        .where("key", ">", p.afterKey)
        .orderBy("key")
        .limit(p.limit),
    ),
    page: prepared((p: Slots<{ afterKey: number; limit: number }>) =>
      db.selectFrom("user_pool").selectAll().where("key", ">", p.afterKey).orderBy("key").limit(p.limit),
    ),
    rewrap: prepared((p: Slots<Pick<UserPoolTable, "key" | "wrapped_data_key" | "version">>) =>
      db
        .updateTable("user_pool")
        .set({ wrapped_data_key: p.wrapped_data_key, version: p.version })
        .where("key", "=", p.key),
    ),
    count: prepared((p: Slots<{ region: string; accountId: string; cap: number }>) =>
      db
        .selectFrom(
          db
            .selectFrom("user_pool")
            .select("key")
            .where("region", "=", p.region)
            .where("account_id", "=", p.accountId)
            // As the index has them, so that it is used where most rows are of one region.
            .orderBy("key")
            .limit(p.cap)
            .as("counted"),
        )
        .select((eb) => eb.fn.countAll<number>().as("count")),
    ),
    remove: prepared((p: Slots<{ key: number }>) => db.deleteFrom("user_pool").where("key", "=", p.key)),
  };
}

export const userPoolCache = () => new RowCache<UserPool>(CACHED_POOLS);

function toUserPool(row: UserPoolTable): UserPool {
  return {
    key: row.key as PoolKey,
    id: row.id,
    region: row.region,
    accountId: row.account_id,
    settings: fromJson(row.settings),
    mfa: fromJson(row.mfa),
    ...(row.domains === null ? {} : { domains: fromJson(row.domains) }),
    ...(row.sessions === null ? {} : { sessions: fromJson(row.sessions) }),
    passwordStorage: row.password_storage as UserPool["passwordStorage"],
    wrappedDataKey: row.wrapped_data_key,
    createdAt: row.created_at as Instant,
    modifiedAt: row.modified_at as Instant,
  };
}

export class UserPoolRepository implements UserPools {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof userPoolStatements>;
  readonly #cache: RowCache<UserPool>;
  readonly #random: Random;

  constructor(
    session: Session,
    statements: ReturnType<typeof userPoolStatements>,
    cache: RowCache<UserPool>,
    random: Random,
  ) {
    this.#session = session;
    this.#statements = statements;
    this.#cache = cache;
    this.#random = random;
  }

  async insert(pool: UserPool): Promise<void> {
    await this.#session.write(
      this.#statements.insert({
        key: pool.key,
        id: pool.id,
        region: pool.region,
        account_id: pool.accountId,
        settings: JSON.stringify(pool.settings),
        mfa: JSON.stringify(pool.mfa),
        domains: pool.domains ? JSON.stringify(pool.domains) : null,
        sessions: pool.sessions ? JSON.stringify(pool.sessions) : null,
        password_storage: pool.passwordStorage,
        wrapped_data_key: pool.wrappedDataKey,
        created_at: pool.createdAt,
        modified_at: pool.modifiedAt,
        version: newVersion(this.#random),
      }),
    );
  }

  async find(id: string): Promise<UserPool | null> {
    const current = await first(this.#session.read(this.#statements.version({ id })));
    return current && (await this.#atVersion(id, current.version));
  }

  async byKey(key: PoolKey): Promise<UserPool | null> {
    const current = await first(this.#session.read(this.#statements.versionByKey({ key })));
    return current && (await this.#atVersion(current.id, current.version));
  }

  async any(): Promise<UserPool | null> {
    const row = await first(this.#session.read(this.#statements.any({})));
    return row && toUserPool(row);
  }

  async lock(id: string): Promise<UserPool | null> {
    const row = await first(this.#session.read(this.#statements.lock({ id })));
    return row && toUserPool(row);
  }

  async save(pool: UserPool): Promise<void> {
    await this.#session.write(
      this.#statements.save({
        key: pool.key,
        settings: JSON.stringify(pool.settings),
        mfa: JSON.stringify(pool.mfa),
        domains: pool.domains ? JSON.stringify(pool.domains) : null,
        sessions: pool.sessions ? JSON.stringify(pool.sessions) : null,
        modified_at: pool.modifiedAt,
        version: newVersion(this.#random),
      }),
    );
  }

  async page({ afterKey, limit }: PageRequest): Promise<UserPool[]> {
    const rows = await this.#session.read(this.#statements.page({ afterKey: afterKey ?? -1, limit }));
    return rows.map(toUserPool);
  }

  async rewrap(key: PoolKey, wrappedDataKey: Uint8Array): Promise<void> {
    const version = newVersion(this.#random);
    await this.#session.write(this.#statements.rewrap({ key, wrapped_data_key: wrappedDataKey, version }));
  }

  async list(scope: { region: string; accountId: string }, page: PageRequest): Promise<UserPool[]> {
    const rows = await this.#session.read(
      this.#statements.list({ ...scope, afterKey: page.afterKey ?? -1, limit: page.limit }),
    );
    return rows.map(toUserPool);
  }

  async count(scope: { region: string; accountId: string }, cap: number): Promise<number> {
    return (await first(this.#session.read(this.#statements.count({ ...scope, cap }))))?.count ?? 0;
  }

  async remove(key: PoolKey): Promise<void> {
    const { db, remove } = this.#statements;
    await this.#session.atomically(async (session) => {
      // What has no foreign key to the pool, so that counting an attempt does not lock the pool's row.
      await session.write(query(db.deleteFrom("sign_in_attempt").where("pool_key", "=", key)), "long");
      await session.write(query(db.deleteFrom("attempt_count").where("pool_key", "=", key)), "long");
      await session.write(remove({ key }), "long");
    });
  }

  async #atVersion(id: string, version: number): Promise<UserPool | null> {
    const cached = this.#cache.get(id, version);
    if (cached) return cached;
    const row = await first(this.#session.read(this.#statements.find({ id })));
    return row && this.#cache.set(id, row.version, toUserPool(row));
  }
}
