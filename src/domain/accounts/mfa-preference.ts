import type {
  EmailMfaSettingsType,
  SMSMfaSettingsType,
  SoftwareTokenMfaSettingsType,
} from "../../api/generated/shapes.ts";
import { invalidParameter, userDoesNotExist } from "../errors.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import { poolFactors, type UserPool } from "../user-pools/index.ts";
import type { MfaFactor, User, UserMfa } from "../users/index.ts";

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

/** How a change turns a user's second factors on and off. */
interface FactorSwitches {
  /** @throws InvalidParameterException where the pool or the user cannot */
  turnOn(factor: MfaFactor): Promise<void>;
  /** @throws InvalidParameterException where the pool requires MFA and the factor is on */
  turnOff(factor: MfaFactor): void;
}

/** Changes a user's factors in one transaction; a factor that is off in the end is neither preferred nor an older option. */
export async function changeFactors(
  services: Pick<Services, "store" | "clock">,
  pool: UserPool,
  user: User,
  change: (mfa: UserMfa, switches: FactorSwitches) => Promise<Omit<UserMfa, "enabled">>,
): Promise<void> {
  await services.store.transaction(async (repositories) => {
    const current = await repositories.users.lock(user.key);
    if (!current) throw userDoesNotExist();
    const enabled = new Set(current.mfa.enabled);
    const { preferred, smsOption } = await change(current.mfa, {
      async turnOn(factor) {
        await checkPossible(repositories, pool, current, factor);
        enabled.add(factor);
      },
      turnOff(factor) {
        if (pool.settings.MfaConfiguration === "ON" && enabled.has(factor))
          throw invalidParameter("User MFA cannot be turned off while MFA is required in the user pool.");
        enabled.delete(factor);
      },
    });
    const mfa: UserMfa = {
      enabled: [...enabled],
      preferred: preferred && enabled.has(preferred) ? preferred : null,
      ...(smsOption && enabled.has("SMS_MFA") ? { smsOption } : {}),
    };
    await repositories.users.save({ ...current, mfa, modifiedAt: services.clock.now() });
  });
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
  await changeFactors(services, pool, user, async (mfa, { turnOn, turnOff }) => {
    let { preferred } = mfa;
    for (const [factor, settings] of wanted) {
      if (!settings) continue;
      if (settings.Enabled) await turnOn(factor);
      else turnOff(factor);
      if (settings.PreferredMfa && !settings.Enabled)
        throw invalidParameter("A disabled MFA method cannot be set as preferred.");
      if (settings.PreferredMfa) preferred = factor;
      else if (preferred === factor) preferred = null;
    }
    return { ...mfa, preferred };
  });
}
