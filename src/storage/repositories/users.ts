import type { OrderByItemBuilder } from "kysely";
import type { PoolKey } from "../../domain/user-pools/index.ts";
import {
  type Alias,
  type AliasName,
  ENABLED_FIELD,
  type InsertUserResult,
  type User,
  type UserKey,
  type UserQuery,
  type Users,
  type UserToInsert,
} from "../../domain/users/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { fromJson } from "../json.ts";
import { prepared, preparedGroups, type Query, type QueryBuilder, query, type Slots } from "../query.ts";
import type { UserAccountTable, UserAliasTable } from "../schema.ts";
import { first, type Session } from "../session.ts";
import { lookupKey, searched, successor } from "../text.ts";

/** The attributes with a search column, in lower case there. */
const SEARCHED_ATTRIBUTES = [
  "email",
  "phone_number",
  "name",
  "given_name",
  "family_name",
  "preferred_username",
] as const satisfies readonly (keyof UserAccountTable)[];

const USER_FIELDS = [
  "key",
  "pool_key",
  "sub",
  "username",
  "status",
  "enabled",
  "attributes",
  "mfa",
  "created_at",
  "modified_at",
] as const satisfies readonly (keyof UserAccountTable)[];

export type UserRow = Pick<UserAccountTable, (typeof USER_FIELDS)[number]>;

/** What makes a User, without the columns that are there only to be searched: each column of a list's sixty rows costs. */
export const USER_COLUMNS = USER_FIELDS.map((field) => `user_account.${field}` as const);

type SearchColumns = Pick<UserAccountTable, (typeof SEARCHED_ATTRIBUTES)[number]>;
type ChangingColumns = SearchColumns &
  Pick<UserAccountTable, "key" | "status" | "enabled" | "attributes" | "mfa" | "modified_at">;

export function userStatements({ db, dialect }: QueryBuilder) {
  const insertUsers = (rows: readonly Slots<UserAccountTable>[]) =>
    db
      .insertInto("user_account")
      .values(
        rows.map((p) => ({
          key: p.key,
          pool_key: p.pool_key,
          sub: p.sub,
          username: p.username,
          username_key: p.username_key,
          status: p.status,
          enabled: p.enabled,
          attributes: p.attributes,
          mfa: p.mfa,
          created_at: p.created_at,
          modified_at: p.modified_at,
          email: p.email,
          phone_number: p.phone_number,
          name: p.name,
          given_name: p.given_name,
          family_name: p.family_name,
          preferred_username: p.preferred_username,
        })),
      )
      // Only this conflict is an answer; two equal keys or subs are for the transaction to try again.
      .onConflict((conflict) => conflict.columns(["pool_key", "username_key"]).doNothing());
  return {
    db,
    byKey: prepared((p: Slots<{ key: number }>) =>
      db.selectFrom("user_account").select(USER_COLUMNS).where("key", "=", p.key),
    ),
    lock: prepared((p: Slots<{ key: number }>) =>
      db
        .selectFrom("user_account")
        .select(USER_COLUMNS)
        .where("key", "=", p.key)
        .$if(dialect === "postgres", (select) => select.forUpdate()),
    ),
    byUsername: prepared((p: Slots<{ poolKey: number; usernameKey: string }>) =>
      db
        .selectFrom("user_account")
        .select(USER_COLUMNS)
        .where("pool_key", "=", p.poolKey)
        .where("username_key", "=", p.usernameKey),
    ),
    bySub: prepared((p: Slots<{ poolKey: number; sub: string }>) =>
      db
        .selectFrom("user_account")
        .select(USER_COLUMNS)
        .where("pool_key", "=", p.poolKey)
        .where("sub", "=", p.sub),
    ),
    byAlias: prepared((p: Slots<{ poolKey: number; name: string; valueKey: string }>) =>
      db
        .selectFrom("user_alias")
        .innerJoin("user_account", "user_account.key", "user_alias.user_key")
        .select(USER_COLUMNS)
        .where("user_alias.pool_key", "=", p.poolKey)
        .where("user_alias.name", "=", p.name)
        .where("user_alias.value_key", "=", p.valueKey),
    ),
    insert: prepared((p: Slots<UserAccountTable>) => insertUsers([p])),
    insertGroup: preparedGroups<UserAccountTable, { key: number }>((rows) =>
      insertUsers(rows).returning("key"),
    ),
    claimGroup: preparedGroups<UserAliasTable, never>((rows) =>
      db
        .insertInto("user_alias")
        .values(
          rows.map((p) => ({
            pool_key: p.pool_key,
            name: p.name,
            value_key: p.value_key,
            user_key: p.user_key,
          })),
        )
        .onConflict((conflict) => conflict.columns(["pool_key", "name", "value_key"]).doNothing()),
    ),
    save: prepared((p: Slots<ChangingColumns>) =>
      db
        .updateTable("user_account")
        .set({
          status: p.status,
          enabled: p.enabled,
          attributes: p.attributes,
          mfa: p.mfa,
          modified_at: p.modified_at,
          email: p.email,
          phone_number: p.phone_number,
          name: p.name,
          given_name: p.given_name,
          family_name: p.family_name,
          preferred_username: p.preferred_username,
        })
        .where("key", "=", p.key),
    ),
    /** One statement decides who has the alias: it gives back a row to its holder and to nobody else. */
    claimAlias: prepared((p: Slots<{ poolKey: number; name: string; valueKey: string; userKey: number }>) =>
      db
        .insertInto("user_alias")
        .values({ pool_key: p.poolKey, name: p.name, value_key: p.valueKey, user_key: p.userKey })
        .onConflict((conflict) =>
          conflict
            .columns(["pool_key", "name", "value_key"])
            .doUpdateSet((eb) => ({ user_key: eb.ref("excluded.user_key") }))
            .whereRef("user_alias.user_key", "=", "excluded.user_key"),
        )
        .returning("user_key"),
    ),
    releaseOtherValues: prepared((p: Slots<{ userKey: number; name: string; valueKey: string }>) =>
      db
        .deleteFrom("user_alias")
        .where("user_key", "=", p.userKey)
        .where("name", "=", p.name)
        .where("value_key", "<>", p.valueKey),
    ),
    releaseAlias: prepared((p: Slots<{ userKey: number; name: string }>) =>
      db.deleteFrom("user_alias").where("user_key", "=", p.userKey).where("name", "=", p.name),
    ),
    remove: prepared((p: Slots<{ key: number }>) => db.deleteFrom("user_account").where("key", "=", p.key)),
    count: prepared((p: Slots<{ poolKey: number; cap: number }>) =>
      db
        .selectFrom(
          db
            .selectFrom("user_account")
            .select("key")
            .where("pool_key", "=", p.poolKey)
            .limit(p.cap)
            .as("counted"),
        )
        .select((eb) => eb.fn.countAll<number>().as("count")),
    ),
  };
}

