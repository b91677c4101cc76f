import type { Passwords, StoredPassword, UserKey } from "../../domain/users/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, preparedGroups, type QueryBuilder, type Slots } from "../query.ts";
import type { UserPasswordTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

export function passwordStatements({ db, dialect }: QueryBuilder) {
  return {
    find: prepared((p: Slots<{ userKey: number }>) =>
      db.selectFrom("user_password").selectAll().where("user_key", "=", p.userKey),
    ),
    put: prepared((p: Slots<UserPasswordTable>) =>
      db
        .insertInto("user_password")
        .values({
          user_key: p.user_key,
          sealed: p.sealed,
          set_at: p.set_at,
          temporary_until: p.temporary_until,
        })
        .onConflict((conflict) =>
          conflict.column("user_key").doUpdateSet((eb) => ({
            sealed: eb.ref("excluded.sealed"),
            set_at: eb.ref("excluded.set_at"),
            temporary_until: eb.ref("excluded.temporary_until"),
          })),
        ),
    ),
    insertGroup: preparedGroups<UserPasswordTable, never>((rows) =>
      db.insertInto("user_password").values(
        rows.map((p) => ({
          user_key: p.user_key,
          sealed: p.sealed,
          set_at: p.set_at,
          temporary_until: p.temporary_until,
        })),
      ),
    ),
    remove: prepared((p: Slots<{ userKey: number }>) =>
      db.deleteFrom("user_password").where("user_key", "=", p.userKey),
    ),
    history: prepared((p: Slots<{ userKey: number; limit: number }>) =>
      db
        .selectFrom("password_history")
        .selectAll()
        .where("user_key", "=", p.userKey)
        .orderBy("ordinal", "desc")
        .limit(p.limit),
    ),
    lockUser: prepared((p: Slots<{ userKey: number }>) =>
      db
        .selectFrom("user_account")
        .select("key")
        .where("key", "=", p.userKey)
        .$if(dialect === "postgres", (select) => select.forUpdate()),
    ),
    newest: prepared((p: Slots<{ userKey: number }>) =>
      db
        .selectFrom("password_history")
        .select("ordinal")
        .where("user_key", "=", p.userKey)
        .orderBy("ordinal", "desc")
        .limit(1),
    ),
    remember: prepared((p: Slots<UserPasswordTable & { ordinal: number }>) =>
      db.insertInto("password_history").values({
        user_key: p.user_key,
        ordinal: p.ordinal,
        sealed: p.sealed,
        set_at: p.set_at,
        temporary_until: p.temporary_until,
      }),
    ),
    forget: prepared((p: Slots<{ userKey: number; upTo: number }>) =>
      db.deleteFrom("password_history").where("user_key", "=", p.userKey).where("ordinal", "<=", p.upTo),
    ),
  };
}

const toPassword = (row: Omit<UserPasswordTable, "user_key">): StoredPassword => ({
  sealed: row.sealed,
  setAt: row.set_at as Instant,
  temporaryUntil: row.temporary_until as Instant | null,
});

const toRow = (key: UserKey, password: StoredPassword): UserPasswordTable => ({
  user_key: key,
  sealed: password.sealed,
  set_at: password.setAt,
  temporary_until: password.temporaryUntil,
});

export class PasswordRepository implements Passwords {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof passwordStatements>;

  constructor(session: Session, statements: ReturnType<typeof passwordStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async find(key: UserKey): Promise<StoredPassword | null> {
    const row = await first(this.#session.read(this.#statements.find({ userKey: key })));
    return row && toPassword(row);
  }

  async put(key: UserKey, password: StoredPassword): Promise<void> {
    await this.#session.write(this.#statements.put(toRow(key, password)));
  }

  async insertAll(passwords: readonly (StoredPassword & { readonly userKey: UserKey })[]): Promise<void> {
    const rows = passwords.map(({ userKey, ...password }) => toRow(userKey, password));
    await this.#session.atomically(async (session) => {
      for (const group of this.#statements.insertGroup(rows)) await session.write(group);
    });
  }

  async remove(key: UserKey): Promise<void> {
    await this.#session.write(this.#statements.remove({ userKey: key }));
  }

  async history(key: UserKey, limit: number): Promise<StoredPassword[]> {
    return (await this.#session.read(this.#statements.history({ userKey: key, limit }))).map(toPassword);
  }

  async remember(key: UserKey, password: StoredPassword, keep: number): Promise<void> {
    const { lockUser, newest, remember, forget } = this.#statements;
    await this.#session.atomically(async (session) => {
      // The user's row orders the ordinals.
      await session.read(lockUser({ userKey: key }));
      const ordinal = ((await first(session.read(newest({ userKey: key }))))?.ordinal ?? 0) + 1;
      if (keep > 0) await session.write(remember({ ...toRow(key, password), ordinal }));
      await session.write(forget({ userKey: key, upTo: ordinal - keep }));
    });
  }
}
