import {
  CreateUserPoolCommand,
  DeleteUserPoolCommand,
  DescribeUserPoolCommand,
  paginateListUserPools,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, describe, expect, it } from "vitest";
import type { UpdateUserPoolRequest } from "../../src/api/generated/shapes.ts";
import { apiOf, claimsOf, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, makeClient, makePool, makeUser, PASSWORD, signIn } from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const world = await startWorld();
const api = apiOf(world);
afterAll(() => closeWithinModel(world));

const ROLE = "arn:aws:iam::123456789012:role/sms";
const SMS = { SnsCallerArn: ROLE, ExternalId: "external" };

const describePool = async (id: string) => (await api("DescribeUserPool", { UserPoolId: id })).UserPool ?? {};

const standardString = (Name: string, more: object = {}) => ({
  Name,
  AttributeDataType: "String",
  DeveloperOnlyAttribute: false,
  Mutable: true,
  Required: false,
  StringAttributeConstraints: { MinLength: "0", MaxLength: "2048" },
  ...more,
});
const standardFlag = (Name: string) => ({
  Name,
  AttributeDataType: "Boolean",
  DeveloperOnlyAttribute: false,
  Mutable: true,
  Required: false,
});

const STANDARD_ATTRIBUTES = [
  standardString("sub", {
    Mutable: false,
    Required: true,
    StringAttributeConstraints: { MinLength: "1", MaxLength: "2048" },
  }),
  ...["name", "given_name", "family_name", "middle_name", "nickname", "preferred_username"].map((name) =>
    standardString(name),
  ),
  ...["profile", "picture", "website", "email"].map((name) => standardString(name)),
  standardFlag("email_verified"),
  standardString("gender"),
  standardString("birthdate", { StringAttributeConstraints: { MinLength: "10", MaxLength: "10" } }),
  ...["zoneinfo", "locale", "phone_number"].map((name) => standardString(name)),
  standardFlag("phone_number_verified"),
  standardString("address"),
  {
    Name: "updated_at",
    AttributeDataType: "Number",
    DeveloperOnlyAttribute: false,
    Mutable: true,
    Required: false,
    NumberAttributeConstraints: { MinValue: "0" },
  },
  standardString("identities", { StringAttributeConstraints: {} }),
];

/** What CreateUserPool and DescribeUserPool answer for a pool of which only the name was given. */
const defaultPool = (id: string, name: string) => ({
  Id: id,
  Name: name,
  Arn: `arn:aws:cognito-idp:us-east-1:123456789012:userpool/${id}`,
  CreationDate: expect.anything(),
  LastModifiedDate: expect.anything(),
  Policies: {
    PasswordPolicy: {
      MinimumLength: 8,
      RequireUppercase: true,
      RequireLowercase: true,
      RequireNumbers: true,
      RequireSymbols: true,
      TemporaryPasswordValidityDays: 7,
    },
    SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD"] },
  },
  DeletionProtection: "INACTIVE",
  LambdaConfig: {},
  SchemaAttributes: STANDARD_ATTRIBUTES,
  VerificationMessageTemplate: { DefaultEmailOption: "CONFIRM_WITH_CODE" },
  MfaConfiguration: "OFF",
  EstimatedNumberOfUsers: 0,
  EmailConfiguration: { EmailSendingAccount: "COGNITO_DEFAULT" },
  AdminCreateUserConfig: { AllowAdminCreateUserOnly: false, UnusedAccountValidityDays: 7 },
  UserPoolTier: "ESSENTIALS",
  UserPoolTags: {},
  AcrConfiguration: {
    Level1: { AcrValue: "urn:cognito:loa:1" },
    Level2: { AcrValue: "urn:cognito:loa:2" },
    Level3: { AcrValue: "urn:cognito:loa:3" },
    Level4: { AcrValue: "urn:cognito:loa:4" },
  },
});

/** As the AWS CLI shows it, whose model knows no levels of assurance. */
const cliPool = (...names: Parameters<typeof defaultPool>) => {
  const { AcrConfiguration: _, ...known } = defaultPool(...names);
  return known;
};

describe.skipIf(awsCliMissing)(`a user pool, by the AWS CLI (${awsCliMissing ?? "installed"})`, () => {
  const aws = awsCli(world.url);

  it("is made with Cognito's defaults, described alike, changed, listed and deleted", async () => {
    const made = await aws("create-user-pool", "--pool-name", "by cli");
    expect(made.status).toBe(0);
    const { Id: id } = made.output.UserPool;
    expect(id).toMatch(/^us-east-1_[A-Za-z0-9]{9}$/);
    expect(made.output).toEqual({ UserPool: cliPool(id, "by cli") });
    expect(made.output.UserPool.CreationDate).toBe(made.output.UserPool.LastModifiedDate);

    const described = await aws("describe-user-pool", "--user-pool-id", id);
    expect(described.output).toEqual(made.output);

    const updated = await aws("update-user-pool", "--user-pool-id", id, "--mfa-configuration", "OFF");
    expect([updated.status, updated.output]).toEqual([0, undefined]);

    const listed = await aws("list-user-pools", "--max-results", "60");
    expect(listed.output.UserPools).toContainEqual({
      Id: id,
      Name: "by cli",
      LambdaConfig: {},
      LastModifiedDate: expect.anything(),
      CreationDate: made.output.UserPool.CreationDate,
    });

    const deleted = await aws("delete-user-pool", "--user-pool-id", id);
    expect([deleted.status, deleted.output]).toEqual([0, undefined]);
  });

  it("is invisible from another region", async () => {
    const { Id } = await makePool(api);
    const elsewhere = await awsCli(world.url, "eu-west-1")("describe-user-pool", "--user-pool-id", Id);
    expect(elsewhere.errorCode).toBe("ResourceNotFoundException");
    expect(elsewhere.errorMessage).toBe(`User pool ${Id} does not exist.`);
  });
});