/** By row key, in the order that the indexes of lists have and the primary key's has not: see migration 0016. */
export const inListOrder = (order: OrderByItemBuilder) => order.asc().nullsFirst();

/** Stands in a range of its own with one user at most, so that it alone is the order. */
const UNIQUE_FIELD = "sub";

/**
 * The ranges of one index each that a page of ListUsers is taken from, in this order, until it is full. A later page of a prefix
 * search has two: the rest of the users who share the last value, then the values after it. One comparison of (value, key) would
 * say the same, but SQLite would walk through all who share the value.
 */
export function userRanges(
  { db }: Pick<QueryBuilder, "db">,
  { poolKey, condition, after, limit }: UserQuery,
): Query<UserRow>[] {
  const users = db
    .selectFrom("user_account")
    .select(USER_COLUMNS)
    .where("pool_key", "=", poolKey)
    .limit(limit);
  const afterKey = after?.key ?? -1;
  if (!condition) return [query(users.where("key", ">", afterKey).orderBy("key", inListOrder))];
  const { field, comparison } = condition;
  const sharing = (value: string) =>
    query(users.where(field, "=", searched(value)).where("key", ">", afterKey).orderBy("key", inListOrder));
  if (comparison === "equals") return [sharing(condition.value)];
  const prefix = searched(condition.value);
  const end = successor(prefix);
  const ordered = users
    .$if(end !== null, (rest) => rest.where(field, "<", end))
    .orderBy(field)
    .$if(field !== UNIQUE_FIELD, (rest) => rest.orderBy("key", inListOrder));
  if (!after) return [query(ordered.where(field, ">=", prefix))];
  const later = query(ordered.where(field, ">", searched(after.value)));
  return field === UNIQUE_FIELD ? [later] : [sharing(after.value), later];
}

export function toUser(row: UserRow): User {
  return {
    key: row.key as UserKey,
    poolKey: row.pool_key as PoolKey,
    sub: row.sub,
    username: row.username,
    status: row.status as User["status"],
    enabled: row.enabled === ENABLED_FIELD.Enabled,
    attributes: fromJson(row.attributes),
    mfa: fromJson(row.mfa),
    createdAt: row.created_at as Instant,
    modifiedAt: row.modified_at as Instant,
  };
}

function searchColumns(attributes: User["attributes"]): SearchColumns {
  const column = (name: (typeof SEARCHED_ATTRIBUTES)[number]): string | null => {
    const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    return value === undefined ? null : searched(value.toLowerCase());
  };
  return {
    email: column("email"),
    phone_number: column("phone_number"),
    name: column("name"),
    given_name: column("given_name"),
    family_name: column("family_name"),
    preferred_username: column("preferred_username"),
  };
}

const changingColumns = (user: User): ChangingColumns => ({
  key: user.key,
  status: user.status,
  enabled: user.enabled ? ENABLED_FIELD.Enabled : ENABLED_FIELD.Disabled,
  attributes: JSON.stringify(user.attributes),
  mfa: JSON.stringify(user.mfa),
  modified_at: user.modifiedAt,
  ...searchColumns(user.attributes),
});

