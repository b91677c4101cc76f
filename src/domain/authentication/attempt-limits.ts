import { MINUTE, SECOND } from "../../runtime/clock.ts";

/**
 * Cognito's lockout schedule: from the fifth failure on a lock of 2^(n-5) seconds, at most 15 minutes; forgotten after a success
 * or 15 minutes without an attempt. Attempts during a lock are refused and do not count.
 */
export const FAILURES_BEFORE_LOCK = 5;
export const LONGEST_LOCK_MS = 15 * MINUTE;
export const FORGET_FAILURES_AFTER_MS = 15 * MINUTE;

/** Length in ms of the lock that the n-th failure starts; 0 for none. */
export function lockMs(failures: number): number {
  if (failures < FAILURES_BEFORE_LOCK) return 0;
  return Math.min(SECOND * 2 ** Math.min(failures - FAILURES_BEFORE_LOCK, 20), LONGEST_LOCK_MS);
}