describe("CreateUserPool", () => {
  it("answers with the defaults, whose member set is Cognito's", async () => {
    const pool = await makePool(api, { PoolName: "plain" });
    expect(pool).toEqual(defaultPool(pool.Id, "plain"));
    expect(pool.CreationDate).toBe(pool.LastModifiedDate);
    expect(typeof pool.CreationDate).toBe("number");
    expect(await describePool(pool.Id)).toEqual(pool);
  });

  it("makes pools of the same name, with ids of their own", async () => {
    const first = await makePool(api, { PoolName: "twin" });
    const second = await makePool(api, { PoolName: "twin" });
    expect(first.Id).not.toBe(second.Id);
  });

  it("makes the pool in the region that the call was signed for", async () => {
    const tokyo = world.client("ap-northeast-1");
    const { UserPool } = await tokyo.send(new CreateUserPoolCommand({ PoolName: "tokyo" }));
    expect(UserPool?.Id).toMatch(/^ap-northeast-1_[A-Za-z0-9]{9}$/);
    expect(UserPool?.Arn).toBe(`arn:aws:cognito-idp:ap-northeast-1:123456789012:userpool/${UserPool?.Id}`);
  });

  it("takes what a partial password policy omits for off, and 7 days for a temporary password", async () => {
    const pool = await makePool(api, { Policies: { PasswordPolicy: { MinimumLength: 12 } } });
    expect(pool.Policies?.PasswordPolicy).toEqual({
      MinimumLength: 12,
      RequireUppercase: false,
      RequireLowercase: false,
      RequireNumbers: false,
      RequireSymbols: false,
      TemporaryPasswordValidityDays: 7,
    });
  });

  it("shows the legacy number of days in step with TemporaryPasswordValidityDays", async () => {
    const byPolicy = await makePool(api, {
      Policies: { PasswordPolicy: { TemporaryPasswordValidityDays: 3 } },
    });
    expect(byPolicy.AdminCreateUserConfig?.UnusedAccountValidityDays).toBe(3);
    const byLegacy = await makePool(api, { AdminCreateUserConfig: { UnusedAccountValidityDays: 30 } });
    expect(byLegacy.Policies?.PasswordPolicy?.TemporaryPasswordValidityDays).toBe(30);
    const zero = await makePool(api, { Policies: { PasswordPolicy: { TemporaryPasswordValidityDays: 0 } } });
    expect(zero.Policies?.PasswordPolicy?.TemporaryPasswordValidityDays).toBe(7);
  });

  it("shows a password history only when there is one", async () => {
    const pool = await makePool(api, { Policies: { PasswordPolicy: { PasswordHistorySize: 5 } } });
    expect(pool.Policies?.PasswordPolicy?.PasswordHistorySize).toBe(5);
    const none = await makePool(api, { Policies: { PasswordPolicy: { PasswordHistorySize: 0 } } });
    expect(none.Policies?.PasswordPolicy).not.toHaveProperty("PasswordHistorySize");
  });

  it("mirrors the older message members and the template into each other", async () => {
    const older = await makePool(api, {
      EmailVerificationMessage: "mail {####}",
      EmailVerificationSubject: "subject",
      SmsVerificationMessage: "sms {####}",
    });
    expect(older.VerificationMessageTemplate).toEqual({
      DefaultEmailOption: "CONFIRM_WITH_CODE",
      EmailMessage: "mail {####}",
      EmailSubject: "subject",
      SmsMessage: "sms {####}",
    });
    const template = await makePool(api, {
      VerificationMessageTemplate: {
        EmailMessage: "mail {####}",
        EmailSubject: "subject",
        SmsMessage: "sms {####}",
      },
    });
    expect(template).toMatchObject({
      EmailVerificationMessage: "mail {####}",
      EmailVerificationSubject: "subject",
      SmsVerificationMessage: "sms {####}",
    });
  });

  it("echoes what was given, and the pool's region for SMS", async () => {
    const given = {
      AutoVerifiedAttributes: ["email", "phone_number"],
      UsernameAttributes: ["email"],
      UsernameConfiguration: { CaseSensitive: false },
      DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false },
      AccountRecoverySetting: { RecoveryMechanisms: [{ Priority: 1, Name: "verified_email" }] },
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ["email"] },
      UserPoolTags: { team: "identity" },
      DeletionProtection: "INACTIVE",
      SmsAuthenticationMessage: "sign in with {####}",
    } as const;
    const pool = await makePool(api, { ...given, SmsConfiguration: SMS } as never);
    expect(pool).toMatchObject({ ...given, SmsConfiguration: { ...SMS, SnsRegion: "us-east-1" } });
    expect(await describePool(pool.Id)).toEqual(pool);
  });

  it("keeps PreTokenGeneration and its newer form as one", async () => {
    const arn = "arn:aws:lambda:us-east-1:123456789012:function:claims";
    const pool = await makePool(api, { LambdaConfig: { PreTokenGeneration: arn } });
    expect(pool.LambdaConfig).toEqual({
      PreTokenGeneration: arn,
      PreTokenGenerationConfig: { LambdaArn: arn, LambdaVersion: "V1_0" },
    });
  });

  it("lets schema entries under standard names change those, and makes all others custom attributes", async () => {
    const pool = await makePool(api, {
      Schema: [
        { Name: "email", Required: true, Mutable: false },
        {
          Name: "tier",
          AttributeDataType: "Number",
          NumberAttributeConstraints: { MinValue: "1", MaxValue: "3" },
        },
        { Name: "note", AttributeDataType: "String" },
        { Name: "secret", AttributeDataType: "String", DeveloperOnlyAttribute: true, Mutable: false },
      ],
    });
    expect(pool.SchemaAttributes?.find(({ Name }) => Name === "email")).toEqual(
      standardString("email", { Required: true, Mutable: false }),
    );
    expect(pool.SchemaAttributes?.slice(STANDARD_ATTRIBUTES.length)).toEqual([
      {
        Name: "custom:tier",
        AttributeDataType: "Number",
        DeveloperOnlyAttribute: false,
        Mutable: true,
        Required: false,
        NumberAttributeConstraints: { MinValue: "1", MaxValue: "3" },
      },
      {
        Name: "custom:note",
        AttributeDataType: "String",
        DeveloperOnlyAttribute: false,
        Mutable: true,
        Required: false,
        StringAttributeConstraints: {},
      },
      {
        Name: "dev:custom:secret",
        AttributeDataType: "String",
        DeveloperOnlyAttribute: true,
        Mutable: false,
        Required: false,
        StringAttributeConstraints: {},
      },
    ]);
  });

  it.each([
    [
      "both kinds of sign-in names",
      { AliasAttributes: ["email"], UsernameAttributes: ["email"] },
      "InvalidParameterException: Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
    ],
    [
      "a verified phone without SMS",
      { AutoVerifiedAttributes: ["phone_number"] },
      "InvalidParameterException: SMS configuration is required when phone_number is selected for auto verification",
    ],
    [
      "an SMS role of another account",
      { SmsConfiguration: { SnsCallerArn: "arn:aws:iam::999999999999:role/sms" } },
      "InvalidParameterException: Cross-account pass role is not allowed.",
    ],
    [
      "conflicting days for temporary passwords",
      {
        Policies: { PasswordPolicy: { TemporaryPasswordValidityDays: 3 } },
        AdminCreateUserConfig: { UnusedAccountValidityDays: 4 },
      },
      "InvalidParameterException: Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
    ],
    [
      "a required custom attribute",
      { Schema: [{ Name: "x", AttributeDataType: "String", Required: true }] },
      "InvalidParameterException: Required custom attributes are not supported currently.",
    ],
    [
      "a custom attribute without a type",
      { Schema: [{ Name: "x" }] },
      "InvalidParameterException: Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
    ],
    [
      "the same custom attribute twice",
      {
        Schema: [
          { Name: "x", AttributeDataType: "String" },
          { Name: "x", AttributeDataType: "String" },
        ],
      },
      "InvalidParameterException: custom:x: Existing attribute already has name custom:x.",
    ],
    [
      "another type for a standard attribute",
      { Schema: [{ Name: "email", AttributeDataType: "Number" }] },
      "InvalidParameterException: You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
    ],
    [
      "a function of another region",
      { LambdaConfig: { PreSignUp: "arn:aws:lambda:eu-west-1:123456789012:function:f" } },
      "InvalidParameterException: Cross-region lambda functions are not supported",
    ],
    [
      "a name with forbidden characters",
      { PoolName: "a/b" },
      "InvalidParameterException: 1 validation error detected: Value 'a/b' at 'poolName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w\\s+=,.@-]+",
    ],
    [
      "a minimum length of 5",
      { Policies: { PasswordPolicy: { MinimumLength: 5 } } },
      "InvalidParameterException: 1 validation error detected: Value '5' at 'policies.passwordPolicy.minimumLength' failed to satisfy constraint: Member must have value greater than or equal to 6",
    ],
    [
      "a minimum length of 100",
      { Policies: { PasswordPolicy: { MinimumLength: 100 } } },
      "InvalidParameterException: 1 validation error detected: Value '100' at 'policies.passwordPolicy.minimumLength' failed to satisfy constraint: Member must have value less than or equal to 99",
    ],
    [
      "an unknown MFA mode",
      { MfaConfiguration: "SOMETIMES" },
      "InvalidParameterException: 1 validation error detected: Value 'SOMETIMES' at 'mfaConfiguration' failed to satisfy constraint: Member must satisfy enum value set: [OFF, ON, OPTIONAL]",
    ],
    [
      "a region for SMS that its own region does not allow",
      { SmsConfiguration: { ...SMS, SnsRegion: "eu-west-1" } },
      "InvalidParameterException: Invalid snsRegion. Allowed SNS region for us-east-1 is us-east-1",
    ],
    [
      "a role of another account for SMS by End User Messaging",
      { SmsConfiguration: { EumsSms: { CallerArn: "arn:aws:iam::999999999999:role/sms" } } },
      "InvalidParameterException: Cross-account pass role is not allowed.",
    ],
    [
      "an e-mail identity of another account",
      { EmailConfiguration: { SourceArn: "arn:aws:ses:us-east-1:999999999999:identity/a@example.com" } },
      "InvalidParameterException: Cognito is not allowed to use your email identity",
    ],
    [
      "an invitation by SMS without the password",
      { AdminCreateUserConfig: { InviteMessageTemplate: { SMSMessage: "hello {username}" } } },
      "InvalidParameterException: Invalid SMS message for Admin create user flow parameter",
    ],
  ])("refuses %s", async (_what, given, sentence) => {
    expect(await refusal(makePool(api, given as never))).toBe(sentence);
  });

  // Texts that the reference does not vouch for: the code and the subject of the sentence count.
  it.each([
    [
      "first factors without PASSWORD",
      { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["EMAIL_OTP"] } } },
      /^InvalidParameterException: .*PASSWORD/,
    ],
    [
      "passwordless factors in LITE",
      {
        UserPoolTier: "LITE",
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
      },
      /^FeatureUnavailableInTierException: /,
    ],
    [
      "a password history in LITE",
      { UserPoolTier: "LITE", Policies: { PasswordPolicy: { PasswordHistorySize: 2 } } },
      /^FeatureUnavailableInTierException: /,
    ],
    [
      "threat protection outside PLUS",
      { UserPoolAddOns: { AdvancedSecurityMode: "ENFORCED" } },
      /^FeatureUnavailableInTierException: .*Threat Protection$/,
    ],
    [
      "admin_only beside another mechanism",
      {
        AccountRecoverySetting: {
          RecoveryMechanisms: [
            { Priority: 1, Name: "admin_only" },
            { Priority: 2, Name: "verified_email" },
          ],
        },
      },
      /^InvalidParameterException: .*admin_only/,
    ],
    [
      "one priority twice",
      {
        AccountRecoverySetting: {
          RecoveryMechanisms: [
            { Priority: 1, Name: "verified_phone_number" },
            { Priority: 1, Name: "verified_email" },
          ],
        },
      },
      /^InvalidParameterException: .*priorit/,
    ],
    [
      "proof before update of what is not verified",
      { UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ["email"] } },
      /^InvalidParameterException: /,
    ],
    [
      "own e-mail sending without a source",
      { EmailConfiguration: { EmailSendingAccount: "DEVELOPER" } },
      /^InvalidParameterException: .*SourceArn/,
    ],
    [
      "a newer token function in LITE",
      {
        UserPoolTier: "LITE",
        LambdaConfig: {
          PreTokenGenerationConfig: {
            LambdaArn: "arn:aws:lambda:us-east-1:123456789012:function:f",
            LambdaVersion: "V2_0",
          },
        },
      },
      /^FeatureUnavailableInTierException: .*Token Customization with Pre-Token Generation Lambda V2_0$/,
    ],
    [
      "client registration in LITE",
      { UserPoolTier: "LITE", DcrConfiguration: {} },
      /^FeatureUnavailableInTierException: /,
    ],
    [
      "own names of levels of assurance in LITE",
      { UserPoolTier: "LITE", AcrConfiguration: { Level1: { AcrValue: "urn:a:1" } } },
      /^FeatureUnavailableInTierException: /,
    ],
    [
      "a level of assurance that does not exist",
      { AcrConfiguration: { Level5: { AcrValue: "urn:a:5" } } },
      /^InvalidParameterException: .*Level1/,
    ],
    [
      "two levels of assurance of one name",
      { AcrConfiguration: { Level1: { AcrValue: "urn:cognito:loa:2" } } },
      /^InvalidParameterException: .*different/,
    ],
    [
      "a software token as first factor",
      { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "SOFTWARE_TOKEN"] } } },
      /^InvalidParameterException: .*SOFTWARE_TOKEN/,
    ],
    [
      "MFA that is required beside codes as first factors",
      {
        MfaConfiguration: "ON",
        SmsConfiguration: SMS,
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "SMS_OTP"] } },
      },
      /^InvalidParameterException: Invalid MFA configuration given/,
    ],
    [
      "SMS without a role",
      { SmsConfiguration: { ExternalId: "x" } },
      /^InvalidParameterException: .*SnsCallerArn/,
    ],
    [
      "two ways of sending SMS",
      { SmsConfiguration: { ...SMS, EumsSms: { CallerArn: ROLE } } },
      /^InvalidParameterException: .*EumsSms/,
    ],
    [
      "SMS by End User Messaging in another region",
      { SmsConfiguration: { EumsSms: { CallerArn: ROLE, Region: "eu-west-1" } } },
      /^InvalidParameterException: .*us-east-1/,
    ],
    [
      "a key of its own that it does not name",
      { KeyConfiguration: { KeyType: "CUSTOMER_MANAGED_KEY" } },
      /^InvalidParameterException: .*KmsKeyArn/,
    ],
    [
      "one recovery mechanism twice",
      {
        AccountRecoverySetting: {
          RecoveryMechanisms: [
            { Priority: 1, Name: "verified_email" },
            { Priority: 2, Name: "verified_email" },
          ],
        },
      },
      /^InvalidParameterException: /,
    ],
    ["MFA without a factor", { MfaConfiguration: "ON" }, /^InvalidParameterException: SMS configuration/],
    [
      "a shortest length above the longest",
      {
        Schema: [
          {
            Name: "x",
            AttributeDataType: "String",
            StringAttributeConstraints: { MinLength: "9", MaxLength: "2" },
          },
        ],
      },
      /^InvalidParameterException: .*cannot have a max length shorter than it's min length/,
    ],
  ])("refuses %s", async (_what, given, sentence) => {
    expect(await refusal(makePool(api, given as never))).toMatch(sentence);
  });
});

