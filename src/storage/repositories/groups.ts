import type { Group, Groups } from "../../domain/groups/index.ts";
import type { PoolKey } from "../../domain/user-pools/index.ts";
import type { User, UserKey } from "../../domain/users/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { UserGroupTable } from "../schema.ts";
import { first, type Session } from "../session.ts";
import { compareText } from "../text.ts";
import { toUser, USER_COLUMNS } from "./users.ts";

export function groupStatements({ db, dialect }: QueryBuilder) {
  const byName = (p: Slots<{ poolKey: number; name: string }>) =>
    db.selectFrom("user_group").selectAll().where("pool_key", "=", p.poolKey).where("name", "=", p.name);
  return {
    insert: prepared((p: Slots<UserGroupTable>) =>
      db
        .insertInto("user_group")
        .values({
          pool_key: p.pool_key,
          name: p.name,
          description: p.description,
          role_arn: p.role_arn,
          precedence: p.precedence,
          created_at: p.created_at,
          modified_at: p.modified_at,
        })
        .onConflict((conflict) => conflict.columns(["pool_key", "name"]).doNothing()),
    ),
    find: prepared(byName),
    lock: prepared((p: Slots<{ poolKey: number; name: string }>) =>
      byName(p).$if(dialect === "postgres", (select) => select.forUpdate()),
    ),
    save: prepared((p: Slots<Omit<UserGroupTable, "created_at">>) =>
      db
        .updateTable("user_group")
        .set({
          description: p.description,
          role_arn: p.role_arn,
          precedence: p.precedence,
          modified_at: p.modified_at,
        })
        .where("pool_key", "=", p.pool_key)
        .where("name", "=", p.name),
    ),
    remove: prepared((p: Slots<{ poolKey: number; name: string }>) =>
      db.deleteFrom("user_group").where("pool_key", "=", p.poolKey).where("name", "=", p.name),
    ),
    list: prepared((p: Slots<{ poolKey: number; afterName: string; limit: number }>) =>
      db
        .selectFrom("user_group")
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
            .selectFrom("user_group")
            .select("name")
            .where("pool_key", "=", p.poolKey)
            .limit(p.cap)
            .as("counted"),
        )
        .select((eb) => eb.fn.countAll<number>().as("count")),
    ),
    /** Adds what exists: nothing when the group or the user is gone. */
    addMember: prepared((p: Slots<{ poolKey: number; name: string; userKey: number; at: number }>) =>
      db
        .insertInto("group_member")
        .columns(["pool_key", "group_name", "user_key", "added_at"])
        .expression(
          db
            .selectFrom("user_group")
            .innerJoin("user_account", "user_account.pool_key", "user_group.pool_key")
            .select((eb) => [
              "user_group.pool_key",
              "user_group.name",
              "user_account.key",
              eb.cast<number>(p.at, "bigint").as("added_at"),
            ])
            .where("user_group.pool_key", "=", p.poolKey)
            .where("user_group.name", "=", p.name)
            .where("user_account.key", "=", p.userKey),
        )
        .onConflict((conflict) => conflict.columns(["pool_key", "group_name", "user_key"]).doNothing()),
    ),
    removeMember: prepared((p: Slots<{ poolKey: number; name: string; userKey: number }>) =>
      db
        .deleteFrom("group_member")
        .where("pool_key", "=", p.poolKey)
        .where("group_name", "=", p.name)
        .where("user_key", "=", p.userKey),
    ),
    ofUser: prepared((p: Slots<{ userKey: number }>) =>
      db
        .selectFrom("group_member")
        .innerJoin("user_group", (join) =>
          join
            .onRef("user_group.pool_key", "=", "group_member.pool_key")
            .onRef("user_group.name", "=", "group_member.group_name"),
        )
        .selectAll("user_group")
        .where("group_member.user_key", "=", p.userKey),
    ),
    members: prepared((p: Slots<{ poolKey: number; name: string; afterKey: number; limit: number }>) =>
      db
        .selectFrom((eb) =>
          eb
            .selectFrom("group_member")
            .select("user_key")
            .where("pool_key", "=", p.poolKey)
            .where("group_name", "=", p.name)
            .where("user_key", ">", p.afterKey)
            // No other index of these rows has the order of the primary key: the page is cut off before users are looked up.
            .orderBy("user_key")
            .limit(p.limit)
            .as("page"),
        )
        .innerJoin("user_account", "user_account.key", "page.user_key")
        .select(USER_COLUMNS)
        .orderBy("page.user_key"),
    ),
  };
}

