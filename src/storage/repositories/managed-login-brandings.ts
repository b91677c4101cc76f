import type {
  BrandingAsset,
  ManagedLoginBranding,
  ManagedLoginBrandings,
} from "../../domain/branding/index.ts";
import type { PoolKey } from "../../domain/user-pools/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { fromJson } from "../json.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { ManagedLoginAssetTable, ManagedLoginBrandingTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

export function managedLoginBrandingStatements({ db }: QueryBuilder) {
  return {
    insert: prepared((p: Slots<ManagedLoginBrandingTable>) =>
      db
        .insertInto("managed_login_branding")
        .values({
          pool_key: p.pool_key,
          id: p.id,
          client_key: p.client_key,
          client_id: p.client_id,
          use_provided_values: p.use_provided_values,
          settings: p.settings,
          created_at: p.created_at,
          modified_at: p.modified_at,
        })
        .onConflict((conflict) => conflict.column("client_key").doNothing()),
    ),
    find: prepared((p: Slots<{ poolKey: number; id: string }>) =>
      db
        .selectFrom("managed_login_branding")
        .selectAll()
        .where("pool_key", "=", p.poolKey)
        .where("id", "=", p.id),
    ),
    ofClient: prepared((p: Slots<{ clientKey: number }>) =>
      db.selectFrom("managed_login_branding").selectAll().where("client_key", "=", p.clientKey),
    ),
    save: prepared(
      (
        p: Slots<
          Pick<
            ManagedLoginBrandingTable,
            "pool_key" | "id" | "use_provided_values" | "settings" | "modified_at"
          >
        >,
      ) =>
        db
          .updateTable("managed_login_branding")
          .set({
            use_provided_values: p.use_provided_values,
            settings: p.settings,
            modified_at: p.modified_at,
          })
          .where("pool_key", "=", p.pool_key)
          .where("id", "=", p.id),
    ),
    remove: prepared((p: Slots<{ poolKey: number; id: string }>) =>
      db.deleteFrom("managed_login_branding").where("pool_key", "=", p.poolKey).where("id", "=", p.id),
    ),
    count: prepared((p: Slots<{ poolKey: number }>) =>
      db
        .selectFrom("managed_login_branding")
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .where("pool_key", "=", p.poolKey),
    ),
    assets: prepared((p: Slots<{ poolKey: number; id: string }>) =>
      db
        .selectFrom("managed_login_asset")
        .selectAll()
        .where("pool_key", "=", p.poolKey)
        .where("branding_id", "=", p.id)
        .orderBy("category")
        .orderBy("color_mode")
        .orderBy("resource_id"),
    ),
    putAsset: prepared((p: Slots<ManagedLoginAssetTable>) =>
      db
        .insertInto("managed_login_asset")
        .values({
          pool_key: p.pool_key,
          branding_id: p.branding_id,
          category: p.category,
          color_mode: p.color_mode,
          resource_id: p.resource_id,
          extension: p.extension,
          bytes: p.bytes,
        })
        .onConflict((conflict) =>
          conflict
            .columns(["pool_key", "branding_id", "category", "color_mode", "resource_id"])
            .doUpdateSet((eb) => ({
              extension: eb.ref("excluded.extension"),
              bytes: eb.ref("excluded.bytes"),
            })),
        ),
    ),
    removeAssets: prepared((p: Slots<{ poolKey: number; id: string }>) =>
      db.deleteFrom("managed_login_asset").where("pool_key", "=", p.poolKey).where("branding_id", "=", p.id),
    ),
  };
}

const toBranding = (row: ManagedLoginBrandingTable): ManagedLoginBranding => ({
  poolKey: row.pool_key as PoolKey,
  id: row.id,
  clientKey: row.client_key,
  clientId: row.client_id,
  useProvidedValues: row.use_provided_values === 1,
  settings: row.settings === null ? null : fromJson(row.settings),
  createdAt: row.created_at as Instant,
  modifiedAt: row.modified_at as Instant,
});

const toAsset = (row: ManagedLoginAssetTable): BrandingAsset => ({
  category: row.category as BrandingAsset["category"],
  colorMode: row.color_mode as BrandingAsset["colorMode"],
  resourceId: row.resource_id,
  extension: row.extension as BrandingAsset["extension"],
  bytes: row.bytes,
});

type BrandingKey = Pick<ManagedLoginBranding, "poolKey" | "id">;

export class ManagedLoginBrandingRepository implements ManagedLoginBrandings {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof managedLoginBrandingStatements>;

  constructor(session: Session, statements: ReturnType<typeof managedLoginBrandingStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async insert(branding: ManagedLoginBranding): Promise<boolean> {
    const { changed } = await this.#session.write(
      this.#statements.insert({
        pool_key: branding.poolKey,
        id: branding.id,
        client_key: branding.clientKey,
        client_id: branding.clientId,
        use_provided_values: branding.useProvidedValues ? 1 : 0,
        settings: branding.settings && JSON.stringify(branding.settings),
        created_at: branding.createdAt,
        modified_at: branding.modifiedAt,
      }),
    );
    return changed > 0;
  }

  async find(poolKey: PoolKey, id: string): Promise<ManagedLoginBranding | null> {
    const row = await first(this.#session.read(this.#statements.find({ poolKey, id })));
    return row && toBranding(row);
  }

  async ofClient(clientKey: number): Promise<ManagedLoginBranding | null> {
    const row = await first(this.#session.read(this.#statements.ofClient({ clientKey })));
    return row && toBranding(row);
  }

  async save(branding: ManagedLoginBranding): Promise<void> {
    await this.#session.write(
      this.#statements.save({
        pool_key: branding.poolKey,
        id: branding.id,
        use_provided_values: branding.useProvidedValues ? 1 : 0,
        settings: branding.settings && JSON.stringify(branding.settings),
        modified_at: branding.modifiedAt,
      }),
    );
  }

  async remove(poolKey: PoolKey, id: string): Promise<boolean> {
    return (await this.#session.write(this.#statements.remove({ poolKey, id }))).changed > 0;
  }

  async count(poolKey: PoolKey): Promise<number> {
    return (await first(this.#session.read(this.#statements.count({ poolKey }))))?.count ?? 0;
  }

  async assets({ poolKey, id }: BrandingKey): Promise<BrandingAsset[]> {
    return (await this.#session.read(this.#statements.assets({ poolKey, id }))).map(toAsset);
  }

  async putAssets({ poolKey, id }: BrandingKey, assets: readonly BrandingAsset[]): Promise<void> {
    await this.#session.atomically(async (session) => {
      for (const asset of assets)
        await session.write(
          this.#statements.putAsset({
            pool_key: poolKey,
            branding_id: id,
            category: asset.category,
            color_mode: asset.colorMode,
            resource_id: asset.resourceId,
            extension: asset.extension,
            bytes: asset.bytes,
          }),
        );
    });
  }

  async removeAssets({ poolKey, id }: BrandingKey): Promise<void> {
    await this.#session.write(this.#statements.removeAssets({ poolKey, id }));
  }
}