describe("UpdateUserPool", () => {
  it("takes every omitted member back to its default, but keeps name, tier, tags and what is fixed", async () => {
    const pool = await makePool(api, {
      PoolName: "kept",
      UserPoolTier: "PLUS",
      UserPoolTags: { kept: "yes" },
      UsernameAttributes: ["email"],
      UsernameConfiguration: { CaseSensitive: false },
      Schema: [{ Name: "note", AttributeDataType: "String" }],
      Policies: {
        PasswordPolicy: { MinimumLength: 20 },
        SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] },
      },
      DeletionProtection: "ACTIVE",
      AutoVerifiedAttributes: ["email"],
      EmailVerificationMessage: "mail {####}",
      SmsConfiguration: SMS,
      MfaConfiguration: "OPTIONAL",
      DeviceConfiguration: { ChallengeRequiredOnNewDevice: true },
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      AccountRecoverySetting: { RecoveryMechanisms: [{ Priority: 1, Name: "verified_email" }] },
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ["email"] },
      UserPoolAddOns: { AdvancedSecurityMode: "AUDIT" },
      LambdaConfig: { PreSignUp: "arn:aws:lambda:us-east-1:123456789012:function:f" },
      EmailConfiguration: { ReplyToEmailAddress: "help@example.com" },
    } as never);
    await world.advanceSeconds(60);
    expect(await api("UpdateUserPool", { UserPoolId: pool.Id })).toEqual({});
    const after = await describePool(pool.Id);
    expect(after).toEqual({
      ...defaultPool(pool.Id, "kept"),
      UserPoolTier: "PLUS",
      UserPoolTags: { kept: "yes" },
      UsernameAttributes: ["email"],
      UsernameConfiguration: { CaseSensitive: false },
      SchemaAttributes: pool.SchemaAttributes,
    });
    expect(after.CreationDate).toBe(pool.CreationDate);
    expect(after.LastModifiedDate).toBeGreaterThan(pool.LastModifiedDate ?? 0);
  });

  it("turns MFA off when it is omitted, with the configuration of its factors", async () => {
    const pool = await makePool(api);
    await api("SetUserPoolMfaConfig", {
      UserPoolId: pool.Id,
      MfaConfiguration: "OPTIONAL",
      SoftwareTokenMfaConfiguration: { Enabled: true },
    });
    await api("UpdateUserPool", { UserPoolId: pool.Id });
    expect(await api("GetUserPoolMfaConfig", { UserPoolId: pool.Id })).toEqual({ MfaConfiguration: "OFF" });
  });

  it("keeps MFA that is given again, with factors that only SetUserPoolMfaConfig can set", async () => {
    const pool = await makePool(api);
    const mfa = { MfaConfiguration: "ON", SoftwareTokenMfaConfiguration: { Enabled: true } } as const;
    await api("SetUserPoolMfaConfig", { UserPoolId: pool.Id, ...mfa });
    await api("UpdateUserPool", { UserPoolId: pool.Id, MfaConfiguration: "ON" });
    expect(await api("GetUserPoolMfaConfig", { UserPoolId: pool.Id })).toEqual(mfa);
  });

  it("changes name, tier and tags when they are given", async () => {
    const pool = await makePool(api, { UserPoolTags: { old: "1" } });
    const change = { PoolName: "renamed", UserPoolTier: "LITE", UserPoolTags: { new: "2" } } as const;
    await api("UpdateUserPool", { UserPoolId: pool.Id, ...change } as UpdateUserPoolRequest);
    const { Name, UserPoolTier, UserPoolTags } = await describePool(pool.Id);
    expect({ PoolName: Name, UserPoolTier, UserPoolTags }).toEqual(change);
  });

  it("checks like CreateUserPool, and changes nothing when it refuses", async () => {
    const pool = await makePool(api, { PoolName: "as it was" });
    const change = { UserPoolId: pool.Id, PoolName: "other", AutoVerifiedAttributes: ["phone_number"] };
    expect(await refusal(api("UpdateUserPool", change as never))).toBe(
      "InvalidParameterException: SMS configuration is required when phone_number is selected for auto verification",
    );
    expect(await describePool(pool.Id)).toEqual(pool);
  });
});

