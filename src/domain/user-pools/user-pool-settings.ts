import type {
  CreateUserPoolRequest,
  DcrConfigurationType,
  KeyConfigurationType,
  PasswordPolicyType,
  UpdateUserPoolRequest,
  UserPoolPolicyType,
  VerificationMessageTemplateType,
} from "../../api/generated/shapes.ts";
import { invalidParameter } from "../errors.ts";
import { acrLevels } from "./assurance-levels.ts";
import { emailConfiguration, smsConfiguration } from "./delivery-settings.ts";
import { lambdaConfig } from "./lambda-settings.ts";
import { checkMfa, mfaAfterUpdate, poolFactors } from "./mfa-settings.ts";
import { newSchema } from "./schema-attributes.ts";
import { givenTags } from "./tags.ts";
import { DEFAULT_TIER, requireTierChange, requireTierFeatures } from "./tier-features.ts";
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

function policies(given: Given): UserPoolPolicyType {
  const factors = given.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? ["PASSWORD"];
  if (!factors.includes("PASSWORD"))
    throw invalidParameter("PASSWORD must be included in AllowedFirstAuthFactors.");
  if (factors.includes("SOFTWARE_TOKEN"))
    throw invalidParameter("SOFTWARE_TOKEN is not supported in AllowedFirstAuthFactors.");
  return {
    PasswordPolicy: passwordPolicy(given),
    SignInPolicy: { AllowedFirstAuthFactors: [...new Set(factors)] },
  };
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

function checkRecovery(given: Given): void {
  const mechanisms = given.AccountRecoverySetting?.RecoveryMechanisms;
  if (!mechanisms) return;
  if (mechanisms.length > 1 && mechanisms.some((mechanism) => mechanism.Name === "admin_only"))
    throw invalidParameter("Account recovery setting admin_only cannot be combined with other mechanisms.");
  if (new Set(mechanisms.map((mechanism) => mechanism.Priority)).size !== mechanisms.length)
    throw invalidParameter("Account recovery mechanisms must have different priorities.");
  if (new Set(mechanisms.map((mechanism) => mechanism.Name)).size !== mechanisms.length)
    throw invalidParameter("Account recovery mechanisms must have different names.");
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

/** Lists are sets: what stands twice counts once, and an empty one is as if not given. */
const set = <T>(list: readonly T[] | undefined): T[] | undefined =>
  list?.length ? [...new Set(list)] : undefined;

/** The members that have a value. */
const present = <T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;

function checkVerification(given: Given): void {
  const autoVerified = given.AutoVerifiedAttributes;
  if (autoVerified?.includes("phone_number") && !given.SmsConfiguration)
    throw invalidParameter(
      "SMS configuration is required when phone_number is selected for auto verification",
    );
  for (const attribute of given.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [])
    if (!autoVerified?.includes(attribute))
      throw invalidParameter(
        `${attribute} must be in AutoVerifiedAttributes to require verification before update.`,
      );
}

function keyConfiguration(given: KeyConfigurationType | undefined): KeyConfigurationType | undefined {
  if (!given) return undefined;
  const KeyType = given.KeyType ?? (given.KmsKeyArn ? "CUSTOMER_MANAGED_KEY" : "AWS_OWNED_KEY");
  if ((KeyType === "CUSTOMER_MANAGED_KEY") !== (given.KmsKeyArn !== undefined))
    throw invalidParameter("KmsKeyArn must be given for the key type CUSTOMER_MANAGED_KEY, and only for it.");
  return { ...given, KeyType };
}

/** One that does not say whether it is on is on. */
const dcrConfiguration = (given: DcrConfigurationType | undefined): DcrConfigurationType | undefined =>
  given && {
    ...given,
    EnableStatus: given.EnableStatus ?? "Enabled",
    OpenDcrEnabled: given.OpenDcrEnabled ?? false,
  };

type Place = Pick<UserPool, "region" | "accountId">;

/** What both operations check and default alike. */
function commonSettings(given: Given, place: Place) {
  checkRecovery(given);
  checkInvitation(given);
  checkVerification(given);
  const policy = policies(given);
  const sms = given.SmsConfiguration && smsConfiguration(given.SmsConfiguration, place);
  const device = given.DeviceConfiguration;
  const addOns = given.UserPoolAddOns;
  return {
    Policies: policy,
    DeletionProtection: given.DeletionProtection ?? ("INACTIVE" as const),
    LambdaConfig: lambdaConfig(given.LambdaConfig ?? {}, place.region),
    ...verificationMessages(given),
    MfaConfiguration: given.MfaConfiguration ?? ("OFF" as const),
    EmailConfiguration: emailConfiguration(given.EmailConfiguration, place),
    AdminCreateUserConfig: {
      ...given.AdminCreateUserConfig,
      AllowAdminCreateUserOnly: given.AdminCreateUserConfig?.AllowAdminCreateUserOnly ?? false,
      UnusedAccountValidityDays: policy.PasswordPolicy?.TemporaryPasswordValidityDays,
    },
    AcrConfiguration: acrLevels(given.AcrConfiguration),
    ...present({
      AutoVerifiedAttributes: set(given.AutoVerifiedAttributes),
      SmsAuthenticationMessage: given.SmsAuthenticationMessage,
      UserAttributeUpdateSettings: given.UserAttributeUpdateSettings,
      DeviceConfiguration: device && {
        ChallengeRequiredOnNewDevice: device.ChallengeRequiredOnNewDevice ?? false,
        DeviceOnlyRememberedOnUserPrompt: device.DeviceOnlyRememberedOnUserPrompt ?? false,
      },
      SmsConfiguration: sms,
      UserPoolAddOns: addOns && {
        ...addOns,
        AdvancedSecurityAdditionalFlows: addOns.AdvancedSecurityAdditionalFlows ?? {},
      },
      AccountRecoverySetting: given.AccountRecoverySetting,
      KeyConfiguration: keyConfiguration(given.KeyConfiguration),
      IssuerConfiguration: given.IssuerConfiguration,
      DcrConfiguration: dcrConfiguration(given.DcrConfiguration),
    }),
  };
}

/** The two operations that make and change pools know no second factor but SMS. */
function requireSmsForMfa({ MfaConfiguration, SmsConfiguration }: Given): void {
  if ((MfaConfiguration ?? "OFF") !== "OFF" && !SmsConfiguration)
    throw invalidParameter(
      "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
    );
}

/**
 * The settings of a new pool: what was given over Cognito's defaults.
 * @throws InvalidParameterException, FeatureUnavailableInTierException
 */
export function newUserPoolSettings(input: CreateUserPoolRequest, place: Place): UserPoolSettings {
  if (input.AliasAttributes?.length && input.UsernameAttributes?.length)
    throw invalidParameter(
      "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
    );
  requireSmsForMfa(input);
  const settings: UserPoolSettings = {
    Name: input.PoolName,
    ...commonSettings(input, place),
    UserPoolTier: input.UserPoolTier ?? DEFAULT_TIER,
    SchemaAttributes: newSchema(input.Schema ?? []),
    ...present({
      AliasAttributes: set(input.AliasAttributes),
      UsernameAttributes: set(input.UsernameAttributes),
      UsernameConfiguration: input.UsernameConfiguration,
    }),
    UserPoolTags: givenTags(input.UserPoolTags ?? {}),
  };
  requireTierFeatures(settings);
  checkMfa({ settings, mfa: {} });
  return settings;
}

/**
 * The pool after UpdateUserPool: every omitted member goes back to its default, except the tier, the name, the tags, and what
 * decides of keys, issuer and registration; the schema and the kinds of user name are fixed.
 * @throws InvalidParameterException, FeatureUnavailableInTierException, TierChangeNotAllowedException
 */
export function updatedUserPool(pool: UserPool, input: UpdateUserPoolRequest): UserPool {
  const { settings: current } = pool;
  const { SOFTWARE_TOKEN_MFA, EMAIL_OTP } = poolFactors(pool);
  if (!SOFTWARE_TOKEN_MFA && !EMAIL_OTP) requireSmsForMfa(input);
  const settings: UserPoolSettings = {
    ...present({
      KeyConfiguration: current.KeyConfiguration,
      IssuerConfiguration: current.IssuerConfiguration,
      DcrConfiguration: current.DcrConfiguration,
    }),
    ...commonSettings(input, pool),
    UserPoolTier: input.UserPoolTier ?? current.UserPoolTier ?? DEFAULT_TIER,
    Name: input.PoolName ?? current.Name,
    ...present({
      SchemaAttributes: current.SchemaAttributes,
      AliasAttributes: current.AliasAttributes,
      UsernameAttributes: current.UsernameAttributes,
      UsernameConfiguration: current.UsernameConfiguration,
    }),
    UserPoolTags: input.UserPoolTags ? givenTags(input.UserPoolTags) : (current.UserPoolTags ?? {}),
  };
  const changed = { ...pool, settings, mfa: mfaAfterUpdate(pool, settings) };
  if (settings.UserPoolTier !== current.UserPoolTier) requireTierChange(changed, settings);
  requireTierFeatures(settings);
  checkMfa(changed);
  return changed;
}
