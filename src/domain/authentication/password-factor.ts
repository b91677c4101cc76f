import { hidesUserExistence } from "../clients/index.ts";
import {
  incorrectUsernameOrPassword,
  passwordResetRequired,
  type ServiceError,
  temporaryPasswordExpired,
  userDoesNotExist,
} from "../errors.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import { type StoredPassword, sealedInPlaceOfImport, type User } from "../users/index.ts";
import { type Attempt, attemptOf, originOfClaim, refundAttempt } from "./attempt-ledger.ts";
import type { DeviceClaim } from "./device-claim.ts";
import type { SignInOutcome, SignInPlace } from "./outcome.ts";
import { attemptProof } from "./password-proof.ts";
import type { Round } from "./sign-in.ts";
import { continueSignIn } from "./sign-in-service.ts";
import { firstFactorFailed } from "./threat-watch.ts";

/** Whose password is proved: a user, or a name that no user has. */
export interface ClaimedIdentity {
  readonly user: User | null;
  readonly name: string;
  readonly stored: StoredPassword | null;
  /** As it was sent; absent where it was proved without being sent. */
  readonly password?: string | undefined;
}

/** Clients that hide who exists get the same words for everything that a stranger could ask about. */
async function refusalOf(
  services: Services,
  { pool, client }: SignInPlace,
  { user }: ClaimedIdentity,
  attempt: Attempt,
  refusal: ServiceError | null,
): Promise<ServiceError | null> {
  const hidden = hidesUserExistence(client);
  if (!user) return hidden ? (refusal ?? incorrectUsernameOrPassword()) : userDoesNotExist();
  // A reset takes the password out of use: whoever asks is told, unless the client hides who exists.
  if (user.status === "RESET_REQUIRED" && user.enabled && !hidden) {
    await refundAttempt(services.store, pool, attempt);
    return passwordResetRequired();
  }
  return refusal;
}

/**
 * The password that was checked must still be the user's: one set meanwhile ends the sign-in.
 * @param replacement the same password in the pool's own form, to be stored in place of another system's hash
 */
async function requireSamePassword(
  repositories: Repositories,
  user: User,
  checked: StoredPassword,
  replacement: Uint8Array | null,
): Promise<void> {
  const current = await repositories.passwords.find(user.key);
  const isSame = current && Buffer.compare(Buffer.from(current.sealed), Buffer.from(checked.sealed)) === 0;
  // A sign-in beside this one may have put the same password in its place, which does not change when it was set.
  if (!isSame && !(replacement && current?.setAt === checked.setAt)) throw incorrectUsernameOrPassword();
  if (isSame && replacement) await repositories.passwords.put(user.key, { ...checked, sealed: replacement });
}

/**
 * Proves a password, sent or by SRP, and goes on with the sign-in.
 * @param check null when the proof is right
 * @param consume uses up what may be used once, in the transaction of the effect
 * @param rounds of a custom sign-in that this proof is part of
 * @throws NotAuthorizedException, PasswordResetRequiredException, UserNotConfirmedException, UserNotFoundException,
 * ResourceNotFoundException (the claimed device)
 */
export async function provePasswordFactor(
  services: Services,
  place: SignInPlace,
  claimed: ClaimedIdentity,
  device: DeviceClaim,
  check: () => Promise<ServiceError | null>,
  consume: (repositories: Repositories) => Promise<void> = async () => {},
  rounds?: readonly Round[],
): Promise<SignInOutcome> {
  const { pool } = place;
  const { user, name, stored } = claimed;
  const origin = await originOfClaim(services, pool, user, device);
  const attempt = attemptOf(services, pool, user, name, origin);
  const answer = await attemptProof(
    services,
    pool,
    attempt,
    async () => {
      const refusal = await refusalOf(services, place, claimed, attempt, await check());
      if (refusal) firstFactorFailed(services, place, user, "password", { rounds });
      return refusal;
    },
    async () => {
      if (!user || !stored) throw incorrectUsernameOrPassword();
      if (stored.temporaryUntil !== null && stored.temporaryUntil <= services.clock.now()) {
        await refundAttempt(services.store, pool, attempt);
        throw temporaryPasswordExpired();
      }
      const { password } = claimed;
      const replacement =
        password === undefined ? null : await sealedInPlaceOfImport(services, pool, user, stored, password);
      const progress = { proven: ["PASSWORD" as const], chosenFactor: null, rounds };
      const guard = async (repositories: Repositories) => {
        await consume(repositories);
        await requireSamePassword(repositories, user, stored, replacement);
      };
      const shown = { stored, password };
      return continueSignIn(services, place, user, progress, device, guard, shown);
    },
  );
  return answer();
}