describe("a change of the tier", () => {
  const OWN_SENDER = {
    EmailSendingAccount: "DEVELOPER",
    SourceArn: "arn:aws:ses:us-east-1:123456789012:identity/a@example.com",
  } as const;

  it("is refused while e-mail MFA needs the present one, and made when that is gone", async () => {
    const { Id: UserPoolId } = await makePool(api, { EmailConfiguration: OWN_SENDER });
    const mfa = { MfaConfiguration: "ON", EmailMfaConfiguration: {} } as const;
    await api("SetUserPoolMfaConfig", { UserPoolId, ...mfa });
    const change = { UserPoolId, EmailConfiguration: OWN_SENDER, UserPoolTier: "LITE" } as const;
    expect(await refusal(api("UpdateUserPool", { ...change, MfaConfiguration: "ON" }))).toMatch(
      /^TierChangeNotAllowedException: /,
    );
    expect((await describePool(UserPoolId)).UserPoolTier).toBe("ESSENTIALS");
    await api("UpdateUserPool", change);
    expect((await describePool(UserPoolId)).UserPoolTier).toBe("LITE");
    expect(await refusal(api("SetUserPoolMfaConfig", { UserPoolId, ...mfa }))).toMatch(
      /^FeatureUnavailableInTierException: /,
    );
  });

  it("is refused while clients may register themselves, which an update that omits it keeps", async () => {
    const { Id: UserPoolId, DcrConfiguration } = await makePool(api, { DcrConfiguration: {} });
    expect(DcrConfiguration).toEqual({ EnableStatus: "Enabled", OpenDcrEnabled: false });
    await api("UpdateUserPool", { UserPoolId });
    expect((await describePool(UserPoolId)).DcrConfiguration).toEqual(DcrConfiguration);
    const change = { UserPoolId, UserPoolTier: "LITE" } as const;
    expect(await refusal(api("UpdateUserPool", change))).toMatch(/^TierChangeNotAllowedException: /);
    await api("UpdateUserPool", { ...change, DcrConfiguration: { EnableStatus: "Disabled" } });
    expect((await describePool(UserPoolId)).UserPoolTier).toBe("LITE");
  });

  it("is refused with the features that the same update gives", async () => {
    const { Id: UserPoolId } = await makePool(api, { UserPoolTier: "PLUS" });
    const UserPoolAddOns = { AdvancedSecurityMode: "ENFORCED" } as const;
    await api("UpdateUserPool", { UserPoolId, UserPoolAddOns });
    expect(
      await refusal(api("UpdateUserPool", { UserPoolId, UserPoolAddOns, UserPoolTier: "ESSENTIALS" })),
    ).toMatch(/^FeatureUnavailableInTierException: .*Threat Protection$/);
    const { UserPoolTier, UserPoolAddOns: kept } = await describePool(UserPoolId);
    expect([UserPoolTier, kept]).toEqual([
      "PLUS",
      { ...UserPoolAddOns, AdvancedSecurityAdditionalFlows: {} },
    ]);
  });

  it("to LITE takes choice-based sign-in from new clients", async () => {
    const { Id } = await makePool(api, { UserPoolTier: "LITE" });
    expect(await refusal(makeClient(api, Id, { ExplicitAuthFlows: ["ALLOW_USER_AUTH"] }))).toMatch(
      /^FeatureUnavailableInTierException: /,
    );
  });
});

