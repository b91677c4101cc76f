import type { PoolKey } from "../../domain/user-pools/index.ts";
import type { LinkedIdentities, LinkedIdentity, ProviderSubject, UserKey } from "../../domain/users/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { LinkedIdentityTable } from "../schema.ts";
import { first, type Session } from "../session.ts";
import { lookupKey } from "../text.ts";

type SubjectColumns = Pick<
  LinkedIdentityTable,
  "pool_key" | "provider_name" | "attribute_name" | "value_key"
>;

export function linkedIdentityStatements({ db }: QueryBuilder) {
  return {
    insert: prepared((p: Slots<LinkedIdentityTable>) =>
      db
        .insertInto("linked_identity")
        .values({
          pool_key: p.pool_key,
          provider_name: p.provider_name,
          attribute_name: p.attribute_name,
          value_key: p.value_key,
          value: p.value,
          user_key: p.user_key,
          provider_type: p.provider_type,
          issuer: p.issuer,
          is_primary: p.is_primary,
          linked_at: p.linked_at,
        })
        .onConflict((conflict) =>
          conflict.columns(["pool_key", "provider_name", "attribute_name", "value_key"]).doNothing(),
        ),
    ),
    find: prepared((p: Slots<SubjectColumns>) =>
      db
        .selectFrom("linked_identity")
        .selectAll()
        .where("pool_key", "=", p.pool_key)
        .where("provider_name", "=", p.provider_name)
        .where("attribute_name", "=", p.attribute_name)
        .where("value_key", "=", p.value_key),
    ),
    ofUser: prepared((p: Slots<{ userKey: number }>) =>
      db
        .selectFrom("linked_identity")
        .selectAll()
        .where("user_key", "=", p.userKey)
        .orderBy("linked_at")
        .orderBy("provider_name")
        .orderBy("value_key"),
    ),
    remove: prepared((p: Slots<SubjectColumns>) =>
      db
        .deleteFrom("linked_identity")
        .where("pool_key", "=", p.pool_key)
        .where("provider_name", "=", p.provider_name)
        .where("attribute_name", "=", p.attribute_name)
        .where("value_key", "=", p.value_key),
    ),
  };
}

const subjectColumns = (poolKey: PoolKey, subject: ProviderSubject): SubjectColumns => ({
  pool_key: poolKey,
  provider_name: subject.providerName,
  attribute_name: subject.attributeName,
  value_key: lookupKey(subject.value),
});

const toIdentity = (row: LinkedIdentityTable): LinkedIdentity => ({
  poolKey: row.pool_key as PoolKey,
  userKey: row.user_key as UserKey,
  providerName: row.provider_name,
  attributeName: row.attribute_name,
  value: row.value,
  providerType: row.provider_type as LinkedIdentity["providerType"],
  issuer: row.issuer,
  primary: row.is_primary === 1,
  linkedAt: row.linked_at as Instant,
});

export class LinkedIdentityRepository implements LinkedIdentities {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof linkedIdentityStatements>;

  constructor(session: Session, statements: ReturnType<typeof linkedIdentityStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async insert(identity: LinkedIdentity): Promise<boolean> {
    const { changed } = await this.#session.write(
      this.#statements.insert({
        ...subjectColumns(identity.poolKey, identity),
        value: identity.value,
        user_key: identity.userKey,
        provider_type: identity.providerType,
        issuer: identity.issuer,
        is_primary: identity.primary ? 1 : 0,
        linked_at: identity.linkedAt,
      }),
    );
    return changed > 0;
  }

  async find(poolKey: PoolKey, subject: ProviderSubject): Promise<LinkedIdentity | null> {
    const row = await first(this.#session.read(this.#statements.find(subjectColumns(poolKey, subject))));
    return row && toIdentity(row);
  }

  async ofUser(userKey: UserKey): Promise<LinkedIdentity[]> {
    return (await this.#session.read(this.#statements.ofUser({ userKey }))).map(toIdentity);
  }

  async remove(poolKey: PoolKey, subject: ProviderSubject): Promise<boolean> {
    const { changed } = await this.#session.write(this.#statements.remove(subjectColumns(poolKey, subject)));
    return changed > 0;
  }
}
