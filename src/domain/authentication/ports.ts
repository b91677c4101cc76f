import type { Instant } from "../../runtime/clock.ts";
import type { PoolKey } from "../user-pools/index.ts";

/** Single use of challenge sessions, by the nonce sealed inside each. */
export interface UsedSessions {
  /** Records the nonce as used; false when it already is, so that two answers to one session cannot both win. */
  consume(nonce: string, expiresAt: Instant): Promise<boolean>;
  /** How often the session was answered wrongly, and whether it is used up. */
  find(nonce: string): Promise<{ consumed: boolean; wrongAnswers: number } | null>;
  /** Counts a wrong answer and returns how many there are now. */
  countWrongAnswer(nonce: string, expiresAt: Instant): Promise<number>;
}

/**
 * The ledger of failed sign-in attempts: one row per subject, shared by all flows and nodes. A subject is a user or a name that
 * no user has, so that unknown names lock like known ones.
 */
export interface SignInAttempts {
  /**
   * Counts one more failure before the proof is checked, unless the subject is locked. The count starts again after
   * `forgetAfter` ms without an attempt. The n-th failure locks for `lockMs(n)` ms; see attempt-limits.ts.
   * @returns false when locked: then nothing was counted
   */
  reserve(poolKey: PoolKey, subject: string, now: Instant): Promise<boolean>;
  /** Takes back the last reservation, with its lock: the proof was right but the sign-in is not complete yet. */
  refund(poolKey: PoolKey, subject: string): Promise<void>;
  /** Forgets the failures: called after a success. */
  clear(poolKey: PoolKey, subject: string): Promise<void>;
}