describe("MFA by e-mail", () => {
  it("is refused where people recover their accounts by e-mail only, whichever comes first", async () => {
    const EmailConfiguration = {
      EmailSendingAccount: "DEVELOPER",
      SourceArn: "arn:aws:ses:us-east-1:123456789012:identity/a@example.com",
    } as const;
    const byEmail = { RecoveryMechanisms: [{ Priority: 1, Name: "verified_email" }] };
    const mfa = { MfaConfiguration: "ON", EmailMfaConfiguration: {} } as const;
    const refused = /^InvalidParameterException: .*verified_email/;
    const recoverable = await makePool(api, { EmailConfiguration, AccountRecoverySetting: byEmail as never });
    expect(await refusal(api("SetUserPoolMfaConfig", { UserPoolId: recoverable.Id, ...mfa }))).toMatch(
      refused,
    );
    const { Id: UserPoolId } = await makePool(api, { EmailConfiguration });
    await api("SetUserPoolMfaConfig", { UserPoolId, ...mfa });
    const kept = { UserPoolId, EmailConfiguration, MfaConfiguration: "ON" } as const;
    const update = { ...kept, AccountRecoverySetting: byEmail as never };
    expect(await refusal(api("UpdateUserPool", update))).toMatch(refused);
    await api("UpdateUserPool", kept);
  });
});

