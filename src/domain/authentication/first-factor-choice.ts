import type { AuthFactorType } from "../../api/generated/shapes.ts";
import type { Services } from "../services.ts";
import { poolFactors, type UserPool, webAuthnSettings } from "../user-pools/index.ts";
import { isPhoneNumber, NOBODY, pretendToDecode, type User } from "../users/index.ts";
import type { ClaimedIdentity } from "./password-factor.ts";
import { availableFirstFactors, type FirstFactor, type FirstFactorPolicy } from "./sign-in.ts";
import { imaginedPasskeys, type Passkey, usablePasskeys, usesPasskeys } from "./web-authn-sign-in.ts";

/** A choice-based sign-in: who claims to be signing in, and what they can begin with. */
export interface Choice extends ClaimedIdentity {
  readonly available: readonly FirstFactor[];
  /** Those that can answer WEB_AUTHN. */
  readonly passkeys: readonly Passkey[];
}

/** What sign-in depends on besides the user and the client. */
export const signInPolicyOf = (
  pool: Pick<UserPool, "settings" | "mfa" | "domains" | "region">,
): FirstFactorPolicy => ({
  mfa: pool.settings.MfaConfiguration ?? "OFF",
  offered: poolFactors(pool),
  webAuthn: webAuthnSettings(pool).factorConfiguration,
  allowed: pool.settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? ["PASSWORD"],
});

async function choiceOfUser(services: Services, pool: UserPool, user: User, name: string): Promise<Choice> {
  const stored = await services.store.passwords.find(user.key);
  const passkeys = await usablePasskeys(services, pool, user);
  const has = { password: stored !== null, passkey: passkeys.length > 0 };
  return { user, name, stored, passkeys, available: availableFirstFactors(user, has, signInPolicyOf(pool)) };
}

/** Users come from the database as text; so does this one, since nothing else in a choice takes time enough to hide that. */
const asDecoded = <T>(user: T): T => structuredClone(user);

/** What a confirmed user with a password and the address in this name would have; the database is asked as often as for one. */
async function imaginedChoice(services: Services, pool: UserPool, name: string): Promise<Choice> {
  await services.store.passwords.find(NOBODY);
  pretendToDecode();
  if (usesPasskeys(pool)) await services.store.webAuthnCredentials.ofUser(NOBODY);
  const attributes: Record<string, string> = isPhoneNumber(name) ? { phone_number: name } : { email: name };
  const imagined = asDecoded({
    status: "CONFIRMED",
    enabled: true,
    attributes,
    mfa: { enabled: [], preferred: null },
  } as const);
  const passkeys = imaginedPasskeys(services, pool, name);
  const has = { password: true, passkey: passkeys.length > 0 };
  const available = availableFirstFactors(imagined, has, signInPolicyOf(pool));
  return { user: null, name, stored: null, passkeys, available };
}

/** @param name as it was given; a name that no user has gets a choice too, the same every time */
export function choiceOf(
  services: Services,
  pool: UserPool,
  name: string,
  user: User | null,
): Promise<Choice> {
  return user ? choiceOfUser(services, pool, user, name) : imaginedChoice(services, pool, name);
}

/** What GetUserAuthFactors shows: the factors that a choice-based sign-in of this user can begin with. */
export async function configuredAuthFactors(
  services: Services,
  pool: UserPool,
  user: User,
): Promise<AuthFactorType[]> {
  const { available } = await choiceOfUser(services, pool, user, user.username);
  return available.filter((factor) => factor !== "PASSWORD_SRP");
}
