import type { Terms, TermsDocuments } from "../../domain/branding/index.ts";
import type { PoolKey } from "../../domain/user-pools/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { fromJson } from "../json.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { TermsTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

export function termsStatements({ db }: QueryBuilder) {
  return {
    insert: prepared((p: Slots<TermsTable>) =>
      db
        .insertInto("terms")
        .values({
          pool_key: p.pool_key,
          id: p.id,
          client_key: p.client_key,
          client_id: p.client_id,
          name: p.name,
          source: p.source,
          enforcement: p.enforcement,
          links: p.links,
          created_at: p.created_at,
          modified_at: p.modified_at,
        })
        .onConflict((conflict) => conflict.columns(["client_key", "name"]).doNothing()),
    ),
    find: prepared((p: Slots<{ poolKey: number; id: string }>) =>
      db.selectFrom("terms").selectAll().where("pool_key", "=", p.poolKey).where("id", "=", p.id),
    ),
    ofClient: prepared((p: Slots<{ clientKey: number; name: string }>) =>
      db.selectFrom("terms").selectAll().where("client_key", "=", p.clientKey).where("name", "=", p.name),
    ),
    save: prepared(
      (
        p: Slots<
          Pick<TermsTable, "pool_key" | "id" | "name" | "source" | "enforcement" | "links" | "modified_at">
        >,
      ) =>
        db
          .updateTable("terms")
          .set({
            name: p.name,
            source: p.source,
            enforcement: p.enforcement,
            links: p.links,
            modified_at: p.modified_at,
          })
          .where("pool_key", "=", p.pool_key)
          .where("id", "=", p.id),
    ),
    remove: prepared((p: Slots<{ poolKey: number; id: string }>) =>
      db.deleteFrom("terms").where("pool_key", "=", p.poolKey).where("id", "=", p.id),
    ),
    count: prepared((p: Slots<{ poolKey: number }>) =>
      db
        .selectFrom("terms")
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .where("pool_key", "=", p.poolKey),
    ),
    list: prepared((p: Slots<{ poolKey: number; afterId: string; limit: number }>) =>
      db
        .selectFrom("terms")
        .selectAll()
        .where("pool_key", "=", p.poolKey)
        .where("id", ">", p.afterId)
        .orderBy("id")
        .limit(p.limit),
    ),
  };
}

const toTerms = (row: TermsTable): Terms => ({
  poolKey: row.pool_key as PoolKey,
  id: row.id,
  clientKey: row.client_key,
  clientId: row.client_id,
  name: row.name,
  source: row.source as Terms["source"],
  enforcement: row.enforcement as Terms["enforcement"],
  links: fromJson(row.links),
  createdAt: row.created_at as Instant,
  modifiedAt: row.modified_at as Instant,
});

const toRow = (terms: Terms): TermsTable => ({
  pool_key: terms.poolKey,
  id: terms.id,
  client_key: terms.clientKey,
  client_id: terms.clientId,
  name: terms.name,
  source: terms.source,
  enforcement: terms.enforcement,
  links: JSON.stringify(terms.links),
  created_at: terms.createdAt,
  modified_at: terms.modifiedAt,
});

export class TermsRepository implements TermsDocuments {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof termsStatements>;

  constructor(session: Session, statements: ReturnType<typeof termsStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async insert(terms: Terms): Promise<boolean> {
    return (await this.#session.write(this.#statements.insert(toRow(terms)))).changed > 0;
  }

  async find(poolKey: PoolKey, id: string): Promise<Terms | null> {
    const row = await first(this.#session.read(this.#statements.find({ poolKey, id })));
    return row && toTerms(row);
  }

  async ofClient(clientKey: number, name: string): Promise<Terms | null> {
    const row = await first(this.#session.read(this.#statements.ofClient({ clientKey, name })));
    return row && toTerms(row);
  }

  async save(terms: Terms): Promise<void> {
    await this.#session.write(this.#statements.save(toRow(terms)));
  }

  async remove(poolKey: PoolKey, id: string): Promise<boolean> {
    return (await this.#session.write(this.#statements.remove({ poolKey, id }))).changed > 0;
  }

  async count(poolKey: PoolKey): Promise<number> {
    return (await first(this.#session.read(this.#statements.count({ poolKey }))))?.count ?? 0;
  }

  async list(poolKey: PoolKey, page: { afterId: string | null; limit: number }): Promise<Terms[]> {
    const rows = await this.#session.read(
      this.#statements.list({ poolKey, afterId: page.afterId ?? "", limit: page.limit }),
    );
    return rows.map(toTerms);
  }
}
