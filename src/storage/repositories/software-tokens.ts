import type { SoftwareToken, SoftwareTokens } from "../../domain/authentication/index.ts";
import type { UserKey } from "../../domain/users/index.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { SoftwareTokenTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

export function softwareTokenStatements({ db }: QueryBuilder) {
  return {
    find: prepared((p: Slots<{ userKey: number }>) =>
      db.selectFrom("software_token").selectAll().where("user_key", "=", p.userKey),
    ),
    put: prepared((p: Slots<SoftwareTokenTable>) =>
      db
        .insertInto("software_token")
        .values({
          user_key: p.user_key,
          sealed_secret: p.sealed_secret,
          sealed_pending: p.sealed_pending,
          friendly_name: p.friendly_name,
          last_step: p.last_step,
        })
        .onConflict((conflict) =>
          conflict.column("user_key").doUpdateSet((eb) => ({
            sealed_secret: eb.ref("excluded.sealed_secret"),
            sealed_pending: eb.ref("excluded.sealed_pending"),
            friendly_name: eb.ref("excluded.friendly_name"),
            last_step: eb.ref("excluded.last_step"),
          })),
        ),
    ),
    /** Moves the step forward for whoever is first, and for nobody after. */
    useStep: prepared((p: Slots<{ userKey: number; step: number; earlierThan: number }>) =>
      db
        .updateTable("software_token")
        .set({ last_step: p.step })
        .where("user_key", "=", p.userKey)
        .where("last_step", "<", p.earlierThan)
        .returning("user_key"),
    ),
    remove: prepared((p: Slots<{ userKey: number }>) =>
      db.deleteFrom("software_token").where("user_key", "=", p.userKey),
    ),
  };
}

export class SoftwareTokenRepository implements SoftwareTokens {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof softwareTokenStatements>;

  constructor(session: Session, statements: ReturnType<typeof softwareTokenStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async find(userKey: UserKey): Promise<SoftwareToken | null> {
    const row = await first(this.#session.read(this.#statements.find({ userKey })));
    return (
      row && {
        userKey: row.user_key as UserKey,
        sealedSecret: row.sealed_secret,
        sealedPending: row.sealed_pending,
        friendlyName: row.friendly_name,
        lastStep: row.last_step,
      }
    );
  }

  async put(token: SoftwareToken): Promise<void> {
    await this.#session.write(
      this.#statements.put({
        user_key: token.userKey,
        sealed_secret: token.sealedSecret,
        sealed_pending: token.sealedPending,
        friendly_name: token.friendlyName,
        last_step: token.lastStep,
      }),
    );
  }

  async useStep(userKey: UserKey, step: number): Promise<boolean> {
    const { rows } = await this.#session.write(
      this.#statements.useStep({ userKey, step, earlierThan: step }),
    );
    return rows.length === 1;
  }

  async remove(userKey: UserKey): Promise<void> {
    await this.#session.write(this.#statements.remove({ userKey }));
  }
}