describe("the relying party of a pool's passkeys", () => {
  it.each(["https://example.com", "com", "-a.example", "example.com/x", ""])("is not %j", async (id) => {
    const { Id: UserPoolId } = await makePool(api);
    const WebAuthnConfiguration = { RelyingPartyId: id };
    expect(await refusal(api("SetUserPoolMfaConfig", { UserPoolId, WebAuthnConfiguration }))).toMatch(
      /^InvalidParameterException: /,
    );
  });
});

describe("the issuer of a pool, in the form of Amazon's tokens", () => {
  it("is the one that IssuerConfiguration says, and tokens of it are taken", async () => {
    const amazon = await startWorld({ issuer: "aws" });
    try {
      const there = apiOf(amazon);
      for (const [Type, host] of [
        ["ORIGINAL", "cognito-idp.us-east-1.amazonaws.com"],
        ["UPDATED", "issuer-cognito-idp.us-east-1.amazonaws.com"],
      ] as const) {
        const { Id } = await makePool(there, { IssuerConfiguration: { Type } });
        const client = await makeClient(there, Id);
        await makeUser(there, Id, "ana", { password: PASSWORD });
        const { AccessToken } = await signIn(there, client, "ana");
        expect(claimsOf(AccessToken)).toMatchObject({ iss: `https://${host}/${Id}` });
        expect((await there("GetUser", { AccessToken })).Username).toBe("ana");
      }
    } finally {
      await closeWithinModel(amazon);
    }
  });
});

