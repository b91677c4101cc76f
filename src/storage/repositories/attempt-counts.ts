import type { PoolKey } from "../../domain/user-pools/index.ts";
import type { AttemptCounts } from "../../domain/verification/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { Session } from "../session.ts";
import { lookupKey } from "../text.ts";

export function attemptCountStatements({ db }: QueryBuilder) {
  return {
    count: prepared((p: Slots<{ poolKey: number; subject: string; kind: string; windowStart: number }>) =>
      db
        .insertInto("attempt_count")
        .values({
          pool_key: p.poolKey,
          subject: p.subject,
          kind: p.kind,
          window_start: p.windowStart,
          attempts: 1,
        })
        .onConflict((conflict) =>
          conflict
            .columns(["pool_key", "subject", "kind", "window_start"])
            .doUpdateSet((eb) => ({ attempts: eb("attempt_count.attempts", "+", 1) })),
        )
        .returning("attempts"),
    ),
  };
}

export class AttemptCountRepository implements AttemptCounts {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof attemptCountStatements>;

  constructor(session: Session, statements: ReturnType<typeof attemptCountStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async count(poolKey: PoolKey, subject: string, kind: string, windowStart: Instant): Promise<number> {
    const { rows } = await this.#session.write(
      this.#statements.count({ poolKey, subject: lookupKey(subject), kind, windowStart }),
    );
    return rows[0]?.attempts ?? 0;
  }
}
