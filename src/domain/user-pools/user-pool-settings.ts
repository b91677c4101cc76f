import type {
  CreateUserPoolRequest,
  LambdaConfigType,
  PasswordPolicyType,
  UpdateUserPoolRequest,
  UserPoolPolicyType,
  VerificationMessageTemplateType,
} from "../../api/generated/shapes.ts";
import { invalidParameter, ServiceError } from "../errors.ts";
import { newSchema } from "./schema-attributes.ts";
import type { UserPool, UserPoolSettings } from "./user-pool.ts";

const DEFAULT_PASSWORD_POLICY: PasswordPolicyType = {
  MinimumLength: 8,
  RequireUppercase: true,
  RequireLowercase: true,
  RequireNumbers: true,
  RequireSymbols: true,
  TemporaryPasswordValidityDays: 7,
};

/** The members that CreateUserPool and UpdateUserPool share. */
type Given = Omit<UpdateUserPoolRequest, "UserPoolId" | "PoolName">;

const featureUnavailable = (feature: string): ServiceError =>
  new ServiceError(
    "FeatureUnavailableInTierException",
    `This feature is not available in the current tier: ${feature}`,
  );

/** A partial policy leaves what it omits off; no policy at all means everything on. */
function passwordPolicy(given: Given): PasswordPolicyType {
  const policy = given.Policies?.PasswordPolicy;
  const unusedDays = given.AdminCreateUserConfig?.UnusedAccountValidityDays;
  if (!policy)
    return {
      ...DEFAULT_PASSWORD_POLICY,
      ...(unusedDays ? { TemporaryPasswordValidityDays: unusedDays } : {}),
    };
  if (
    policy.TemporaryPasswordValidityDays &&
    unusedDays &&
    unusedDays !== policy.TemporaryPasswordValidityDays
  )
    throw invalidParameter(
      "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
    );
  return {
    MinimumLength: policy.MinimumLength ?? 8,
    RequireUppercase: policy.RequireUppercase ?? false,
    RequireLowercase: policy.RequireLowercase ?? false,
    RequireNumbers: policy.RequireNumbers ?? false,
    RequireSymbols: policy.RequireSymbols ?? false,
    ...(policy.PasswordHistorySize ? { PasswordHistorySize: policy.PasswordHistorySize } : {}),
    TemporaryPasswordValidityDays: policy.TemporaryPasswordValidityDays || unusedDays || 7,
  };
}

function policies(given: Given, tier: string): UserPoolPolicyType {
  const factors = given.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? ["PASSWORD"];
  if (!factors.includes("PASSWORD"))
    throw invalidParameter("PASSWORD must be included in AllowedFirstAuthFactors.");
  const password = passwordPolicy(given);
  if (tier === "LITE" && factors.length > 1) throw featureUnavailable("Passwordless sign-in");
  if (tier === "LITE" && password.PasswordHistorySize) throw featureUnavailable("Password history");
  return { PasswordPolicy: password, SignInPolicy: { AllowedFirstAuthFactors: factors } };
}

/** The older members and those of the template are one setting under two names; the template wins. */
function verificationMessages(given: Given): Partial<UserPoolSettings> {
  const template: VerificationMessageTemplateType = {
    ...(given.SmsVerificationMessage !== undefined ? { SmsMessage: given.SmsVerificationMessage } : {}),
    ...(given.EmailVerificationMessage !== undefined ? { EmailMessage: given.EmailVerificationMessage } : {}),
    ...(given.EmailVerificationSubject !== undefined ? { EmailSubject: given.EmailVerificationSubject } : {}),
    ...given.VerificationMessageTemplate,
    DefaultEmailOption: given.VerificationMessageTemplate?.DefaultEmailOption ?? "CONFIRM_WITH_CODE",
  };
  return {
    VerificationMessageTemplate: template,
    ...(template.SmsMessage !== undefined ? { SmsVerificationMessage: template.SmsMessage } : {}),
    ...(template.EmailMessage !== undefined ? { EmailVerificationMessage: template.EmailMessage } : {}),
    ...(template.EmailSubject !== undefined ? { EmailVerificationSubject: template.EmailSubject } : {}),
  };
}