const toGroup = (row: UserGroupTable): Group => ({
  poolKey: row.pool_key as PoolKey,
  name: row.name,
  description: row.description,
  roleArn: row.role_arn,
  precedence: row.precedence,
  createdAt: row.created_at as Instant,
  modifiedAt: row.modified_at as Instant,
});

const toRow = (group: Group): UserGroupTable => ({
  pool_key: group.poolKey,
  name: group.name,
  description: group.description,
  role_arn: group.roleArn,
  precedence: group.precedence,
  created_at: group.createdAt,
  modified_at: group.modifiedAt,
});

/** A user has few groups: sorting them here spares the database a sort at each sign-in. */
function byPrecedence(a: Group, b: Group): number {
  const [first, second] = [
    a.precedence ?? Number.POSITIVE_INFINITY,
    b.precedence ?? Number.POSITIVE_INFINITY,
  ];
  return first === second ? compareText(a.name, b.name) : first - second;
}

export class GroupRepository implements Groups {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof groupStatements>;

  constructor(session: Session, statements: ReturnType<typeof groupStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async insert(group: Group): Promise<boolean> {
    return (await this.#session.write(this.#statements.insert(toRow(group)))).changed > 0;
  }

  async find(poolKey: PoolKey, name: string): Promise<Group | null> {
    const row = await first(this.#session.read(this.#statements.find({ poolKey, name })));
    return row && toGroup(row);
  }

  async lock(poolKey: PoolKey, name: string): Promise<Group | null> {
    const row = await first(this.#session.read(this.#statements.lock({ poolKey, name })));
    return row && toGroup(row);
  }

  async save(group: Group): Promise<void> {
    await this.#session.write(this.#statements.save(toRow(group)));
  }

  async remove(poolKey: PoolKey, name: string): Promise<boolean> {
    return (await this.#session.write(this.#statements.remove({ poolKey, name }), "long")).changed > 0;
  }

  async list(poolKey: PoolKey, page: { afterName: string | null; limit: number }): Promise<Group[]> {
    const rows = await this.#session.read(
      this.#statements.list({ poolKey, afterName: page.afterName ?? "", limit: page.limit }),
    );
    return rows.map(toGroup);
  }

  async count(poolKey: PoolKey, cap: number): Promise<number> {
    return (await first(this.#session.read(this.#statements.count({ poolKey, cap }))))?.count ?? 0;
  }

  async addMember(poolKey: PoolKey, name: string, user: UserKey, at: Instant): Promise<void> {
    await this.#session.write(this.#statements.addMember({ poolKey, name, userKey: user, at }));
  }

  async removeMember(poolKey: PoolKey, name: string, user: UserKey): Promise<void> {
    await this.#session.write(this.#statements.removeMember({ poolKey, name, userKey: user }));
  }

  async ofUser(user: UserKey): Promise<Group[]> {
    const rows = await this.#session.read(this.#statements.ofUser({ userKey: user }));
    return rows.map(toGroup).sort(byPrecedence);
  }

  async members(
    poolKey: PoolKey,
    name: string,
    page: { afterKey: UserKey | null; limit: number },
  ): Promise<User[]> {
    const rows = await this.#session.read(
      this.#statements.members({ poolKey, name, afterKey: page.afterKey ?? -1, limit: page.limit }),
    );
    return rows.map(toUser);
  }
}
