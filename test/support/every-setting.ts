import type { UpdateUserPoolClientRequest, UpdateUserPoolRequest } from "../../src/api/generated/shapes.ts";

const LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function";
const KMS_KEY = "arn:aws:kms:us-east-1:123456789012:key/0123";
const SES = "arn:aws:ses:us-east-1:123456789012:identity";
/** An SMS configuration. */
export const SMS = {
  SnsCallerArn: "arn:aws:iam::123456789012:role/sms",
  ExternalId: "one",
  SnsRegion: "us-east-1",
};

export type PoolUpdate = Omit<UpdateUserPoolRequest, "UserPoolId">;
export type ClientUpdate = Omit<UpdateUserPoolClientRequest, "UserPoolId" | "ClientId">;

/** Every setting that UpdateUserPool has, as it is read. */
export const POOL = {
  PoolName: "whole",
  Policies: {
    PasswordPolicy: {
      MinimumLength: 12,
      RequireUppercase: true,
      RequireLowercase: false,
      RequireNumbers: true,
      RequireSymbols: false,
      PasswordHistorySize: 3,
      TemporaryPasswordValidityDays: 5,
    },
    SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "WEB_AUTHN"] },
  },
  DeletionProtection: "ACTIVE",
  LambdaConfig: {
    PreSignUp: `${LAMBDA}:a`,
    CustomMessage: `${LAMBDA}:b`,
    PostConfirmation: `${LAMBDA}:c`,
    PreAuthentication: `${LAMBDA}:d`,
    PostAuthentication: `${LAMBDA}:e`,
    DefineAuthChallenge: `${LAMBDA}:f`,
    CreateAuthChallenge: `${LAMBDA}:g`,
    VerifyAuthChallengeResponse: `${LAMBDA}:h`,
    PreTokenGeneration: `${LAMBDA}:i`,
    UserMigration: `${LAMBDA}:j`,
    PreTokenGenerationConfig: { LambdaArn: `${LAMBDA}:i`, LambdaVersion: "V2_0" },
    CustomSMSSender: { LambdaArn: `${LAMBDA}:k`, LambdaVersion: "V1_0" },
    CustomEmailSender: { LambdaArn: `${LAMBDA}:l`, LambdaVersion: "V1_0" },
    KMSKeyID: KMS_KEY,
    InboundFederation: { LambdaArn: `${LAMBDA}:m`, LambdaVersion: "V1_0" },
  },
  AutoVerifiedAttributes: ["email", "phone_number"],
  SmsVerificationMessage: "sms {####}",
  EmailVerificationMessage: "mail {####}",
  EmailVerificationSubject: "subject",
  VerificationMessageTemplate: {
    SmsMessage: "sms {####}",
    EmailMessage: "mail {####}",
    EmailSubject: "subject",
    EmailMessageByLink: "click {##here##}",
    EmailSubjectByLink: "link",
    DefaultEmailOption: "CONFIRM_WITH_LINK",
  },
  SmsAuthenticationMessage: "sign in {####}",
  UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ["email"] },
  MfaConfiguration: "OPTIONAL",
  DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false },
  EmailConfiguration: {
    SourceArn: `${SES}/a@example.com`,
    ReplyToEmailAddress: "help@example.com",
    EmailSendingAccount: "DEVELOPER",
    From: "Example <a@example.com>",
    ConfigurationSet: "set",
  },
  SmsConfiguration: SMS,
  UserPoolTags: { team: "identity" },
  AdminCreateUserConfig: {
    AllowAdminCreateUserOnly: true,
    UnusedAccountValidityDays: 5,
    InviteMessageTemplate: {
      SMSMessage: "{username} {####}",
      EmailMessage: "hello {username} {####}",
      EmailSubject: "welcome",
    },
  },
  UserPoolAddOns: {
    AdvancedSecurityMode: "AUDIT",
    AdvancedSecurityAdditionalFlows: { CustomAuthMode: "AUDIT" },
  },
  AccountRecoverySetting: {
    RecoveryMechanisms: [
      { Priority: 1, Name: "verified_phone_number" },
      { Priority: 2, Name: "verified_email" },
    ],
  },
  UserPoolTier: "PLUS",
  KeyConfiguration: { KeyType: "CUSTOMER_MANAGED_KEY", KmsKeyArn: KMS_KEY },
  IssuerConfiguration: { Type: "UPDATED" },
  DcrConfiguration: {
    EnableStatus: "Disabled",
    OpenDcrEnabled: false,
    AuthenticatedGrantTypes: ["code"],
    OpenDcrGrantTypes: ["code"],
    AllowedScopes: ["aws.cognito.signin.user.admin"],
  },
  AcrConfiguration: {
    Level1: { AcrValue: "urn:cognito:loa:1" },
    Level2: { AcrValue: "urn:example:two" },
    Level3: { AcrValue: "urn:cognito:loa:3" },
    Level4: { AcrValue: "https://example.com/four" },
  },
} as const satisfies Required<{ readonly [K in keyof PoolUpdate]: unknown }>;

/** The settings that only CreateUserPool has, as they are given. */
export const FIXED = {
  UsernameAttributes: ["email"],
  UsernameConfiguration: { CaseSensitive: false },
  Schema: [
    { Name: "given_name", AttributeDataType: "String", Required: true, Mutable: true },
    {
      Name: "note",
      AttributeDataType: "String",
      StringAttributeConstraints: { MinLength: "1", MaxLength: "9" },
    },
  ],
} as const;