const newRow = (user: User, usernameKey: string): UserAccountTable => ({
  ...changingColumns(user),
  pool_key: user.poolKey,
  sub: user.sub,
  username: user.username,
  username_key: lookupKey(usernameKey),
  created_at: user.createdAt,
});

const aliasRow = (user: User, alias: Alias): UserAliasTable => ({
  pool_key: user.poolKey,
  name: alias.name,
  value_key: lookupKey(alias.valueKey),
  user_key: user.key,
});

export class UserRepository implements Users {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof userStatements>;

  constructor(session: Session, statements: ReturnType<typeof userStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async insert(user: User, usernameKey: string, aliases: readonly Alias[]): Promise<InsertUserResult> {
    return await this.#session.atomically(async (session) => {
      const { changed } = await session.write(this.#statements.insert(newRow(user, usernameKey)));
      if (changed === 0) return "username-exists";
      for (const alias of aliases) {
        if (await this.#claim(session, user.poolKey, user.key, alias)) continue;
        // Takes the row and the aliases claimed so far with it.
        await session.write(this.#statements.remove({ key: user.key }));
        return { aliasTaken: alias.name };
      }
      return "inserted";
    });
  }

  async insertAll(users: readonly UserToInsert[]): Promise<ReadonlySet<UserKey> | null> {
    const { insertGroup, claimGroup, remove } = this.#statements;
    return await this.#session.atomically(async (session) => {
      const added = new Set<UserKey>();
      for (const group of insertGroup(users.map(({ user, usernameKey }) => newRow(user, usernameKey))))
        for (const { key } of (await session.write(group)).rows) added.add(key as UserKey);
      const aliases = users
        .filter(({ user }) => added.has(user.key))
        .flatMap(({ user, aliases }) => aliases.map((alias) => aliasRow(user, alias)));
      let claimed = 0;
      for (const group of claimGroup(aliases)) claimed += (await session.write(group)).changed;
      if (claimed === aliases.length) return added;
      for (const key of added) await session.write(remove({ key }));
      return null;
    });
  }

  async byUsername(poolKey: PoolKey, usernameKey: string): Promise<User | null> {
    return await this.#one(this.#statements.byUsername({ poolKey, usernameKey: lookupKey(usernameKey) }));
  }

  async bySub(poolKey: PoolKey, sub: string): Promise<User | null> {
    return await this.#one(this.#statements.bySub({ poolKey, sub }));
  }

  async byAlias(poolKey: PoolKey, alias: Alias): Promise<User | null> {
    return await this.#one(
      this.#statements.byAlias({ poolKey, name: alias.name, valueKey: lookupKey(alias.valueKey) }),
    );
  }

  async byKey(key: UserKey): Promise<User | null> {
    return await this.#one(this.#statements.byKey({ key }));
  }

  async lock(key: UserKey): Promise<User | null> {
    return await this.#one(this.#statements.lock({ key }));
  }

  async save(user: User): Promise<void> {
    await this.#session.write(this.#statements.save(changingColumns(user)));
  }

  async claimAlias(poolKey: PoolKey, key: UserKey, alias: Alias): Promise<boolean> {
    return await this.#session.atomically(async (session) => {
      // Two claims of one user for different values take turns, so that it ends with one of them.
      await session.read(this.#statements.lock({ key }));
      if (!(await this.#claim(session, poolKey, key, alias))) return false;
      await session.write(
        this.#statements.releaseOtherValues({
          userKey: key,
          name: alias.name,
          valueKey: lookupKey(alias.valueKey),
        }),
      );
      return true;
    });
  }

  async releaseAlias(key: UserKey, name: AliasName): Promise<void> {
    await this.#session.write(this.#statements.releaseAlias({ userKey: key, name }));
  }

  async remove(key: UserKey): Promise<boolean> {
    return (await this.#session.write(this.#statements.remove({ key }))).changed > 0;
  }

  async list(request: UserQuery): Promise<User[]> {
    const users: User[] = [];
    for (const range of userRanges(this.#statements, request)) {
      const rows = await this.#session.read(range);
      users.push(...rows.slice(0, request.limit - users.length).map(toUser));
      if (users.length === request.limit) break;
    }
    return users;
  }

  async count(poolKey: PoolKey, cap: number): Promise<number> {
    return (await first(this.#session.read(this.#statements.count({ poolKey, cap }))))?.count ?? 0;
  }

  async #claim(session: Session, poolKey: PoolKey, userKey: UserKey, alias: Alias): Promise<boolean> {
    const { rows } = await session.write(
      this.#statements.claimAlias({
        poolKey,
        userKey,
        name: alias.name,
        valueKey: lookupKey(alias.valueKey),
      }),
    );
    return rows.length === 1;
  }

  async #one(statement: ReturnType<ReturnType<typeof userStatements>["byKey"]>): Promise<User | null> {
    const row = await first(this.#session.read(statement));
    return row && toUser(row);
  }
}