describe("AddCustomAttributes", () => {
  it("lets the schema grow", async () => {
    const pool = await makePool(api);
    const added = { Name: "badge", AttributeDataType: "String" } as const;
    expect(await api("AddCustomAttributes", { UserPoolId: pool.Id, CustomAttributes: [added] })).toEqual({});
    const { SchemaAttributes } = await describePool(pool.Id);
    expect(SchemaAttributes?.at(-1)).toMatchObject({ Name: "custom:badge", Mutable: true, Required: false });
    expect(
      await refusal(api("AddCustomAttributes", { UserPoolId: pool.Id, CustomAttributes: [added] })),
    ).toBe("InvalidParameterException: custom:badge: Existing attribute already has name custom:badge.");
  });

  it("takes 50 custom attributes and no more", async () => {
    const pool = await makePool(api);
    const batch = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({
        Name: `a${from + i}`,
        AttributeDataType: "String" as const,
      }));
    await api("AddCustomAttributes", { UserPoolId: pool.Id, CustomAttributes: batch(0, 25) });
    await api("AddCustomAttributes", { UserPoolId: pool.Id, CustomAttributes: batch(25, 25) });
    expect(
      await refusal(api("AddCustomAttributes", { UserPoolId: pool.Id, CustomAttributes: batch(50, 1) })),
    ).toMatch(/^InvalidParameterException: .*50/);
  });
});

describe("DeleteUserPool", () => {
  it("removes the pool at once, with an empty answer", async () => {
    const pool = await makePool(api);
    await makeUser(api, pool.Id, "ana");
    const sdk = world.client();
    await sdk.send(new DeleteUserPoolCommand({ UserPoolId: pool.Id }));
    const gone = `ResourceNotFoundException: User pool ${pool.Id} does not exist.`;
    expect(await refusal(api("DescribeUserPool", { UserPoolId: pool.Id }))).toBe(gone);
    expect(await refusal(api("DeleteUserPool", { UserPoolId: pool.Id }))).toBe(gone);
    expect(await refusal(api("AdminGetUser", { UserPoolId: pool.Id, Username: "ana" }))).toBe(gone);
  });

  it("refuses a protected pool until the protection is taken off", async () => {
    const pool = await makePool(api, { DeletionProtection: "ACTIVE" });
    expect(await refusal(api("DeleteUserPool", { UserPoolId: pool.Id }))).toBe(
      "InvalidParameterException: The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.",
    );
    await api("UpdateUserPool", { UserPoolId: pool.Id, DeletionProtection: "INACTIVE" });
    expect(await api("DeleteUserPool", { UserPoolId: pool.Id })).toBeUndefined();
  });
});