function lambdaConfig(given: Given, tier: string, region: string): LambdaConfigType {
  const config = given.LambdaConfig ?? {};
  for (const value of Object.values(config)) {
    const arn = typeof value === "string" ? value : value?.LambdaArn;
    const arnRegion = arn?.startsWith("arn:aws:lambda:") ? arn.split(":")[3] : region;
    if (arnRegion !== region) throw invalidParameter("Cross-region lambda functions are not supported");
  }
  const { PreTokenGeneration, PreTokenGenerationConfig, CustomEmailSender, CustomSMSSender, KMSKeyID } =
    config;
  if (tier === "LITE" && PreTokenGenerationConfig && PreTokenGenerationConfig.LambdaVersion !== "V1_0")
    throw featureUnavailable("Access token customization");
  if ((CustomEmailSender || CustomSMSSender) && !KMSKeyID)
    throw invalidParameter("KMSKeyID is required to use a custom email or SMS sender.");
  if (
    PreTokenGeneration &&
    PreTokenGenerationConfig &&
    PreTokenGeneration !== PreTokenGenerationConfig.LambdaArn
  )
    throw invalidParameter("PreTokenGeneration and PreTokenGenerationConfig must name the same function.");
  return {
    ...config,
    ...(PreTokenGeneration && !PreTokenGenerationConfig
      ? { PreTokenGenerationConfig: { LambdaArn: PreTokenGeneration, LambdaVersion: "V1_0" as const } }
      : {}),
    ...(PreTokenGenerationConfig && !PreTokenGeneration
      ? { PreTokenGeneration: PreTokenGenerationConfig.LambdaArn }
      : {}),
  };
}

function checkRecovery(given: Given): void {
  const mechanisms = given.AccountRecoverySetting?.RecoveryMechanisms;
  if (!mechanisms) return;
  if (mechanisms.length > 1 && mechanisms.some((mechanism) => mechanism.Name === "admin_only"))
    throw invalidParameter("Account recovery setting admin_only cannot be combined with other mechanisms.");
  if (new Set(mechanisms.map((mechanism) => mechanism.Priority)).size !== mechanisms.length)
    throw invalidParameter("Account recovery mechanisms must have different priorities.");
}

function checkInvitation(given: Given): void {
  const template = given.AdminCreateUserConfig?.InviteMessageTemplate;
  const passwordless = (given.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? []).some(
    (f) => f !== "PASSWORD",
  );
  const complete = (text: string | undefined) =>
    text === undefined || (text.includes("{username}") && (passwordless || text.includes("{####}")));
  if (!complete(template?.SMSMessage))
    throw invalidParameter("Invalid SMS message for Admin create user flow parameter");
  if (!complete(template?.EmailMessage))
    throw invalidParameter("Invalid email message for Admin create user flow parameter");
}

