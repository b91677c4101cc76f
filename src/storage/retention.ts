import { FORGET_FAILURES_AFTER_MS } from "../domain/authentication/attempt-limits.ts";
import { DAY, HOUR, type Instant } from "../runtime/clock.ts";
import { type Query, type QueryBuilder, query } from "./query.ts";
import type { Session } from "./session.ts";

/** Rows of a table that go at once: a fraction of a second of the one writer that SQLite has. */
const ROWS_PER_TABLE = 500;

/**
 * How long what protects against repetition outlives its purpose. A used session that is forgotten could be answered again on a
 * node whose clock is behind, and a forgotten counter starts anew: so both stay for as long as any clock may plausibly be wrong.
 */
const CLOCK_TOLERANCE_MS = DAY;

/** The development inbox keeps so many messages that are sent or given up. */
const KEPT_MESSAGES = 1_000;

/** Cognito keeps the history of a user for two years. */
const AUTH_EVENT_MS = 2 * 365 * DAY;

/** Removes a batch of what is over from each table; returns how many rows went. Call again while it returns many. */
export async function removeExpired(session: Session, builder: QueryBuilder, now: Instant): Promise<number> {
  let removed = 0;
  for (const batch of expiredRows(builder, now)) removed += (await session.write(batch)).changed;
  return removed;
}

/** The statements of one round. */
export function expiredRows({ db }: QueryBuilder, now: Instant): Query<unknown>[] {
  const longAgo = now - CLOCK_TOLERANCE_MS;
  return [
    query(
      db
        .deleteFrom("used_session")
        .where("nonce", "in", (eb) =>
          eb
            .selectFrom("used_session")
            .select("nonce")
            .where("expires_at", "<=", longAgo)
            .orderBy("expires_at")
            .limit(ROWS_PER_TABLE),
        ),
    ),
    query(
      db
        .deleteFrom("refresh_session")
        .where("id", "in", (eb) =>
          eb
            .selectFrom("refresh_session")
            .select("id")
            .where("expires_at", "<=", now)
            .orderBy("expires_at")
            .limit(ROWS_PER_TABLE),
        ),
    ),
    query(
      db
        .deleteFrom("verification_code")
        .where(({ eb, refTuple, selectFrom }) =>
          eb(
            refTuple("user_key", "purpose"),
            "in",
            selectFrom("verification_code")
              .select(["user_key", "purpose"])
              .where("expires_at", "<=", now)
              .orderBy("expires_at")
              .limit(ROWS_PER_TABLE)
              .$asTuple("user_key", "purpose"),
          ),
        ),
    ),
    query(
      db.deleteFrom("sign_in_attempt").where(({ eb, refTuple, selectFrom }) =>
        eb(
          refTuple("pool_key", "subject"),
          "in",
          selectFrom("sign_in_attempt")
            .select(["pool_key", "subject"])
            .where("locked_until", "<=", longAgo - FORGET_FAILURES_AFTER_MS)
            .orderBy("locked_until")
            .limit(ROWS_PER_TABLE)
            .$asTuple("pool_key", "subject"),
        ),
      ),
    ),
    query(
      db.deleteFrom("attempt_count").where(({ eb, refTuple, selectFrom }) =>
        eb(
          refTuple("pool_key", "subject", "kind", "window_start"),
          "in",
          selectFrom("attempt_count")
            .select(["pool_key", "subject", "kind", "window_start"])
            .where("window_start", "<=", longAgo - HOUR)
            .orderBy("window_start")
            .limit(ROWS_PER_TABLE)
            .$asTuple("pool_key", "subject", "kind", "window_start"),
        ),
      ),
    ),
    query(
      db
        .deleteFrom("outbox_message")
        .where("key", "in", (eb) =>
          eb
            .selectFrom("outbox_message")
            .select("key")
            .where("next_attempt_at", "is", null)
            .orderBy("key", "desc")
            .limit(ROWS_PER_TABLE)
            .offset(KEPT_MESSAGES),
        ),
    ),
    query(
      db
        .deleteFrom("web_authn_registration")
        .where("user_key", "in", (eb) =>
          eb
            .selectFrom("web_authn_registration")
            .select("user_key")
            .where("expires_at", "<=", now)
            .orderBy("expires_at")
            .limit(ROWS_PER_TABLE),
        ),
    ),
    query(
      db.deleteFrom("auth_event").where("key", "in", (eb) =>
        eb
          .selectFrom("auth_event")
          .select("key")
          .where("created_at", "<=", now - AUTH_EVENT_MS)
          .orderBy("created_at")
          .limit(ROWS_PER_TABLE),
      ),
    ),
  ];
}
