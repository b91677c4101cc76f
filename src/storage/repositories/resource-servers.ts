import type { ResourceServer, ResourceServers, Scope } from "../../domain/resource-servers/index.ts";
import type { PoolKey } from "../../domain/user-pools/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { fromJson } from "../json.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { ResourceServerTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

export function resourceServerStatements({ db }: QueryBuilder) {
  return {
    insert: prepared((p: Slots<ResourceServerTable>) =>
      db
        .insertInto("resource_server")
        .values({
          pool_key: p.pool_key,
          identifier: p.identifier,
          name: p.name,
          scopes: p.scopes,
          created_at: p.created_at,
          modified_at: p.modified_at,
        })
        .onConflict((conflict) => conflict.columns(["pool_key", "identifier"]).doNothing()),
    ),
    find: prepared((p: Slots<{ poolKey: number; identifier: string }>) =>
      db
        .selectFrom("resource_server")
        .selectAll()
        .where("pool_key", "=", p.poolKey)
        .where("identifier", "=", p.identifier),
    ),
    save: prepared((p: Slots<Omit<ResourceServerTable, "created_at">>) =>
      db
        .updateTable("resource_server")
        .set({ name: p.name, scopes: p.scopes, modified_at: p.modified_at })
        .where("pool_key", "=", p.pool_key)
        .where("identifier", "=", p.identifier),
    ),
    remove: prepared((p: Slots<{ poolKey: number; identifier: string }>) =>
      db
        .deleteFrom("resource_server")
        .where("pool_key", "=", p.poolKey)
        .where("identifier", "=", p.identifier),
    ),
    list: prepared((p: Slots<{ poolKey: number; afterIdentifier: string; limit: number }>) =>
      db
        .selectFrom("resource_server")
        .selectAll()
        .where("pool_key", "=", p.poolKey)
        .where("identifier", ">", p.afterIdentifier)
        .orderBy("identifier")
        .limit(p.limit),
    ),
    count: prepared((p: Slots<{ poolKey: number; cap: number }>) =>
      db
        .selectFrom(
          db
            .selectFrom("resource_server")
            .select("identifier")
            .where("pool_key", "=", p.poolKey)
            .limit(p.cap)
            .as("counted"),
        )
        .select((eb) => eb.fn.countAll<number>().as("count")),
    ),
  };
}

const toResourceServer = (row: ResourceServerTable): ResourceServer => ({
  poolKey: row.pool_key as PoolKey,
  identifier: row.identifier,
  name: row.name,
  scopes: fromJson<Scope[]>(row.scopes),
  createdAt: row.created_at as Instant,
  modifiedAt: row.modified_at as Instant,
});

export class ResourceServerRepository implements ResourceServers {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof resourceServerStatements>;

  constructor(session: Session, statements: ReturnType<typeof resourceServerStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async insert(server: ResourceServer): Promise<boolean> {
    const { changed } = await this.#session.write(
      this.#statements.insert({
        pool_key: server.poolKey,
        identifier: server.identifier,
        name: server.name,
        scopes: JSON.stringify(server.scopes),
        created_at: server.createdAt,
        modified_at: server.modifiedAt,
      }),
    );
    return changed > 0;
  }

  async find(poolKey: PoolKey, identifier: string): Promise<ResourceServer | null> {
    const row = await first(this.#session.read(this.#statements.find({ poolKey, identifier })));
    return row && toResourceServer(row);
  }

  async save(server: Omit<ResourceServer, "createdAt">): Promise<boolean> {
    const { changed } = await this.#session.write(
      this.#statements.save({
        pool_key: server.poolKey,
        identifier: server.identifier,
        name: server.name,
        scopes: JSON.stringify(server.scopes),
        modified_at: server.modifiedAt,
      }),
    );
    return changed > 0;
  }

  async remove(poolKey: PoolKey, identifier: string): Promise<boolean> {
    return (await this.#session.write(this.#statements.remove({ poolKey, identifier }))).changed > 0;
  }

  async list(
    poolKey: PoolKey,
    page: { afterIdentifier: string | null; limit: number },
  ): Promise<ResourceServer[]> {
    const afterIdentifier = page.afterIdentifier ?? "";
    const rows = await this.#session.read(
      this.#statements.list({ poolKey, afterIdentifier, limit: page.limit }),
    );
    return rows.map(toResourceServer);
  }

  async count(poolKey: PoolKey, cap: number): Promise<number> {
    return (await first(this.#session.read(this.#statements.count({ poolKey, cap }))))?.count ?? 0;
  }
}
