import { type Expression, sql } from "kysely";
import {
  FAILURES_BEFORE_LOCK,
  FORGET_FAILURES_AFTER_MS,
  LONGEST_LOCK_MS,
  lockMs,
} from "../../domain/authentication/attempt-limits.ts";
import type { SignInAttempts } from "../../domain/authentication/ports.ts";
import type { PoolKey } from "../../domain/user-pools/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import { first, type Session } from "../session.ts";
import { lookupKey } from "../text.ts";

/** Where counting stops: the lock is the longest long before. */
const MOST_FAILURES_COUNTED = 1_000;

/** The schedule as SQL: `lockMs` of a number of failures, one branch for each number that has a lock of its own. */
function lockMsInSql(failures: Expression<number>) {
  const branches = [];
  for (let n = 1; n <= MOST_FAILURES_COUNTED; n++) {
    const lock = lockMs(n);
    if (lock === LONGEST_LOCK_MS) {
      branches.push(sql`when ${failures} >= ${sql.lit(n)} then ${sql.lit(lock)}`);
      break;
    }
    if (lock > 0) branches.push(sql`when ${failures} = ${sql.lit(n)} then ${sql.lit(lock)}`);
  }
  return sql<number>`case ${sql.join(branches, sql` `)} else 0 end`;
}

export function signInAttemptStatements({ db }: QueryBuilder) {
  return {
    /**
     * The whole decision in one statement: a row comes back when the attempt is counted, none when the subject is locked. Quiet
     * time counts from the end of the last lock, so that waiting out the longest lock does not by itself forget anything.
     * `excluded.locked_until` is the present time, since a first failure locks for no time.
     */
    reserve: prepared((p: Slots<{ poolKey: number; subject: string; now: number }>) =>
      db
        .insertInto("sign_in_attempt")
        .values({ pool_key: p.poolKey, subject: p.subject, failures: 1, locked_until: p.now })
        .onConflict((conflict) =>
          conflict
            .columns(["pool_key", "subject"])
            .doUpdateSet(() => {
              const now = sql.ref<number>("excluded.locked_until");
              const lockedUntil = sql.ref<number>("sign_in_attempt.locked_until");
              const failures = sql.ref<number>("sign_in_attempt.failures");
              const forgotten = sql<boolean>`${lockedUntil} <= ${now} - ${sql.lit(FORGET_FAILURES_AFTER_MS)}`;
              const next = sql<number>`case when ${forgotten} then 1 when ${failures} >= ${sql.lit(MOST_FAILURES_COUNTED)} then ${failures} else ${failures} + 1 end`;
              return { failures: next, locked_until: sql<number>`${now} + ${lockMsInSql(sql`(${next})`)}` };
            })
            // A subject below the first lock is never locked, even when another node's clock is a little ahead of this one's.
            .where(
              sql<boolean>`(sign_in_attempt.failures < ${sql.lit(FAILURES_BEFORE_LOCK)} or sign_in_attempt.locked_until <= excluded.locked_until)`,
            ),
        )
        .returning("failures"),
    ),
    /** `locked_until` says here how long the row is kept: nothing is locked by it. */
    countUpTo: prepared((p: Slots<{ poolKey: number; subject: string; most: number; until: number }>) =>
      db
        .insertInto("sign_in_attempt")
        .values({ pool_key: p.poolKey, subject: p.subject, failures: 1, locked_until: p.until })
        .onConflict((conflict) =>
          conflict
            .columns(["pool_key", "subject"])
            .doUpdateSet({
              failures: sql<number>`sign_in_attempt.failures + 1`,
              locked_until: sql<number>`excluded.locked_until`,
            })
            .where("sign_in_attempt.failures", "<", p.most),
        )
        .returning("failures"),
    ),
    /** One failure less, and the lock that it started is over. */
    refund: prepared((p: Slots<{ poolKey: number; subject: string }>) =>
      db
        .updateTable("sign_in_attempt")
        .set({
          failures: sql<number>`failures - 1`,
          locked_until: sql<number>`locked_until - ${lockMsInSql(sql.ref("failures"))}`,
        })
        .where("pool_key", "=", p.poolKey)
        .where("subject", "=", p.subject)
        .where("failures", ">", 0),
    ),
    find: prepared((p: Slots<{ poolKey: number; subject: string }>) =>
      db
        .selectFrom("sign_in_attempt")
        .select(["failures", "locked_until"])
        .where("pool_key", "=", p.poolKey)
        .where("subject", "=", p.subject),
    ),
    clear: prepared((p: Slots<{ poolKey: number; subject: string }>) =>
      db.deleteFrom("sign_in_attempt").where("pool_key", "=", p.poolKey).where("subject", "=", p.subject),
    ),
  };
}

export class SignInAttemptRepository implements SignInAttempts {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof signInAttemptStatements>;

  constructor(session: Session, statements: ReturnType<typeof signInAttemptStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async reserve(poolKey: PoolKey, subject: string, now: Instant): Promise<boolean> {
    // Every sign-in waits for this, and a power cut in the second after a wrong guess would forget no more than that guess.
    const { rows } = await this.#session.write(
      this.#statements.reserve({ poolKey, subject: lookupKey(subject), now }),
      "soon",
    );
    return rows.length === 1;
  }

  async failures(poolKey: PoolKey, subject: string): Promise<number> {
    const row = await first(
      this.#session.read(this.#statements.find({ poolKey, subject: lookupKey(subject) })),
    );
    return row?.failures ?? 0;
  }

  async countUpTo(
    poolKey: PoolKey,
    subject: string,
    most: number,
    rememberedUntil: Instant,
  ): Promise<boolean> {
    const { rows } = await this.#session.write(
      this.#statements.countUpTo({ poolKey, subject: lookupKey(subject), most, until: rememberedUntil }),
    );
    return rows.length === 1;
  }

  async refund(poolKey: PoolKey, subject: string): Promise<void> {
    await this.#session.write(this.#statements.refund({ poolKey, subject: lookupKey(subject) }));
  }

  async lockedUntil(poolKey: PoolKey, subject: string, now: Instant): Promise<Instant | null> {
    const row = await first(
      this.#session.read(this.#statements.find({ poolKey, subject: lookupKey(subject) })),
    );
    if (!row || row.failures < FAILURES_BEFORE_LOCK || row.locked_until <= now) return null;
    return row.locked_until as Instant;
  }

  async clear(poolKey: PoolKey, subject: string): Promise<void> {
    await this.#session.write(this.#statements.clear({ poolKey, subject: lookupKey(subject) }));
  }
}