/** For each setting of a pool a change of it alone, and what changes with it because it is the same setting under another name. */
export const POOL_CHANGES: {
  readonly [K in keyof PoolUpdate]-?: { to: object | string; mirrored?: object };
} = {
  PoolName: { to: "renamed" },
  Policies: {
    to: { ...POOL.Policies, PasswordPolicy: { ...POOL.Policies.PasswordPolicy, MinimumLength: 20 } },
  },
  DeletionProtection: { to: "INACTIVE" },
  LambdaConfig: { to: { ...POOL.LambdaConfig, PostAuthentication: `${LAMBDA}:z` } },
  AutoVerifiedAttributes: { to: ["email"] },
  SmsVerificationMessage: { to: "x" },
  EmailVerificationMessage: { to: "x" },
  EmailVerificationSubject: { to: "x" },
  VerificationMessageTemplate: {
    to: {
      ...POOL.VerificationMessageTemplate,
      SmsMessage: "new {####}",
      EmailMessage: "new mail {####}",
      EmailSubject: "new subject",
    },
    mirrored: {
      SmsVerificationMessage: "new {####}",
      EmailVerificationMessage: "new mail {####}",
      EmailVerificationSubject: "new subject",
    },
  },
  SmsAuthenticationMessage: { to: "other {####}" },
  UserAttributeUpdateSettings: {
    to: { AttributesRequireVerificationBeforeUpdate: ["email", "phone_number"] },
  },
  MfaConfiguration: { to: "ON" },
  DeviceConfiguration: {
    to: { ChallengeRequiredOnNewDevice: false, DeviceOnlyRememberedOnUserPrompt: true },
  },
  EmailConfiguration: { to: { ...POOL.EmailConfiguration, From: "Else <a@example.com>" } },
  SmsConfiguration: { to: { ...SMS, ExternalId: "two" } },
  UserPoolTags: { to: { team: "other" } },
  AdminCreateUserConfig: { to: { ...POOL.AdminCreateUserConfig, AllowAdminCreateUserOnly: false } },
  UserPoolAddOns: { to: { ...POOL.UserPoolAddOns, AdvancedSecurityMode: "ENFORCED" } },
  AccountRecoverySetting: { to: { RecoveryMechanisms: [{ Priority: 1, Name: "admin_only" }] } },
  UserPoolTier: { to: "ESSENTIALS" },
  KeyConfiguration: { to: { KeyType: "AWS_OWNED_KEY" } },
  IssuerConfiguration: { to: { Type: "ORIGINAL" } },
  DcrConfiguration: { to: { ...POOL.DcrConfiguration, EnableStatus: "Enabled" } },
  AcrConfiguration: { to: { ...POOL.AcrConfiguration, Level1: { AcrValue: "urn:example:one" } } },
};

/** Every setting that UpdateUserPoolClient has, as it is read; it needs the provider Corp, the scope api/read and custom:note. */
export const CLIENT = {
  ClientName: "whole",
  RefreshTokenValidity: 60,
  AccessTokenValidity: 10,
  IdTokenValidity: 20,
  TokenValidityUnits: { AccessToken: "minutes", IdToken: "minutes", RefreshToken: "hours" },
  ReadAttributes: ["email", "name", "custom:note"],
  WriteAttributes: ["email", "name"],
  ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH"],
  SupportedIdentityProviders: ["COGNITO", "Corp"],
  CallbackURLs: ["https://app.example.com/in", "myapp://in"],
  LogoutURLs: ["https://app.example.com/out"],
  DefaultRedirectURI: "myapp://in",
  AllowedOAuthFlows: ["code", "implicit"],
  AllowedOAuthScopes: ["openid", "api/read"],
  AllowedOAuthFlowsUserPoolClient: true,
  AnalyticsConfiguration: {
    ApplicationId: "0123456789abcdef0123456789abcdef",
    RoleArn: "arn:aws:iam::123456789012:role/analytics",
    ExternalId: "external",
    UserDataShared: true,
  },
  PreventUserExistenceErrors: "ENABLED",
  EnableTokenRevocation: false,
  EnablePropagateAdditionalUserContextData: true,
  AuthSessionValidity: 10,
  RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: 30 },
} as const satisfies Required<{ readonly [K in keyof ClientUpdate]: unknown }>;

/** For each setting of a client a change of it alone. */
export const CLIENT_CHANGES: { readonly [K in keyof ClientUpdate]-?: object | string | number | boolean } = {
  ClientName: "renamed",
  RefreshTokenValidity: 70,
  AccessTokenValidity: 11,
  IdTokenValidity: 21,
  TokenValidityUnits: { AccessToken: "hours", IdToken: "minutes", RefreshToken: "hours" },
  ReadAttributes: ["email"],
  WriteAttributes: ["email"],
  ExplicitAuthFlows: ["ALLOW_CUSTOM_AUTH"],
  SupportedIdentityProviders: ["COGNITO"],
  CallbackURLs: ["https://app.example.com/else", "myapp://in"],
  LogoutURLs: ["https://app.example.com/else"],
  DefaultRedirectURI: "https://app.example.com/in",
  AllowedOAuthFlows: ["code"],
  AllowedOAuthScopes: ["openid"],
  AllowedOAuthFlowsUserPoolClient: false,
  AnalyticsConfiguration: { ...CLIENT.AnalyticsConfiguration, UserDataShared: false },
  PreventUserExistenceErrors: "LEGACY",
  EnableTokenRevocation: true,
  EnablePropagateAdditionalUserContextData: false,
  AuthSessionValidity: 4,
  RefreshTokenRotation: { Feature: "DISABLED" },
};