describe("an operation on a pool that is not there", () => {
  const unknown = "us-east-1_Unknown00";

  it("answers ResourceNotFoundException, whatever it wants to do", async () => {
    const there = { UserPoolId: unknown };
    const person = { ...there, Username: "ana" };
    const calls = [
      api("DescribeUserPool", there),
      api("UpdateUserPool", there),
      api("DeleteUserPool", there),
      api("GetUserPoolMfaConfig", there),
      api("SetUserPoolMfaConfig", there),
      api("AddCustomAttributes", {
        ...there,
        CustomAttributes: [{ Name: "x", AttributeDataType: "String" }],
      }),
      api("CreateUserPoolClient", { ...there, ClientName: "c" }),
      api("ListUserPoolClients", there),
      api("ListUsers", there),
      api("AdminCreateUser", person),
      api("AdminGetUser", person),
      api("AdminSetUserPassword", { ...person, Password: "Correct-Horse-9" }),
      api("AdminInitiateAuth", { ...there, ClientId: "c", AuthFlow: "ADMIN_USER_PASSWORD_AUTH" }),
      api("CreateGroup", { ...there, GroupName: "g" }),
    ];
    for (const call of calls)
      expect(await refusal(call)).toBe(`ResourceNotFoundException: User pool ${unknown} does not exist.`);
  });

  it("answers so for a pool of another region too, and leaves that pool alone", async () => {
    const pool = await makePool(api);
    const elsewhere = world.client("eu-central-1");
    for (const command of [
      new DescribeUserPoolCommand({ UserPoolId: pool.Id }),
      new DeleteUserPoolCommand({ UserPoolId: pool.Id }),
    ])
      await expect(elsewhere.send(command as never)).rejects.toMatchObject({
        name: "ResourceNotFoundException",
        message: `User pool ${pool.Id} does not exist.`,
      });
    expect(await describePool(pool.Id)).toEqual(pool);
  });
});

describe("ListUserPools", () => {
  it("goes through all pools of the region in pages, each once", async () => {
    const region = "eu-north-1";
    const sdk = world.client(region);
    const made = new Set<string>();
    for (let i = 0; i < 7; i++) {
      const { UserPool } = await sdk.send(new CreateUserPoolCommand({ PoolName: `page ${i}` }));
      made.add(UserPool?.Id ?? "");
    }
    const seen: string[] = [];
    const pageSizes: number[] = [];
    for await (const page of paginateListUserPools({ client: sdk, pageSize: 3 }, { MaxResults: 3 })) {
      pageSizes.push(page.UserPools?.length ?? 0);
      for (const pool of page.UserPools ?? []) {
        expect(Object.keys(pool).sort()).toEqual([
          "CreationDate",
          "Id",
          "LambdaConfig",
          "LastModifiedDate",
          "Name",
        ]);
        seen.push(pool.Id ?? "");
      }
    }
    expect(pageSizes).toEqual([3, 3, 1]);
    expect(seen.length).toBe(7);
    expect(new Set(seen)).toEqual(made);
  });

  it("answers an empty list, without a token, in a region without pools", async () => {
    const empty = world.client("sa-east-1");
    const pages = [];
    for await (const page of paginateListUserPools({ client: empty }, { MaxResults: 60 })) pages.push(page);
    expect(pages.map(({ UserPools, NextToken }) => ({ UserPools, NextToken }))).toEqual([
      { UserPools: [], NextToken: undefined },
    ]);
  });

  it("refuses tokens that it did not give for this list, and those of an hour ago", async () => {
    await makePool(api);
    await makePool(api);
    const { NextToken: token = "" } = await api("ListUserPools", { MaxResults: 1 });
    const bad = "InvalidParameterException: Invalid pagination token";
    const flipped = `${token.slice(0, -4)}${token.slice(-4) === "AAAA" ? "BBBB" : "AAAA"}`;
    for (const forged of ["x", "garbage-token", "%%%", "AAAA", flipped, token.slice(0, 20), `AYAB${token}`])
      expect(await refusal(api("ListUserPools", { MaxResults: 1, NextToken: forged }))).toBe(bad);
    const pool = await makePool(api);
    expect(
      await refusal(api("ListUserPoolClients", { UserPoolId: pool.Id, MaxResults: 1, NextToken: token })),
    ).toBe(bad);
    expect((await api("ListUserPools", { MaxResults: 1, NextToken: token })).UserPools).toHaveLength(1);
    await world.advanceSeconds(3600);
    expect(await refusal(api("ListUserPools", { MaxResults: 1, NextToken: token }))).toBe(bad);
  });

  it.each([
    [undefined, "Value null at 'maxResults' failed to satisfy constraint: Member must not be null"],
    [
      0,
      "Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      61,
      "Value '61' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 60",
    ],
  ])("refuses MaxResults %s", async (MaxResults, sentence) => {
    expect(await refusal(api("ListUserPools", { MaxResults } as never))).toBe(
      `InvalidParameterException: 1 validation error detected: ${sentence}`,
    );
  });
});

describe("EstimatedNumberOfUsers", () => {
  it("counts the pool's users", async () => {
    const pool = await makePool(api);
    await makeUser(api, pool.Id, "ana");
    await makeUser(api, pool.Id, "ben");
    expect((await describePool(pool.Id)).EstimatedNumberOfUsers).toBe(2);
    await api("AdminDeleteUser", { UserPoolId: pool.Id, Username: "ana" });
    expect((await describePool(pool.Id)).EstimatedNumberOfUsers).toBe(1);
  });
});
