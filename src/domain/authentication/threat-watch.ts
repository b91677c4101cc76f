import type { ServiceError } from "../errors.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import {
  type AuthEvent,
  announceEvent,
  assessSignIn,
  type ChallengeOutcome,
  customAuthMode,
  protectionMode,
  recordFailure,
  recordVerdict,
  refused,
  type Verdict,
} from "../threat-protection/index.ts";
import type { UserPool } from "../user-pools/index.ts";
import { isExposedPassword, nextUserStatus, type StoredPassword, type User } from "../users/index.ts";
import type { SignInPlace } from "./outcome.ts";
import { isSecondFactor, type Progress } from "./sign-in.ts";

/** What the proof of a first factor showed of the password. */
export interface ShownPassword {
  readonly stored?: StoredPassword | undefined;
  /** In plain, where it was sent. */
  readonly password?: string | undefined;
}

/** Custom sign-ins have a mode of their own. */
const modeOf = (pool: UserPool, { rounds, proven }: Pick<Progress, "rounds"> & Partial<Progress>) =>
  rounds !== undefined || proven?.includes("CUSTOM") ? customAuthMode(pool) : protectionMode(pool);

const PASSWORD_RIGHT: ChallengeOutcome = { name: "Password", result: "Success" };
const PASSWORD_WRONG: ChallengeOutcome = { name: "Password", result: "Failure" };

/** What threat protection makes of a sign-in whose first factor was just proved; null, at no cost, where nobody watches. */
export async function watchSignIn(
  services: Services,
  place: SignInPlace,
  user: User,
  progress: Progress,
  { stored, password }: ShownPassword = {},
): Promise<Verdict | null> {
  const mode = modeOf(place.pool, progress);
  if (mode === "OFF" || progress.assessed) return null;
  return assessSignIn(services, place, user, mode, {
    password,
    exposed: stored !== undefined && isExposedPassword(services, place.pool, user, stored),
    challenges: progress.proven.includes("PASSWORD") ? [PASSWORD_RIGHT] : [],
  });
}

/**
 * Records a sign-in that ends here, and takes a password out of use that strangers know.
 * @returns what the caller reads
 */
export async function turnAway(
  services: Services,
  place: SignInPlace,
  user: User,
  verdict: Verdict | null,
  refusal: ServiceError,
  cause: "risk" | "standing",
): Promise<ServiceError> {
  if (!verdict) return refusal;
  const ended = refused(verdict, cause === "risk" ? "Block" : verdict.event.risk.decision);
  const queued = await services.store.transaction(async (repositories) => {
    if (verdict.endsPassword && refusal === verdict.refusal) {
      const current = await repositories.users.lock(user.key);
      const status = current && nextUserStatus(current.status, "password-reset-by-administrator");
      if (current && status)
        await repositories.users.save({ ...current, status, modifiedAt: services.clock.now() });
    }
    return recordVerdict(services, repositories, place, user, ended);
  });
  if (queued) services.wakeOutbox();
  announceEvent(services, place.pool, user, ended.event);
  return refusal;
}

/** After the commit that recorded the verdict: the mail leaves, and the event goes to the log unless its end does so at once. */
export function afterVerdict(
  services: Services,
  { pool }: SignInPlace,
  user: User,
  verdict: Verdict | null,
  next: "complete" | "challenge" | "custom",
): void {
  if (!verdict) return;
  if (verdict.action?.Notify) services.wakeOutbox();
  if (next !== "complete") announceEvent(services, pool, user, verdict.event);
}

/** A first factor that a user failed to prove. */
export function firstFactorFailed(
  services: Services,
  place: SignInPlace,
  user: User | null,
  factor: "password" | "other",
  progress: Pick<Progress, "rounds"> = {},
): void {
  if (!user) return;
  const challenges = factor === "password" ? [PASSWORD_WRONG] : [];
  recordFailure(services, place, user, modeOf(place.pool, progress), challenges);
}

/** A second factor that was answered wrongly: the sign-in may still go on. */
export async function secondFactorFailed(
  { store }: Services,
  user: User,
  { assessed }: Progress,
): Promise<void> {
  if (!assessed) return;
  await store.transaction(async ({ authEvents }) => {
    const event = await authEvents.find(user.key, assessed.eventId);
    if (!event) return;
    const challenges: ChallengeOutcome[] = [...event.challenges, { name: "Mfa", result: "Failure" }];
    await authEvents.settle(user.key, event.id, { response: event.response, challenges });
  });
}

/** The event of a sign-in that is complete, in its transaction. */
export async function signInPassed(
  { authEvents }: Pick<Repositories, "authEvents">,
  user: User,
  { assessed, proven }: Progress,
): Promise<AuthEvent | null> {
  const event = assessed ? await authEvents.find(user.key, assessed.eventId) : null;
  if (!event) return null;
  const factor: ChallengeOutcome[] = proven.some(isSecondFactor) ? [{ name: "Mfa", result: "Success" }] : [];
  const challenges = [...event.challenges, ...factor];
  return authEvents.settle(user.key, event.id, { response: "Pass", challenges });
}

/** The pool's functions stopped a sign-in that was complete. */
export async function signInStopped(
  services: Services,
  { pool }: SignInPlace,
  user: User,
  event: AuthEvent | null,
): Promise<void> {
  if (!event) return;
  const outcome = { response: "Fail", challenges: event.challenges } as const;
  announceEvent(services, pool, user, await services.store.authEvents.settle(user.key, event.id, outcome));
}
