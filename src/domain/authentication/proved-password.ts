import type { Instant } from "../../runtime/clock.ts";
import { sessionInvalid } from "../errors.ts";
import type { Repositories } from "../store.ts";
import type { UserKey } from "../users/index.ts";
import type { SignIn } from "./sign-in.ts";

/** Null for a user without a password. */
export async function passwordSetAt(
  { passwords }: Pick<Repositories, "passwords">,
  user: UserKey,
): Promise<Instant | null> {
  return (await passwords.find(user))?.setAt ?? null;
}

/**
 * Whoever proved a password that was replaced since proved nothing about the present one. Call it in the transaction that goes on
 * with the sign-in.
 * @throws NotAuthorizedException
 */
export async function requireSamePasswordSince(
  repositories: Pick<Repositories, "users" | "passwords">,
  signIn: Pick<SignIn, "userKey" | "passwordSetAt">,
): Promise<void> {
  if (signIn.passwordSetAt === null) return;
  await repositories.users.lock(signIn.userKey);
  if ((await passwordSetAt(repositories, signIn.userKey)) !== signIn.passwordSetAt) throw sessionInvalid();
}
