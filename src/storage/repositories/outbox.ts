import type { Outbox, OutboxMessage } from "../../domain/messages/index.ts";
import type { PoolKey } from "../../domain/user-pools/index.ts";
import type { UserKey } from "../../domain/users/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, type QueryBuilder, query, type Slots } from "../query.ts";
import type { OutboxMessageTable } from "../schema.ts";
import type { Session } from "../session.ts";

export function outboxStatements({ db, dialect }: QueryBuilder) {
  const newest = (p: Slots<{ limit: number }>) =>
    db.selectFrom("outbox_message").selectAll().orderBy("key", "desc").limit(p.limit);
  return {
    add: prepared((p: Slots<Omit<OutboxMessageTable, "sent_at">>) =>
      db.insertInto("outbox_message").values({
        key: p.key,
        pool_key: p.pool_key,
        user_key: p.user_key,
        channel: p.channel,
        sealed: p.sealed,
        created_at: p.created_at,
        attempts: p.attempts,
        next_attempt_at: p.next_attempt_at,
        sent_at: null,
      }),
    ),
    /**
     * Rows that another node is just claiming are passed over, not waited for. Built for each call: a plan made without knowing
     * the limit would read the whole table.
     */
    claim: (p: { now: number; hiddenUntil: number; limit: number }) =>
      query(
        db
          .with("due", (cte) =>
            cte
              .selectFrom("outbox_message")
              .select("outbox_message.key as due_key")
              .where("outbox_message.next_attempt_at", "<=", p.now)
              .orderBy("outbox_message.next_attempt_at")
              .orderBy("outbox_message.key")
              .limit(p.limit)
              .$if(dialect === "postgres", (select) => select.forUpdate().skipLocked()),
          )
          .updateTable("outbox_message")
          .from("due")
          .set({ next_attempt_at: p.hiddenUntil })
          .whereRef("outbox_message.key", "=", "due.due_key")
          .returningAll(),
      ),
    markSent: prepared((p: Slots<{ key: number; at: number }>) =>
      db.updateTable("outbox_message").set({ sent_at: p.at, next_attempt_at: null }).where("key", "=", p.key),
    ),
    remove: prepared((p: Slots<{ key: number }>) => db.deleteFrom("outbox_message").where("key", "=", p.key)),
    failed: prepared((p: Slots<{ key: number; nextAttemptAt: number | null }>) =>
      db
        .updateTable("outbox_message")
        .set((eb) => ({ attempts: eb("attempts", "+", 1), next_attempt_at: p.nextAttemptAt }))
        .where("key", "=", p.key),
    ),
    list: prepared(newest),
    listOfPool: prepared((p: Slots<{ poolKey: number; limit: number }>) =>
      newest(p).where("pool_key", "=", p.poolKey),
    ),
  };
}

const toMessage = (row: OutboxMessageTable): OutboxMessage => ({
  key: row.key,
  poolKey: row.pool_key as PoolKey,
  userKey: row.user_key as UserKey | null,
  channel: row.channel as OutboxMessage["channel"],
  sealed: row.sealed,
  createdAt: row.created_at as Instant,
  attempts: row.attempts,
});

export class OutboxRepository implements Outbox {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof outboxStatements>;

  constructor(session: Session, statements: ReturnType<typeof outboxStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async add(message: OutboxMessage): Promise<void> {
    await this.#session.write(
      this.#statements.add({
        key: message.key,
        pool_key: message.poolKey,
        user_key: message.userKey,
        channel: message.channel,
        sealed: message.sealed,
        created_at: message.createdAt,
        attempts: message.attempts,
        next_attempt_at: message.createdAt,
      }),
    );
  }

  async claim(now: Instant, hiddenUntil: Instant, limit: number): Promise<OutboxMessage[]> {
    const { rows } = await this.#session.write(this.#statements.claim({ now, hiddenUntil, limit }));
    return rows.map(toMessage).sort((a, b) => a.key - b.key);
  }

  async sent(key: number, at: Instant, retention: "keep" | "delete"): Promise<void> {
    const { markSent, remove } = this.#statements;
    if (retention === "keep") await this.#session.write(markSent({ key, at }));
    else await this.#session.write(remove({ key }));
  }

  async failed(key: number, nextAttemptAt: Instant | null): Promise<void> {
    await this.#session.write(this.#statements.failed({ key, nextAttemptAt }));
  }

  async list(filter: { poolKey: PoolKey | null; limit: number }): Promise<OutboxMessage[]> {
    const { list, listOfPool } = this.#statements;
    const { poolKey, limit } = filter;
    const rows = await this.#session.read(
      poolKey === null ? list({ limit }) : listOfPool({ poolKey, limit }),
    );
    return rows.map(toMessage);
  }
}
