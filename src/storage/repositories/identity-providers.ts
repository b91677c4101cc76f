import type {
  IdentityProvider,
  IdentityProviders,
  StoreProviderResult,
} from "../../domain/identity-providers/index.ts";
import type { PoolKey } from "../../domain/user-pools/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { fromJson } from "../json.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { IdentityProviderTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

export function identityProviderStatements({ db, dialect }: QueryBuilder) {
  const byName = (p: Slots<{ poolKey: number; name: string }>) =>
    db
      .selectFrom("identity_provider")
      .selectAll()
      .where("pool_key", "=", p.poolKey)
      .where("name", "=", p.name);
  return {
    insert: prepared((p: Slots<IdentityProviderTable>) =>
      db
        .insertInto("identity_provider")
        .values({
          pool_key: p.pool_key,
          name: p.name,
          type: p.type,
          details: p.details,
          sealed_secrets: p.sealed_secrets,
          identifiers: p.identifiers,
          attribute_mapping: p.attribute_mapping,
          acr_mapping: p.acr_mapping,
          created_at: p.created_at,
          modified_at: p.modified_at,
        })
        .onConflict((conflict) => conflict.columns(["pool_key", "name"]).doNothing()),
    ),
    find: prepared(byName),
    lock: prepared((p: Slots<{ poolKey: number; name: string }>) =>
      byName(p).$if(dialect === "postgres", (select) => select.forUpdate()),
    ),
    byIdentifier: prepared((p: Slots<{ poolKey: number; identifier: string }>) =>
      db
        .selectFrom("identity_provider_identifier")
        .innerJoin("identity_provider", (join) =>
          join
            .onRef("identity_provider.pool_key", "=", "identity_provider_identifier.pool_key")
            .onRef("identity_provider.name", "=", "identity_provider_identifier.provider_name"),
        )
        .selectAll("identity_provider")
        .where("identity_provider_identifier.pool_key", "=", p.poolKey)
        .where("identity_provider_identifier.identifier", "=", p.identifier),
    ),
    save: prepared((p: Slots<Omit<IdentityProviderTable, "type" | "created_at">>) =>
      db
        .updateTable("identity_provider")
        .set({
          details: p.details,
          sealed_secrets: p.sealed_secrets,
          identifiers: p.identifiers,
          attribute_mapping: p.attribute_mapping,
          acr_mapping: p.acr_mapping,
          modified_at: p.modified_at,
        })
        .where("pool_key", "=", p.pool_key)
        .where("name", "=", p.name),
    ),
    remove: prepared((p: Slots<{ poolKey: number; name: string }>) =>
      db.deleteFrom("identity_provider").where("pool_key", "=", p.poolKey).where("name", "=", p.name),
    ),
    claimIdentifier: prepared((p: Slots<{ poolKey: number; identifier: string; name: string }>) =>
      db
        .insertInto("identity_provider_identifier")
        .values({ pool_key: p.poolKey, identifier: p.identifier, provider_name: p.name })
        .onConflict((conflict) => conflict.columns(["pool_key", "identifier"]).doNothing()),
    ),
    releaseIdentifiers: prepared((p: Slots<{ poolKey: number; name: string }>) =>
      db
        .deleteFrom("identity_provider_identifier")
        .where("pool_key", "=", p.poolKey)
        .where("provider_name", "=", p.name),
    ),
    list: prepared((p: Slots<{ poolKey: number; afterName: string; limit: number }>) =>
      db
        .selectFrom("identity_provider")
        .selectAll()
        .where("pool_key", "=", p.poolKey)
        .where("name", ">", p.afterName)
        .orderBy("name")
        .limit(p.limit),
    ),
    count: prepared((p: Slots<{ poolKey: number; cap: number }>) =>
      db
        .selectFrom(
          db
            .selectFrom("identity_provider")
            .select("name")
            .where("pool_key", "=", p.poolKey)
            .limit(p.cap)
            .as("counted"),
        )
        .select((eb) => eb.fn.countAll<number>().as("count")),
    ),
  };
}

const toProvider = (row: IdentityProviderTable): IdentityProvider => ({
  poolKey: row.pool_key as PoolKey,
  name: row.name,
  type: row.type as IdentityProvider["type"],
  details: fromJson(row.details),
  sealedSecrets: row.sealed_secrets,
  identifiers: fromJson(row.identifiers),
  attributeMapping: fromJson(row.attribute_mapping),
  acrMapping: row.acr_mapping === null ? null : fromJson(row.acr_mapping),
  createdAt: row.created_at as Instant,
  modifiedAt: row.modified_at as Instant,
});

const toRow = (provider: IdentityProvider): IdentityProviderTable => ({
  pool_key: provider.poolKey,
  name: provider.name,
  type: provider.type,
  details: JSON.stringify(provider.details),
  sealed_secrets: provider.sealedSecrets,
  identifiers: JSON.stringify(provider.identifiers),
  attribute_mapping: JSON.stringify(provider.attributeMapping),
  acr_mapping: provider.acrMapping === null ? null : JSON.stringify(provider.acrMapping),
  created_at: provider.createdAt,
  modified_at: provider.modifiedAt,
});

export class IdentityProviderRepository implements IdentityProviders {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof identityProviderStatements>;

  constructor(session: Session, statements: ReturnType<typeof identityProviderStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async insert(provider: IdentityProvider): Promise<StoreProviderResult> {
    const { changed } = await this.#session.write(this.#statements.insert(toRow(provider)));
    return changed > 0 ? await this.#claimIdentifiers(provider) : "name-taken";
  }

  async find(poolKey: PoolKey, name: string): Promise<IdentityProvider | null> {
    const row = await first(this.#session.read(this.#statements.find({ poolKey, name })));
    return row && toProvider(row);
  }

  async byIdentifier(poolKey: PoolKey, identifier: string): Promise<IdentityProvider | null> {
    const row = await first(this.#session.read(this.#statements.byIdentifier({ poolKey, identifier })));
    return row && toProvider(row);
  }

  async lock(poolKey: PoolKey, name: string): Promise<IdentityProvider | null> {
    const row = await first(this.#session.read(this.#statements.lock({ poolKey, name })));
    return row && toProvider(row);
  }

  async save(provider: IdentityProvider): Promise<StoreProviderResult> {
    const { poolKey, name } = provider;
    const { changed } = await this.#session.write(this.#statements.save(toRow(provider)));
    if (changed === 0) return "no-such-provider";
    await this.#session.write(this.#statements.releaseIdentifiers({ poolKey, name }));
    return await this.#claimIdentifiers(provider);
  }

  async remove(poolKey: PoolKey, name: string): Promise<boolean> {
    return (await this.#session.write(this.#statements.remove({ poolKey, name }))).changed > 0;
  }

  async list(
    poolKey: PoolKey,
    page: { afterName: string | null; limit: number },
  ): Promise<IdentityProvider[]> {
    const rows = await this.#session.read(
      this.#statements.list({ poolKey, afterName: page.afterName ?? "", limit: page.limit }),
    );
    return rows.map(toProvider);
  }

  async count(poolKey: PoolKey, cap: number): Promise<number> {
    return (await first(this.#session.read(this.#statements.count({ poolKey, cap }))))?.count ?? 0;
  }

  async #claimIdentifiers({ poolKey, name, identifiers }: IdentityProvider): Promise<StoreProviderResult> {
    for (const identifier of identifiers) {
      const claim = this.#statements.claimIdentifier({ poolKey, identifier, name });
      if ((await this.#session.write(claim)).changed === 0) return { identifierTaken: identifier };
    }
    return "stored";
  }
}
