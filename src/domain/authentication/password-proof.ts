import { incorrectUsernameOrPassword, rateExceeded, ServiceError } from "../errors.ts";
import type { Services } from "../services.ts";
import type { UserPool } from "../user-pools/index.ts";
import { passwordMatches, pretendToMatch, type StoredPassword, type User } from "../users/index.ts";
import { type Attempt, refundAttempt, reserveAttempt } from "./attempt-ledger.ts";

export type ProofServices = Pick<
  Services,
  "store" | "clock" | "proofTurns" | "keyEncryptionKey" | "random" | "hashing"
>;

const BUSY = rateExceeded().code;

/**
 * The one door to every check of something a stranger could guess: counts a failure first, then checks, one at a time per
 * subject. `settle` runs after a right proof, before the next attempt on the subject: it must take the count back (refund) or
 * clear it.
 * @throws NotAuthorizedException `Password attempts exceeded` while locked; TooManyRequestsException when too many wait; what
 * `prove` returns
 */
export async function attemptProof<T>(
  services: Pick<Services, "store" | "clock" | "proofTurns">,
  pool: UserPool,
  attempt: Attempt,
  prove: () => Promise<ServiceError | null>,
  settle: () => Promise<T>,
): Promise<T> {
  const settled = await services.proofTurns.take(`${pool.key}|${attempt.subject}`, async () => {
    await reserveAttempt(services, pool, attempt);
    const refusal = await prove().catch(async (fault: unknown) => {
      // Nothing was looked at: who comes when the server is busy has not guessed.
      if (fault instanceof ServiceError && fault.code === BUSY)
        await refundAttempt(services.store, pool, attempt);
      throw fault;
    });
    if (refusal) throw refusal;
    return { value: await settle() };
  });
  if (!settled) throw rateExceeded();
  return settled.value;
}

/**
 * Refuses a password before anything is counted for it while no more hashes can wait.
 * @throws TooManyRequestsException
 */
export function requireRoomToHash({ hashing }: Pick<Services, "hashing">, pool: UserPool): void {
  if (pool.passwordStorage === "argon2id" && hashing.full) throw rateExceeded();
}

/** Checks a password with the same work for users without one and for names that no user has. */
export async function checkPassword(
  services: ProofServices,
  pool: UserPool,
  claimed: { readonly user: User | null; readonly name: string; readonly stored: StoredPassword | null },
  password: string,
): Promise<ServiceError | null> {
  if (claimed.user && claimed.stored)
    return (await passwordMatches(services, pool, claimed.user, claimed.stored, password))
      ? null
      : incorrectUsernameOrPassword();
  await pretendToMatch(services, pool, claimed.name, password);
  return incorrectUsernameOrPassword();
}
