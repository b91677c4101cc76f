import type { ImageType, LogoImage, UiCustomization, UiCustomizations } from "../../domain/branding/index.ts";
import type { PoolKey } from "../../domain/user-pools/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { UiCustomizationTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

export function uiCustomizationStatements({ db }: QueryBuilder) {
  const ofClient = (p: Slots<{ poolKey: number; clientId: string }>) =>
    db.selectFrom("ui_customization").where("pool_key", "=", p.poolKey).where("client_id", "=", p.clientId);
  return {
    put: prepared((p: Slots<UiCustomizationTable>) =>
      db
        .insertInto("ui_customization")
        .values({
          pool_key: p.pool_key,
          client_id: p.client_id,
          client_key: p.client_key,
          css: p.css,
          image_type: p.image_type,
          image_digest: p.image_digest,
          image: p.image,
          created_at: p.created_at,
          modified_at: p.modified_at,
        })
        .onConflict((conflict) =>
          conflict.columns(["pool_key", "client_id"]).doUpdateSet((eb) => ({
            css: eb.ref("excluded.css"),
            image_type: eb.ref("excluded.image_type"),
            image_digest: eb.ref("excluded.image_digest"),
            image: eb.ref("excluded.image"),
            modified_at: eb.ref("excluded.modified_at"),
          })),
        ),
    ),
    find: prepared((p: Slots<{ poolKey: number; clientId: string }>) =>
      ofClient(p).select([
        "pool_key",
        "client_id",
        "client_key",
        "css",
        "image_type",
        "image_digest",
        "created_at",
        "modified_at",
      ]),
    ),
    image: prepared((p: Slots<{ poolKey: number; clientId: string }>) =>
      ofClient(p).select(["image_type", "image_digest", "image"]),
    ),
    remove: prepared((p: Slots<{ poolKey: number; clientId: string }>) =>
      db.deleteFrom("ui_customization").where("pool_key", "=", p.poolKey).where("client_id", "=", p.clientId),
    ),
  };
}

const toUiCustomization = (row: Omit<UiCustomizationTable, "image">): UiCustomization => ({
  poolKey: row.pool_key as PoolKey,
  clientKey: row.client_key,
  clientId: row.client_id,
  css: row.css,
  image:
    row.image_type === null || row.image_digest === null
      ? null
      : { type: row.image_type as ImageType, digest: row.image_digest },
  createdAt: row.created_at as Instant,
  modifiedAt: row.modified_at as Instant,
});

export class UiCustomizationRepository implements UiCustomizations {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof uiCustomizationStatements>;

  constructor(session: Session, statements: ReturnType<typeof uiCustomizationStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async put(customization: UiCustomization, image: LogoImage | null): Promise<void> {
    await this.#session.write(
      this.#statements.put({
        pool_key: customization.poolKey,
        client_id: customization.clientId,
        client_key: customization.clientKey,
        css: customization.css,
        image_type: image?.type ?? null,
        image_digest: image?.digest ?? null,
        image: image?.bytes ?? null,
        created_at: customization.createdAt,
        modified_at: customization.modifiedAt,
      }),
    );
  }

  async find(poolKey: PoolKey, clientId: string): Promise<UiCustomization | null> {
    const row = await first(this.#session.read(this.#statements.find({ poolKey, clientId })));
    return row && toUiCustomization(row);
  }

  async image(poolKey: PoolKey, clientId: string): Promise<LogoImage | null> {
    const row = await first(this.#session.read(this.#statements.image({ poolKey, clientId })));
    if (!row?.image || row.image_type === null || row.image_digest === null) return null;
    return { type: row.image_type as ImageType, digest: row.image_digest, bytes: row.image };
  }

  async remove(poolKey: PoolKey, clientId: string): Promise<void> {
    await this.#session.write(this.#statements.remove({ poolKey, clientId }));
  }
}
