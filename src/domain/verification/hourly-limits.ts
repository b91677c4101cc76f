import { type Clock, HOUR, type Instant } from "../../runtime/clock.ts";
import { attemptLimitExceeded, rateExceeded } from "../errors.ts";
import type { Store } from "../store.ts";
import type { UserPool } from "../user-pools/index.ts";

/**
 * Attempts per user and hour. Cognito publishes these numbers; for password recovery it names a range of 5 to 20 that depends
 * on its view of the risk, of which this takes the middle.
 */
const LIMITS = {
  "recover-password": 10,
  "resend-confirmation": 5,
  "confirm-sign-up": 15,
  "change-password": 5,
  "send-attribute-code": 5,
  "verify-attribute": 15,
  "send-sign-in-code": 20,
} as const;

export type LimitedAction = keyof typeof LIMITS;

/**
 * Counts one attempt by or on a subject (a user's key, or the name where no user has it).
 * @throws LimitExceededException past the hour's number; TooManyRequestsException for codes of a sign-in, which declares no other
 */
export async function countAttempt(
  services: { readonly store: Store; readonly clock: Clock },
  pool: UserPool,
  subject: string,
  action: LimitedAction,
): Promise<void> {
  const now = services.clock.now();
  const windowStart = (now - (now % HOUR)) as Instant;
  const count = await services.store.attemptCounts.count(pool.key, subject, action, windowStart);
  if (count > LIMITS[action]) throw action === "send-sign-in-code" ? rateExceeded() : attemptLimitExceeded();
}
