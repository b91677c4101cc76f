import { after, DAY, type Instant } from "../../runtime/clock.ts";
import { passwordAttemptsExceeded } from "../errors.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import type { UserPool } from "../user-pools/index.ts";
import { comparable, NOBODY, type User } from "../users/index.ts";
import { type DeviceClaim, deviceOfClaim } from "./device-claim.ts";

/** NIST SP 800-63B, 5.2.2: no more failed attempts on one account in a row. */
export const MOST_FAILURES_IN_A_ROW = 100;
/** A user who is left alone for so long begins anew. */
const REMEMBERED_MS = 400 * DAY;
/** Names that no user has are too many to be remembered for longer. */
const NAME_REMEMBERED_MS = DAY;

/** What a try at a proof counts under. */
export interface Attempt {
  /** In Cognito's schedule of locks. */
  readonly subject: string;
  /** Among the failures in a row, in a hardened pool; null in any other. */
  readonly inARow: { readonly subject: string; readonly rememberedMs: number } | null;
}

type Profiled = Pick<Services, "profileOf">;
type Ledger = Pick<Repositories, "signInAttempts">;

/** Whose failures count together: a user under all names, or a name that no user has. */
export const attemptSubject = (pool: UserPool, user: User | null, name: string): string =>
  user ? `user:${user.key}` : `name:${comparable(pool, name)}`;

const inARow = (subject: string): string => `in-a-row|${subject}`;
const inARowFromDevices = (subject: string): string => `in-a-row|devices|${subject}`;

/**
 * @param from failures from the user's remembered devices are counted in a row of their own: a stranger, who does not know the key of
 * any, cannot stop whoever has one
 */
export function attemptOf(
  { profileOf }: Profiled,
  pool: UserPool,
  user: User | null,
  name: string,
  from: "anywhere" | "remembered-device" = "anywhere",
): Attempt {
  const subject = attemptSubject(pool, user, name);
  if (profileOf(pool) === "standard") return { subject, inARow: null };
  const row = from === "anywhere" ? inARow(subject) : inARowFromDevices(subject);
  return { subject, inARow: { subject: row, rememberedMs: user ? REMEMBERED_MS : NAME_REMEMBERED_MS } };
}

/** Where a try that claims this device comes from. Nothing is asked of the database but for hardened pools. */
export async function originOfClaim(
  { profileOf, store }: Profiled & Pick<Services, "store">,
  pool: UserPool,
  user: User | null,
  claim: Pick<DeviceClaim, "key">,
): Promise<"anywhere" | "remembered-device"> {
  if (profileOf(pool) === "standard") return "anywhere";
  const { key } = claim;
  const device = await deviceOfClaim(store, pool, user?.key ?? NOBODY, { key, unknown: "new-device" });
  return device?.status === "remembered" ? "remembered-device" : "anywhere";
}

/**
 * Counts one more failure before the proof is looked at.
 * @throws NotAuthorizedException `Password attempts exceeded` while locked, and after too many in a row: then nothing is counted
 */
export async function reserveAttempt(
  { store, clock }: Pick<Services, "store" | "clock">,
  pool: UserPool,
  { subject, inARow: row }: Attempt,
): Promise<void> {
  const { signInAttempts } = store;
  const now = clock.now();
  // Looked at first, so that whoever goes on guessing does not lock the schedule that a remembered device goes by.
  if (row && (await signInAttempts.failures(pool.key, row.subject)) >= MOST_FAILURES_IN_A_ROW)
    throw passwordAttemptsExceeded();
  if (!(await signInAttempts.reserve(pool.key, subject, now))) throw passwordAttemptsExceeded();
  if (!row) return;
  const rememberedUntil = after(now, row.rememberedMs);
  if (await signInAttempts.countUpTo(pool.key, row.subject, MOST_FAILURES_IN_A_ROW, rememberedUntil)) return;
  await signInAttempts.refund(pool.key, subject);
  throw passwordAttemptsExceeded();
}

/** Until when the user's proofs are refused; null when they are not. A remembered device may do better. */
export async function lockOf(
  { store, clock, profileOf }: Profiled & Pick<Services, "store" | "clock">,
  pool: UserPool,
  user: User,
): Promise<Instant | "new-password" | null> {
  const { signInAttempts } = store;
  const subject = attemptSubject(pool, user, user.username);
  const isStopped =
    profileOf(pool) === "hardened" &&
    (await signInAttempts.failures(pool.key, inARow(subject))) >= MOST_FAILURES_IN_A_ROW;
  return isStopped ? "new-password" : signInAttempts.lockedUntil(pool.key, subject, clock.now());
}

/** Takes the last reservation back: the proof was right, and the sign-in is not complete yet. */
export async function refundAttempt(
  { signInAttempts }: Ledger,
  pool: UserPool,
  { subject, inARow: row }: Attempt,
): Promise<void> {
  await signInAttempts.refund(pool.key, subject);
  if (row) await signInAttempts.refund(pool.key, row.subject);
}

/** Forgets all failures: after a success, and after a reset. */
export async function clearAttempts(
  services: Profiled,
  { signInAttempts }: Ledger,
  pool: UserPool,
  subject: string,
): Promise<void> {
  await signInAttempts.clear(pool.key, subject);
  await clearFailuresInARow(services, { signInAttempts }, pool, subject);
}

/** Lifts the stop of a hardened pool; locks of the schedule hold on, as Cognito has them. */
export async function clearFailuresInARow(
  { profileOf }: Profiled,
  { signInAttempts }: Ledger,
  pool: UserPool,
  subject: string,
): Promise<void> {
  if (profileOf(pool) === "standard") return;
  await signInAttempts.clear(pool.key, inARow(subject));
  await signInAttempts.clear(pool.key, inARowFromDevices(subject));
}
