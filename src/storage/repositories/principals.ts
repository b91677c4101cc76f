import type {
  AccessKey,
  NamedPolicy,
  PrincipalKey,
  PrincipalKind,
  Principals,
  StoredPrincipal,
} from "../../domain/iam/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { AccessKeyTable, PrincipalTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

export function principalStatements({ db, dialect }: QueryBuilder) {
  const byName = (p: Slots<{ accountId: string; kind: string; name: string }>) =>
    db
      .selectFrom("principal")
      .selectAll()
      .where("account_id", "=", p.accountId)
      .where("kind", "=", p.kind)
      .where("name", "=", p.name);
  return {
    insert: prepared((p: Slots<PrincipalTable>) =>
      db
        .insertInto("principal")
        .values({
          key: p.key,
          account_id: p.account_id,
          kind: p.kind,
          name: p.name,
          unique_id: p.unique_id,
          policies: p.policies,
          trust_policy: p.trust_policy,
          max_session_seconds: p.max_session_seconds,
          created_at: p.created_at,
          modified_at: p.modified_at,
        })
        .onConflict((conflict) => conflict.columns(["account_id", "kind", "name"]).doNothing()),
    ),
    byKey: prepared((p: Slots<{ key: number }>) =>
      db.selectFrom("principal").selectAll().where("key", "=", p.key),
    ),
    byName: prepared(byName),
    lock: prepared((p: Slots<{ accountId: string; kind: string; name: string }>) =>
      byName(p).$if(dialect === "postgres", (select) => select.forUpdate()),
    ),
    save: prepared(
      (
        p: Slots<
          Pick<PrincipalTable, "key" | "policies" | "trust_policy" | "max_session_seconds" | "modified_at">
        >,
      ) =>
        db
          .updateTable("principal")
          .set({
            policies: p.policies,
            trust_policy: p.trust_policy,
            max_session_seconds: p.max_session_seconds,
            modified_at: p.modified_at,
          })
          .where("key", "=", p.key),
    ),
    remove: prepared((p: Slots<{ key: number }>) => db.deleteFrom("principal").where("key", "=", p.key)),
    list: prepared((p: Slots<{ afterKey: number; limit: number }>) =>
      db.selectFrom("principal").selectAll().where("key", ">", p.afterKey).orderBy("key").limit(p.limit),
    ),
    insertAccessKey: prepared((p: Slots<AccessKeyTable>) =>
      db.insertInto("access_key").values({
        id: p.id,
        principal_key: p.principal_key,
        sealed_secret: p.sealed_secret,
        created_at: p.created_at,
      }),
    ),
    byAccessKey: prepared((p: Slots<{ id: string }>) =>
      db
        .selectFrom("access_key")
        .innerJoin("principal", "principal.key", "access_key.principal_key")
        .selectAll("principal")
        .select([
          "access_key.id as access_key_id",
          "access_key.sealed_secret as sealed_secret",
          "access_key.created_at as access_key_created_at",
        ])
        .where("access_key.id", "=", p.id),
    ),
    removeAccessKey: prepared((p: Slots<{ id: string }>) =>
      db.deleteFrom("access_key").where("id", "=", p.id).returning("id"),
    ),
    accessKeysOf: prepared((p: Slots<{ key: number }>) =>
      db
        .selectFrom("access_key")
        .selectAll()
        .where("principal_key", "=", p.key)
        .orderBy("created_at")
        .orderBy("id"),
    ),
  };
}

const toPrincipal = (row: PrincipalTable): StoredPrincipal => ({
  key: row.key as PrincipalKey,
  accountId: row.account_id,
  kind: row.kind as PrincipalKind,
  name: row.name,
  uniqueId: row.unique_id,
  policies: JSON.parse(row.policies) as NamedPolicy[],
  trustPolicy: row.trust_policy,
  maxSessionSeconds: row.max_session_seconds,
  createdAt: row.created_at as Instant,
  modifiedAt: row.modified_at as Instant,
});

const toRow = (principal: StoredPrincipal): PrincipalTable => ({
  key: principal.key,
  account_id: principal.accountId,
  kind: principal.kind,
  name: principal.name,
  unique_id: principal.uniqueId,
  policies: JSON.stringify(principal.policies),
  trust_policy: principal.trustPolicy,
  max_session_seconds: principal.maxSessionSeconds,
  created_at: principal.createdAt,
  modified_at: principal.modifiedAt,
});

export class PrincipalRepository implements Principals {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof principalStatements>;

  constructor(session: Session, statements: ReturnType<typeof principalStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async insert(principal: StoredPrincipal): Promise<boolean> {
    return (await this.#session.write(this.#statements.insert(toRow(principal)))).changed > 0;
  }

  async byKey(key: PrincipalKey): Promise<StoredPrincipal | null> {
    const row = await first(this.#session.read(this.#statements.byKey({ key })));
    return row && toPrincipal(row);
  }

  async byName(accountId: string, kind: PrincipalKind, name: string): Promise<StoredPrincipal | null> {
    const row = await first(this.#session.read(this.#statements.byName({ accountId, kind, name })));
    return row && toPrincipal(row);
  }

  async lock(accountId: string, kind: PrincipalKind, name: string): Promise<StoredPrincipal | null> {
    const row = await first(this.#session.read(this.#statements.lock({ accountId, kind, name })));
    return row && toPrincipal(row);
  }

  async save(principal: StoredPrincipal): Promise<void> {
    await this.#session.write(this.#statements.save(toRow(principal)));
  }

  async remove(key: PrincipalKey): Promise<boolean> {
    return (await this.#session.write(this.#statements.remove({ key }))).changed > 0;
  }

  async list(page: { afterKey: PrincipalKey | null; limit: number }): Promise<StoredPrincipal[]> {
    const rows = await this.#session.read(
      this.#statements.list({ afterKey: page.afterKey ?? -1, limit: page.limit }),
    );
    return rows.map(toPrincipal);
  }

  async insertAccessKey(accessKey: AccessKey): Promise<void> {
    await this.#session.write(
      this.#statements.insertAccessKey({
        id: accessKey.id,
        principal_key: accessKey.principalKey,
        sealed_secret: accessKey.sealedSecret,
        created_at: accessKey.createdAt,
      }),
    );
  }

  async byAccessKey(id: string): Promise<{ accessKey: AccessKey; principal: StoredPrincipal } | null> {
    const row = await first(this.#session.read(this.#statements.byAccessKey({ id })));
    return (
      row && {
        accessKey: {
          id: row.access_key_id,
          principalKey: row.key as PrincipalKey,
          sealedSecret: row.sealed_secret,
          createdAt: row.access_key_created_at as Instant,
        },
        principal: toPrincipal(row),
      }
    );
  }

  async removeAccessKey(id: string): Promise<boolean> {
    return (await this.#session.write(this.#statements.removeAccessKey({ id }))).rows.length > 0;
  }

  async accessKeysOf(key: PrincipalKey): Promise<AccessKey[]> {
    const rows = await this.#session.read(this.#statements.accessKeysOf({ key }));
    return rows.map((row) => ({
      id: row.id,
      principalKey: row.principal_key as PrincipalKey,
      sealedSecret: row.sealed_secret,
      createdAt: row.created_at as Instant,
    }));
  }
}
