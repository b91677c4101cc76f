import type { SetUserPoolMfaConfigRequest } from "../../api/generated/shapes.ts";
import { invalidParameter } from "../errors.ts";
import type { MfaSettings, UserPool } from "./user-pool.ts";

/** Second factors that a pool offers. */
export interface PoolFactors {
  readonly SMS_MFA: boolean;
  readonly SOFTWARE_TOKEN_MFA: boolean;
  readonly EMAIL_OTP: boolean;
}

export function poolFactors(pool: UserPool): PoolFactors {
  return {
    SMS_MFA: pool.mfa.SmsMfaConfiguration !== undefined || pool.settings.SmsConfiguration !== undefined,
    SOFTWARE_TOKEN_MFA: pool.mfa.SoftwareTokenMfaConfiguration?.Enabled ?? false,
    EMAIL_OTP: pool.mfa.EmailMfaConfiguration !== undefined,
  };
}

/**
 * The pool after SetUserPoolMfaConfig, which replaces all: an omitted method is off, an omitted MfaConfiguration means OFF.
 * @throws InvalidParameterException
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
  if (EmailMfaConfiguration && pool.settings.EmailConfiguration?.EmailSendingAccount !== "DEVELOPER")
    throw invalidParameter(
      "Email MFA requires an EmailConfiguration with EmailSendingAccount DEVELOPER in the user pool.",
    );
  if (EmailMfaConfiguration && pool.settings.UserPoolTier === "LITE")
    throw invalidParameter("Email MFA is not available in the LITE tier.");
  const firstFactors = pool.settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? [];
  if (mode === "ON" && firstFactors.some((factor) => factor === "EMAIL_OTP" || factor === "SMS_OTP"))
    throw invalidParameter(
      "Invalid MFA configuration given, MFA cannot be ON with passwordless first factors.",
    );
  const mfa: MfaSettings = {
    ...(SmsMfaConfiguration ? { SmsMfaConfiguration } : {}),
    ...(SoftwareTokenMfaConfiguration ? { SoftwareTokenMfaConfiguration } : {}),
    ...(EmailMfaConfiguration ? { EmailMfaConfiguration } : {}),
    ...(WebAuthnConfiguration ? { WebAuthnConfiguration } : {}),
  };
  const sms = SmsMfaConfiguration?.SmsConfiguration;
  return {
    ...pool,
    mfa,
    settings: {
      ...pool.settings,
      MfaConfiguration: mode,
      ...(sms ? { SmsConfiguration: { ...sms, SnsRegion: sms.SnsRegion ?? pool.region } } : {}),
      ...(SmsMfaConfiguration?.SmsAuthenticationMessage !== undefined
        ? { SmsAuthenticationMessage: SmsMfaConfiguration.SmsAuthenticationMessage }
        : {}),
    },
  };
}
