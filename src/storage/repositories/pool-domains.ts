import type {
  PoolDomain,
  PoolDomainKind,
  PoolDomains,
  PoolKey,
  UserPool,
} from "../../domain/user-pools/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { fromJson } from "../json.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { UserPoolDomainTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

export function poolDomainStatements({ db }: QueryBuilder) {
  return {
    insert: prepared((p: Slots<Omit<UserPoolDomainTable, "region" | "account_id">>) =>
      db
        .insertInto("user_pool_domain")
        .columns([
          "name",
          "pool_key",
          "kind",
          "region",
          "account_id",
          "settings",
          "created_at",
          "modified_at",
        ])
        .expression(
          db
            .selectFrom("user_pool")
            .select((eb) => [
              eb.cast<string>(p.name, "text").as("name"),
              "user_pool.key",
              eb.cast<string>(p.kind, "text").as("kind"),
              "user_pool.region",
              "user_pool.account_id",
              eb.cast<string>(p.settings, "text").as("settings"),
              eb.cast<number>(p.created_at, "bigint").as("created_at"),
              eb.cast<number>(p.modified_at, "bigint").as("modified_at"),
            ])
            .where("user_pool.key", "=", p.pool_key),
        )
        .onConflict((conflict) => conflict.doNothing()),
    ),
    find: prepared((p: Slots<{ name: string }>) =>
      db.selectFrom("user_pool_domain").selectAll().where("name", "=", p.name),
    ),
    save: prepared((p: Slots<Pick<UserPoolDomainTable, "name" | "settings" | "modified_at">>) =>
      db
        .updateTable("user_pool_domain")
        .set({ settings: p.settings, modified_at: p.modified_at })
        .where("name", "=", p.name),
    ),
    remove: prepared((p: Slots<{ poolKey: number; name: string }>) =>
      db.deleteFrom("user_pool_domain").where("name", "=", p.name).where("pool_key", "=", p.poolKey),
    ),
    count: prepared((p: Slots<{ region: string; accountId: string; kind: string }>) =>
      db
        .selectFrom("user_pool_domain")
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .where("region", "=", p.region)
        .where("account_id", "=", p.accountId)
        .where("kind", "=", p.kind),
    ),
  };
}

const toPoolDomain = (row: UserPoolDomainTable): PoolDomain => ({
  poolKey: row.pool_key as PoolKey,
  name: row.name,
  kind: row.kind as PoolDomainKind,
  settings: fromJson(row.settings),
  createdAt: row.created_at as Instant,
  modifiedAt: row.modified_at as Instant,
});

export class PoolDomainRepository implements PoolDomains {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof poolDomainStatements>;

  constructor(session: Session, statements: ReturnType<typeof poolDomainStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async insert(domain: PoolDomain): Promise<boolean> {
    const { changed } = await this.#session.write(
      this.#statements.insert({
        name: domain.name,
        pool_key: domain.poolKey,
        kind: domain.kind,
        settings: JSON.stringify(domain.settings),
        created_at: domain.createdAt,
        modified_at: domain.modifiedAt,
      }),
    );
    return changed > 0;
  }

  async find(name: string): Promise<PoolDomain | null> {
    const row = await first(this.#session.read(this.#statements.find({ name })));
    return row && toPoolDomain(row);
  }

  async save(domain: PoolDomain): Promise<void> {
    await this.#session.write(
      this.#statements.save({
        name: domain.name,
        settings: JSON.stringify(domain.settings),
        modified_at: domain.modifiedAt,
      }),
    );
  }

  async remove(poolKey: PoolKey, name: string): Promise<boolean> {
    return (await this.#session.write(this.#statements.remove({ poolKey, name }))).changed > 0;
  }

  async count(place: Pick<UserPool, "region" | "accountId">, kind: PoolDomainKind): Promise<number> {
    const { region, accountId } = place;
    const row = await first(this.#session.read(this.#statements.count({ region, accountId, kind })));
    return row?.count ?? 0;
  }
}
