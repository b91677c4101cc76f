import type { Instant } from "../../runtime/clock.ts";
import type { PoolKey } from "../user-pools/index.ts";
import type { UserKey } from "../users/index.ts";

/** A message as it waits in the outbox. What it says is sealed under the pool's data key, for it holds a code or a password. */
export interface OutboxMessage {
  readonly key: number;
  readonly poolKey: PoolKey;
  /** Null once the user is gone. */
  readonly userKey: UserKey | null;
  readonly channel: "EMAIL" | "SMS";
  readonly sealed: Uint8Array;
  readonly createdAt: Instant;
  /** Sending attempts made so far. */
  readonly attempts: number;
}

export interface Outbox {
  add(message: OutboxMessage): Promise<void>;
  /** Takes up to `limit` unsent messages that are due and hides them from other nodes until `hiddenUntil`. */
  claim(now: Instant, hiddenUntil: Instant, limit: number): Promise<OutboxMessage[]>;
  /** Marks it sent; `keep` retains the row for the development inbox, otherwise it is deleted. */
  sent(key: number, at: Instant, retention: "keep" | "delete"): Promise<void>;
  /** Tries again at `nextAttemptAt`, or never when null; counts the attempt. */
  failed(key: number, nextAttemptAt: Instant | null): Promise<void>;
  /** Newest first, sent or not: what the development inbox shows. */
  list(filter: { poolKey: PoolKey | null; limit: number }): Promise<OutboxMessage[]>;
}
