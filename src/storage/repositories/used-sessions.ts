import type { UsedSessions } from "../../domain/authentication/ports.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import { first, type Session } from "../session.ts";

export function usedSessionStatements({ db }: QueryBuilder) {
  return {
    /** Gives back a row to whoever uses the session up, and to nobody after. */
    consume: prepared((p: Slots<{ nonce: string; expiresAt: number }>) =>
      db
        .insertInto("used_session")
        .values({ nonce: p.nonce, consumed: 1, wrong_answers: 0, expires_at: p.expiresAt })
        .onConflict((conflict) =>
          conflict.column("nonce").doUpdateSet({ consumed: 1 }).where("used_session.consumed", "=", 0),
        )
        .returning("nonce"),
    ),
    find: prepared((p: Slots<{ nonce: string }>) =>
      db
        .selectFrom("used_session")
        .select(["consumed", "wrong_answers", "expires_at"])
        .where("nonce", "=", p.nonce),
    ),
    countWrongAnswer: prepared((p: Slots<{ nonce: string; expiresAt: number }>) =>
      db
        .insertInto("used_session")
        .values({ nonce: p.nonce, consumed: 0, wrong_answers: 1, expires_at: p.expiresAt })
        .onConflict((conflict) =>
          conflict
            .column("nonce")
            .doUpdateSet((eb) => ({ wrong_answers: eb("used_session.wrong_answers", "+", 1) })),
        )
        .returning("wrong_answers"),
    ),
    renew: prepared((p: Slots<{ nonce: string; expiresAt: number }>) =>
      db
        .insertInto("used_session")
        .values({ nonce: p.nonce, consumed: 0, wrong_answers: 0, expires_at: p.expiresAt })
        .onConflict((conflict) =>
          conflict.column("nonce").doUpdateSet({ wrong_answers: 0, expires_at: p.expiresAt }),
        ),
    ),
  };
}

export class UsedSessionRepository implements UsedSessions {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof usedSessionStatements>;

  constructor(session: Session, statements: ReturnType<typeof usedSessionStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async consume(nonce: string, expiresAt: Instant): Promise<boolean> {
    return (await this.#session.write(this.#statements.consume({ nonce, expiresAt }))).rows.length === 1;
  }

  async find(nonce: string): Promise<{ consumed: boolean; wrongAnswers: number; expiresAt: Instant } | null> {
    const row = await first(this.#session.read(this.#statements.find({ nonce })));
    return (
      row && {
        consumed: row.consumed === 1,
        wrongAnswers: row.wrong_answers,
        expiresAt: row.expires_at as Instant,
      }
    );
  }

  async countWrongAnswer(nonce: string, expiresAt: Instant): Promise<number> {
    const { rows } = await this.#session.write(this.#statements.countWrongAnswer({ nonce, expiresAt }));
    return rows[0]?.wrong_answers ?? 0;
  }

  async renew(nonce: string, expiresAt: Instant): Promise<void> {
    await this.#session.write(this.#statements.renew({ nonce, expiresAt }));
  }
}
