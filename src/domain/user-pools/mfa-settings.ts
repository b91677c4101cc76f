import type { SetUserPoolMfaConfigRequest, SmsMfaConfigType } from "../../api/generated/shapes.ts";
import { invalidParameter } from "../errors.ts";
import { smsConfiguration } from "./delivery-settings.ts";
import { requireEmailMfaTier } from "./tier-features.ts";
import type { MfaSettings, UserPool } from "./user-pool.ts";

/** Second factors that a pool offers. */
export interface PoolFactors {
  readonly SMS_MFA: boolean;
  readonly SOFTWARE_TOKEN_MFA: boolean;
  readonly EMAIL_OTP: boolean;
}

/**
 * SMS is among them when SetUserPoolMfaConfig says so; and where only CreateUserPool or UpdateUserPool turned MFA on, which know no
 * other factor, when the pool can send SMS.
 */
export function poolFactors({ mfa, settings }: Pick<UserPool, "mfa" | "settings">): PoolFactors {
  const SOFTWARE_TOKEN_MFA = mfa.SoftwareTokenMfaConfiguration?.Enabled ?? false;
  const EMAIL_OTP = mfa.EmailMfaConfiguration !== undefined;
  const others = SOFTWARE_TOKEN_MFA || EMAIL_OTP;
  return {
    SMS_MFA: settings.SmsConfiguration !== undefined && (mfa.SmsMfaConfiguration !== undefined || !others),
    SOFTWARE_TOKEN_MFA,
    EMAIL_OTP,
  };
}

/** SMS as a second factor as it is shown: how the pool sends SMS, and its message. Null where it is not offered. */
export function smsMfaConfiguration(pool: Pick<UserPool, "mfa" | "settings">): SmsMfaConfigType | null {
  const { SmsAuthenticationMessage, SmsConfiguration, MfaConfiguration = "OFF" } = pool.settings;
  if (MfaConfiguration === "OFF" || !poolFactors(pool).SMS_MFA || !SmsConfiguration) return null;
  return {
    ...(SmsAuthenticationMessage === undefined ? {} : { SmsAuthenticationMessage }),
    SmsConfiguration,
  };
}

/**
 * What MFA asks of the other settings, whichever operation changes them.
 * @throws InvalidParameterException, FeatureUnavailableInTierException
 */
export function checkMfa({ mfa, settings }: Pick<UserPool, "mfa" | "settings">): void {
  if (mfa.EmailMfaConfiguration) {
    requireEmailMfaTier(settings);
    if (settings.EmailConfiguration?.EmailSendingAccount !== "DEVELOPER")
      throw invalidParameter(
        "Email MFA requires an EmailConfiguration with EmailSendingAccount DEVELOPER in the user pool.",
      );
    const recovery = settings.AccountRecoverySetting?.RecoveryMechanisms;
    if (recovery?.length && recovery.every(({ Name }) => Name === "verified_email"))
      throw invalidParameter("Email MFA cannot be used where account recovery is by verified_email only.");
  }
  const firstFactors = settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? [];
  if (
    settings.MfaConfiguration === "ON" &&
    firstFactors.some((factor) => factor === "EMAIL_OTP" || factor === "SMS_OTP")
  )
    throw invalidParameter(
      "Invalid MFA configuration given, MFA cannot be ON with passwordless first factors.",
    );
}

const LABEL = "[a-z\\d](?:[a-z\\d-]*[a-z\\d])?";
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})+$`, "i");

/** A relying party is a domain that someone can own: a name below a top-level domain, or this machine for developers. */
function checkRelyingParty(id: string | undefined): void {
  if (id !== undefined && id !== "localhost" && !DOMAIN.test(id))
    throw invalidParameter("RelyingPartyId must be a domain name.");
}

/**
 * The pool after SetUserPoolMfaConfig, which replaces all: an omitted method is off, an omitted MfaConfiguration means OFF.
 * @throws InvalidParameterException, FeatureUnavailableInTierException
 */
export function withMfaConfig(pool: UserPool, input: SetUserPoolMfaConfigRequest): UserPool {
  const mode = input.MfaConfiguration ?? "OFF";
  const { SmsMfaConfiguration, SoftwareTokenMfaConfiguration, EmailMfaConfiguration, WebAuthnConfiguration } =
    input;
  const anyFactor =
    SmsMfaConfiguration !== undefined ||
    SoftwareTokenMfaConfiguration?.Enabled === true ||
    EmailMfaConfiguration !== undefined;
  if (mode === "OFF" && anyFactor)
    throw invalidParameter(
      "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
    );
  if (mode !== "OFF" && !anyFactor)
    throw invalidParameter("Invalid MFA configuration given, can't turn on MFA without configuring an MFA.");
  const sms = SmsMfaConfiguration?.SmsConfiguration;
  if (SmsMfaConfiguration && !sms && !pool.settings.SmsConfiguration)
    throw invalidParameter("SMS configuration is required when SMS MFA is configured");
  checkRelyingParty(WebAuthnConfiguration?.RelyingPartyId);
  const mfa: MfaSettings = {
    // Only that it is there: its members are the pool's own settings.
    ...(SmsMfaConfiguration ? { SmsMfaConfiguration: {} } : {}),
    ...(SoftwareTokenMfaConfiguration ? { SoftwareTokenMfaConfiguration } : {}),
    ...(EmailMfaConfiguration ? { EmailMfaConfiguration } : {}),
    ...(WebAuthnConfiguration ? { WebAuthnConfiguration } : {}),
  };
  const changed: UserPool = {
    ...pool,
    mfa,
    settings: {
      ...pool.settings,
      MfaConfiguration: mode,
      ...(sms ? { SmsConfiguration: smsConfiguration(sms, pool) } : {}),
      ...(SmsMfaConfiguration?.SmsAuthenticationMessage !== undefined
        ? { SmsAuthenticationMessage: SmsMfaConfiguration.SmsAuthenticationMessage }
        : {}),
    },
  };
  checkMfa(changed);
  return changed;
}

/**
 * What SetUserPoolMfaConfig stored, after UpdateUserPool: MFA that goes off takes its factors along, and SMS goes where the pool can
 * no longer send any. Passkeys are no second factor: how they are taken stays.
 */
export function mfaAfterUpdate(pool: UserPool, settings: UserPool["settings"]): MfaSettings {
  const { SmsMfaConfiguration, ...others } = pool.mfa;
  if (settings.MfaConfiguration === "OFF") {
    const { WebAuthnConfiguration } = others;
    return WebAuthnConfiguration ? { WebAuthnConfiguration } : {};
  }
  return { ...others, ...(SmsMfaConfiguration && settings.SmsConfiguration ? { SmsMfaConfiguration } : {}) };
}