/** What both operations check and default alike. */
function commonSettings(
  given: Given,
  tier: "LITE" | "ESSENTIALS" | "PLUS",
  pool: { region: string; accountId: string },
) {
  checkRecovery(given);
  checkInvitation(given);
  const autoVerified = given.AutoVerifiedAttributes;
  const sms = given.SmsConfiguration;
  if (autoVerified?.includes("phone_number") && !sms)
    throw invalidParameter(
      "SMS configuration is required when phone_number is selected for auto verification",
    );
  if (sms && roleAccount(sms.SnsCallerArn ?? "") !== pool.accountId)
    throw invalidParameter("Cross-account pass role is not allowed.");
  const mfa = given.MfaConfiguration ?? "OFF";
  if (mfa !== "OFF" && !sms)
    throw invalidParameter(
      "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
    );
  const mode = given.UserPoolAddOns?.AdvancedSecurityMode;
  if (mode && mode !== "OFF" && tier !== "PLUS") throw featureUnavailable("Threat Protection");
  for (const attribute of given.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [])
    if (!autoVerified?.includes(attribute))
      throw invalidParameter(
        `${attribute} must be in AutoVerifiedAttributes to require verification before update.`,
      );
  const email = given.EmailConfiguration ?? {};
  if (email.EmailSendingAccount === "DEVELOPER" && !email.SourceArn)
    throw invalidParameter("SourceArn is required when EmailSendingAccount is DEVELOPER.");
  const policy = policies(given, tier);
  return {
    Policies: policy,
    DeletionProtection: given.DeletionProtection ?? ("INACTIVE" as const),
    LambdaConfig: lambdaConfig(given, tier, pool.region),
    ...(autoVerified ? { AutoVerifiedAttributes: autoVerified } : {}),
    ...verificationMessages(given),
    ...(given.SmsAuthenticationMessage !== undefined
      ? { SmsAuthenticationMessage: given.SmsAuthenticationMessage }
      : {}),
    ...(given.UserAttributeUpdateSettings
      ? { UserAttributeUpdateSettings: given.UserAttributeUpdateSettings }
      : {}),
    MfaConfiguration: mfa,
    ...(given.DeviceConfiguration ? { DeviceConfiguration: given.DeviceConfiguration } : {}),
    EmailConfiguration: {
      ...email,
      EmailSendingAccount: email.EmailSendingAccount ?? ("COGNITO_DEFAULT" as const),
    },
    ...(sms ? { SmsConfiguration: { ...sms, SnsRegion: sms.SnsRegion ?? pool.region } } : {}),
    AdminCreateUserConfig: {
      ...given.AdminCreateUserConfig,
      AllowAdminCreateUserOnly: given.AdminCreateUserConfig?.AllowAdminCreateUserOnly ?? false,
      UnusedAccountValidityDays: policy.PasswordPolicy?.TemporaryPasswordValidityDays,
    },
    ...(given.UserPoolAddOns ? { UserPoolAddOns: given.UserPoolAddOns } : {}),
    ...(given.AccountRecoverySetting ? { AccountRecoverySetting: given.AccountRecoverySetting } : {}),
    UserPoolTier: tier,
  };
}

const roleAccount = (arn: string): string => arn.split(":")[4] ?? "";

/**
 * The settings of a new pool: what was given over Cognito's defaults.
 * @throws InvalidParameterException, FeatureUnavailableInTierException
 */
export function newUserPoolSettings(
  input: CreateUserPoolRequest,
  place: { region: string; accountId: string },
): UserPoolSettings {
  if (input.AliasAttributes?.length && input.UsernameAttributes?.length)
    throw invalidParameter(
      "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
    );
  return {
    Name: input.PoolName,
    ...commonSettings(input, input.UserPoolTier ?? "ESSENTIALS", place),
    SchemaAttributes: newSchema(input.Schema ?? []),
    ...(input.AliasAttributes?.length ? { AliasAttributes: input.AliasAttributes } : {}),
    ...(input.UsernameAttributes?.length ? { UsernameAttributes: input.UsernameAttributes } : {}),
    ...(input.UsernameConfiguration ? { UsernameConfiguration: input.UsernameConfiguration } : {}),
    UserPoolTags: input.UserPoolTags ?? {},
  };
}

/**
 * The settings after UpdateUserPool: every omitted member goes back to its default, except the tier, the name and the tags; the
 * schema and the kinds of user name are fixed.
 * @throws InvalidParameterException, FeatureUnavailableInTierException
 */
export function updatedUserPoolSettings(pool: UserPool, input: UpdateUserPoolRequest): UserPoolSettings {
  const { settings } = pool;
  const mfaElsewhere =
    pool.mfa.SoftwareTokenMfaConfiguration?.Enabled || pool.mfa.EmailMfaConfiguration !== undefined;
  const mfa = input.MfaConfiguration ?? "OFF";
  const common = commonSettings(
    mfaElsewhere ? { ...input, MfaConfiguration: "OFF" } : input,
    input.UserPoolTier ?? settings.UserPoolTier ?? "ESSENTIALS",
    pool,
  );
  return {
    ...common,
    MfaConfiguration: mfa,
    Name: input.PoolName ?? settings.Name,
    ...(settings.SchemaAttributes ? { SchemaAttributes: settings.SchemaAttributes } : {}),
    ...(settings.AliasAttributes ? { AliasAttributes: settings.AliasAttributes } : {}),
    ...(settings.UsernameAttributes ? { UsernameAttributes: settings.UsernameAttributes } : {}),
    ...(settings.UsernameConfiguration ? { UsernameConfiguration: settings.UsernameConfiguration } : {}),
    UserPoolTags: input.UserPoolTags ?? settings.UserPoolTags ?? {},
  };
}
