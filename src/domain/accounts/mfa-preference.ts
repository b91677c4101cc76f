import type {
  EmailMfaSettingsType,
  SMSMfaSettingsType,
  SoftwareTokenMfaSettingsType,
} from "../../api/generated/shapes.ts";
import { invalidParameter, userDoesNotExist } from "../errors.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import { poolFactors, type UserPool } from "../user-pools/index.ts";
import type { MfaFactor, User } from "../users/index.ts";

/** The members that SetUserMFAPreference and AdminSetUserMFAPreference share. */
export interface MfaPreference {
  readonly SMSMfaSettings?: SMSMfaSettingsType;
  readonly SoftwareTokenMfaSettings?: SoftwareTokenMfaSettingsType;
  readonly EmailMfaSettings?: EmailMfaSettingsType;
}

const deliveryMissing = (factor: MfaFactor) =>
  invalidParameter(`User does not have delivery config set to turn on ${factor}`);

async function checkPossible(
  repositories: Repositories,
  pool: UserPool,
  user: User,
  factor: MfaFactor,
): Promise<void> {
  const address = { EMAIL_OTP: "email", SMS_MFA: "phone_number" } as const;
  if (!poolFactors(pool)[factor]) throw deliveryMissing(factor);
  // A software token can be turned on once a code of it was verified.
  const possible =
    factor === "SOFTWARE_TOKEN_MFA"
      ? Boolean((await repositories.softwareTokens.find(user.key))?.sealedSecret)
      : Boolean(user.attributes[address[factor]]);
  if (!possible) throw deliveryMissing(factor);
}

/**
 * Turns second factors of a user on and off and names the preferred one; setting a new preferred one clears the old, turning a
 * factor off clears its preference.
 * @throws InvalidParameterException
 */
export async function setMfaPreference(
  services: Pick<Services, "store" | "clock">,
  pool: UserPool,
  user: User,
  preference: MfaPreference,
): Promise<void> {
  const wanted = [
    ["SMS_MFA", preference.SMSMfaSettings],
    ["SOFTWARE_TOKEN_MFA", preference.SoftwareTokenMfaSettings],
    ["EMAIL_OTP", preference.EmailMfaSettings],
  ] as const;
  if (wanted.filter(([, settings]) => settings?.PreferredMfa).length > 1)
    throw invalidParameter("Only one MFA method can be set as preferred.");
  await services.store.transaction(async (repositories) => {
    const current = await repositories.users.lock(user.key);
    if (!current) throw userDoesNotExist();
    const enabled = new Set(current.mfa.enabled);
    let { preferred } = current.mfa;
    for (const [factor, settings] of wanted) {
      if (!settings) continue;
      if (settings.Enabled) {
        await checkPossible(repositories, pool, current, factor);
        enabled.add(factor);
      } else {
        if (pool.settings.MfaConfiguration === "ON" && enabled.has(factor))
          throw invalidParameter("User MFA cannot be turned off while MFA is required in the user pool.");
        enabled.delete(factor);
      }
      if (settings.PreferredMfa && !settings.Enabled)
        throw invalidParameter("A disabled MFA method cannot be set as preferred.");
      if (settings.PreferredMfa) preferred = factor;
      else if (preferred === factor) preferred = null;
    }
    if (preferred && !enabled.has(preferred)) preferred = null;
    const mfa = { enabled: [...enabled], preferred };
    await repositories.users.save({ ...current, mfa, modifiedAt: services.clock.now() });
  });
}
