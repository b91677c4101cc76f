import type { Client, Clients, StoredClientSecret } from "../../domain/clients/index.ts";
import type { PageRequest, PoolKey } from "../../domain/user-pools/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { fromJson } from "../json.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import { RowCache } from "../row-cache.ts";
import type { UserPoolClientTable } from "../schema.ts";
import { first, type Session } from "../session.ts";
import { newVersion } from "./version.ts";

const CACHED_CLIENTS = 5_000;

export function clientStatements({ db, dialect }: QueryBuilder) {
  const byId = (id: Slots<{ id: string }>["id"]) => db.selectFrom("user_pool_client").where("id", "=", id);
  return {
    version: prepared((p: Slots<{ id: string }>) => byId(p.id).select("version")),
    find: prepared((p: Slots<{ id: string }>) => byId(p.id).selectAll()),
    lock: prepared((p: Slots<{ id: string }>) =>
      byId(p.id)
        .selectAll()
        .$if(dialect === "postgres", (select) => select.forUpdate()),
    ),
    insert: prepared((p: Slots<UserPoolClientTable>) =>
      db.insertInto("user_pool_client").values({
        key: p.key,
        id: p.id,
        pool_key: p.pool_key,
        settings: p.settings,
        sso_session: p.sso_session,
        secrets: p.secrets,
        created_at: p.created_at,
        modified_at: p.modified_at,
        version: p.version,
      }),
    ),
    save: prepared(
      (
        p: Slots<
          Pick<
            UserPoolClientTable,
            "key" | "settings" | "sso_session" | "secrets" | "modified_at" | "version"
          >
        >,
      ) =>
        db
          .updateTable("user_pool_client")
          .set({
            settings: p.settings,
            sso_session: p.sso_session,
            secrets: p.secrets,
            modified_at: p.modified_at,
            version: p.version,
          })
          .where("key", "=", p.key),
    ),
    list: prepared((p: Slots<{ poolKey: number; afterKey: number; limit: number }>) =>
      db
        .selectFrom("user_pool_client")
        .selectAll()
        .where("pool_key", "=", p.poolKey)
        .where("key", ">", p.afterKey)
        .orderBy("key")
        .limit(p.limit),
    ),
    count: prepared((p: Slots<{ poolKey: number }>) =>
      db
        .selectFrom("user_pool_client")
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .where("pool_key", "=", p.poolKey),
    ),
    removeSessions: prepared((p: Slots<{ id: string }>) =>
      db.deleteFrom("refresh_session").where("client_id", "=", p.id),
    ),
    removeRisk: prepared((p: Slots<{ poolKey: number; id: string }>) =>
      db.deleteFrom("risk_configuration").where("pool_key", "=", p.poolKey).where("client_id", "=", p.id),
    ),
    remove: prepared((p: Slots<{ id: string }>) =>
      db.deleteFrom("user_pool_client").where("id", "=", p.id).returning("pool_key"),
    ),
  };
}

export const clientCache = () => new RowCache<Client>(CACHED_CLIENTS);

/** A sealed secret as it stands in the JSON column. */
interface SecretInJson {
  readonly id: string;
  readonly sealed: string;
  readonly createdAt: number;
}

const secretsToJson = (secrets: readonly StoredClientSecret[]): string =>
  JSON.stringify(
    secrets.map(
      ({ id, sealed, createdAt }): SecretInJson => ({
        id,
        sealed: Buffer.from(sealed).toString("base64url"),
        createdAt,
      }),
    ),
  );

const secretsFromJson = (json: string): StoredClientSecret[] =>
  fromJson<SecretInJson[]>(json).map(({ id, sealed, createdAt }) => ({
    id,
    sealed: new Uint8Array(Buffer.from(sealed, "base64url")),
    createdAt: createdAt as Instant,
  }));

function toClient(row: UserPoolClientTable): Client {
  return {
    key: row.key,
    id: row.id,
    poolKey: row.pool_key as PoolKey,
    settings: fromJson(row.settings),
    ...(row.sso_session === null ? {} : { ssoSession: fromJson(row.sso_session) }),
    secrets: secretsFromJson(row.secrets),
    createdAt: row.created_at as Instant,
    modifiedAt: row.modified_at as Instant,
  };
}

export class ClientRepository implements Clients {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof clientStatements>;
  readonly #cache: RowCache<Client>;
  readonly #random: Random;

  constructor(
    session: Session,
    statements: ReturnType<typeof clientStatements>,
    cache: RowCache<Client>,
    random: Random,
  ) {
    this.#session = session;
    this.#statements = statements;
    this.#cache = cache;
    this.#random = random;
  }

  async insert(client: Client): Promise<void> {
    await this.#session.write(
      this.#statements.insert({
        key: client.key,
        id: client.id,
        pool_key: client.poolKey,
        settings: JSON.stringify(client.settings),
        sso_session: client.ssoSession ? JSON.stringify(client.ssoSession) : null,
        secrets: secretsToJson(client.secrets),
        created_at: client.createdAt,
        modified_at: client.modifiedAt,
        version: newVersion(this.#random),
      }),
    );
  }

  async find(id: string): Promise<Client | null> {
    const current = await first(this.#session.read(this.#statements.version({ id })));
    if (!current) return null;
    const cached = this.#cache.get(id, current.version);
    if (cached) return cached;
    const row = await first(this.#session.read(this.#statements.find({ id })));
    return row && this.#cache.set(id, row.version, toClient(row));
  }

  async lock(id: string): Promise<Client | null> {
    const row = await first(this.#session.read(this.#statements.lock({ id })));
    return row && toClient(row);
  }

  async save(client: Client): Promise<void> {
    await this.#session.write(
      this.#statements.save({
        key: client.key,
        settings: JSON.stringify(client.settings),
        sso_session: client.ssoSession ? JSON.stringify(client.ssoSession) : null,
        secrets: secretsToJson(client.secrets),
        modified_at: client.modifiedAt,
        version: newVersion(this.#random),
      }),
    );
  }

  async list(poolKey: PoolKey, page: PageRequest): Promise<Client[]> {
    const rows = await this.#session.read(
      this.#statements.list({ poolKey, afterKey: page.afterKey ?? -1, limit: page.limit }),
    );
    return rows.map(toClient);
  }

  async count(poolKey: PoolKey): Promise<number> {
    return (await first(this.#session.read(this.#statements.count({ poolKey }))))?.count ?? 0;
  }

  async remove(id: string): Promise<boolean> {
    return await this.#session.atomically(async (session) => {
      const { rows } = await session.write(this.#statements.remove({ id }), "long");
      await session.write(this.#statements.removeSessions({ id }), "long");
      const [removed] = rows;
      if (removed) await session.write(this.#statements.removeRisk({ poolKey: removed.pool_key, id }));
      return removed !== undefined;
    });
  }
}
