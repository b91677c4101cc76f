import type { Instant } from "../../runtime/clock.ts";
import { sessionInvalid } from "../errors.ts";
import type { Repositories } from "../store.ts";
import type { UserKey } from "../users/index.ts";
import type { Progress } from "./sign-in.ts";

const setAt = async (
  { passwords }: Pick<Repositories, "passwords">,
  user: UserKey,
): Promise<Instant | null> => (await passwords.find(user))?.setAt ?? null;

/** When the password that the sign-in rests on was set, as it is in this transaction; null for a sign-in without one. */
export const provedPasswordSetAt = async (
  repositories: Pick<Repositories, "passwords">,
  user: UserKey,
  { proven }: Pick<Progress, "proven">,
): Promise<Instant | null> => (proven.includes("PASSWORD") ? setAt(repositories, user) : null);

/**
 * Whoever proved a password that was replaced since proved nothing about the present one. Call it in the transaction that goes on
 * with the sign-in.
 * @throws NotAuthorizedException
 */
export async function requireSamePasswordSince(
  repositories: Pick<Repositories, "users" | "passwords">,
  user: UserKey,
  { passwordSetAt = null }: Pick<Progress, "passwordSetAt">,
): Promise<void> {
  if (passwordSetAt === null) return;
  await repositories.users.lock(user);
  if ((await setAt(repositories, user)) !== passwordSetAt) throw sessionInvalid();
}
