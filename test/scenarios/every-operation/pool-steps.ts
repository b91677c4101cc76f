import assert from "node:assert/strict";
import type { Input } from "../../../src/api/operation.ts";
import type { Steps, Walk } from "./step.ts";

const PARIS = "eu-west-3";
const LIMIT = { LimitClass: "API_CATEGORY", Attributes: { Category: "UserToken" } } as const;
const SMS = { SnsCallerArn: "arn:aws:iam::123456789012:role/sms", ExternalId: "external" };
const LOGS = [
  {
    EventSource: "userNotification",
    LogLevel: "ERROR",
    CloudWatchLogsConfiguration: { LogGroupArn: "arn:aws:logs:us-east-1:123456789012:log-group:notices" },
  },
] as const;

/** What the pool is from UpdateUserPool on; the later steps need it so. */
const SETTINGS = {
  UserPoolTier: "PLUS",
  UserPoolAddOns: { AdvancedSecurityMode: "ENFORCED" },
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "WEB_AUTHN"] } },
  AutoVerifiedAttributes: ["email"],
  DeviceConfiguration: { ChallengeRequiredOnNewDevice: false, DeviceOnlyRememberedOnUserPrompt: true },
  SmsConfiguration: SMS,
} satisfies Partial<Input<"UpdateUserPool">>;

const described = async ({ api, UserPoolId }: Walk) =>
  (await api("DescribeUserPool", { UserPoolId })).UserPool ?? {};
const arnOf = async (walk: Walk): Promise<string> => (await described(walk)).Arn ?? "";
const tagsOf = async (walk: Walk) =>
  (await walk.api("ListTagsForResource", { ResourceArn: await arnOf(walk) })).Tags;
const replicas = async ({ api, UserPoolId }: Walk) =>
  Object.fromEntries(
    ((await api("ListUserPoolReplicas", { UserPoolId })).UserPoolReplicas ?? []).map((one) => [
      one.RegionName,
      one.Status,
    ]),
  );
/** Longer than a replica takes to be made or removed. */
const SETTLED_S = 10;

export const poolSteps = {
  CreateUserPool: {
    exercised: "a pool with a policy of its own",
    input: () => ({ PoolName: "walk", Policies: { PasswordPolicy: { MinimumLength: 10 } } }),
    async check(walk, { UserPool }) {
      walk.keep("UserPoolId", UserPool?.Id);
      assert.equal((await described(walk)).Policies?.PasswordPolicy?.MinimumLength, 10);
    },
  },
  DescribeUserPool: {
    exercised: "what was set, and defaults for the rest",
    input: ({ UserPoolId }) => ({ UserPoolId }),
    check: (walk, { UserPool }) =>
      assert.partialDeepStrictEqual(UserPool, {
        Id: walk.UserPoolId,
        Name: "walk",
        MfaConfiguration: "OFF",
        UserPoolTier: "ESSENTIALS",
      }),
  },
  ListUserPools: {
    exercised: "the pools of the account",
    input: () => ({ MaxResults: 60 }),
    check: (walk, { UserPools = [] }) =>
      assert.deepEqual(
        UserPools.map(({ Id, Name }) => [Id, Name]),
        [[walk.UserPoolId, "walk"]],
      ),
  },
  UpdateUserPool: {
    exercised: "new settings, the others back to their defaults",
    input: ({ UserPoolId }) => ({
      UserPoolId,
      ...SETTINGS,
    }),
    async check(walk) {
      const pool = await described(walk);
      assert.partialDeepStrictEqual(pool, SETTINGS);
      assert.equal(pool.Policies?.PasswordPolicy?.MinimumLength, 8);
    },
  },
  AddCustomAttributes: {
    exercised: "an attribute that the schema then has",
    input: ({ UserPoolId }) => ({
      UserPoolId,
      CustomAttributes: [{ Name: "shoe", AttributeDataType: "Number", Mutable: true }],
    }),
    async check(walk) {
      const { SchemaAttributes = [] } = await described(walk);
      const shoe = SchemaAttributes.find(({ Name }) => Name === "custom:shoe");
      assert.equal(shoe?.AttributeDataType, "Number");
    },
  },
  SetUserPoolMfaConfig: {
    exercised: "software tokens, SMS and passkeys turned on",
    input: ({ UserPoolId }) => ({
      UserPoolId,
      MfaConfiguration: "OPTIONAL",
      SoftwareTokenMfaConfiguration: { Enabled: true },
      SmsMfaConfiguration: { SmsConfiguration: SMS },
      WebAuthnConfiguration: { RelyingPartyId: "example.com", UserVerification: "preferred" },
    }),
    check: async (walk) => assert.equal((await described(walk)).MfaConfiguration, "OPTIONAL"),
  },
  GetUserPoolMfaConfig: {
    exercised: "the factors as they were set",
    input: ({ UserPoolId }) => ({ UserPoolId }),
    check: (_, output) =>
      assert.partialDeepStrictEqual(output, {
        MfaConfiguration: "OPTIONAL",
        SoftwareTokenMfaConfiguration: { Enabled: true },
        SmsMfaConfiguration: { SmsConfiguration: SMS },
        WebAuthnConfiguration: { RelyingPartyId: "example.com", UserVerification: "preferred" },
      }),
  },
  TagResource: {
    exercised: "two tags on a pool",
    input: async (walk) => ({ ResourceArn: await arnOf(walk), Tags: { team: "blue", stage: "test" } }),
    check: async (walk) => assert.deepEqual(await tagsOf(walk), { team: "blue", stage: "test" }),
  },
  ListTagsForResource: {
    exercised: "the tags of a pool",
    input: async (walk) => ({ ResourceArn: await arnOf(walk) }),
    check: (_, { Tags }) => assert.deepEqual({ ...Tags }, { team: "blue", stage: "test" }),
  },
  UntagResource: {
    exercised: "one tag taken off, the other kept",
    input: async (walk) => ({ ResourceArn: await arnOf(walk), TagKeys: ["stage"] }),
    check: async (walk) => assert.deepEqual(await tagsOf(walk), { team: "blue" }),
  },
  GetSigningCertificate: {
    exercised: "the pool's certificate, the same each time",
    input: ({ UserPoolId }) => ({ UserPoolId }),
    async check({ api, UserPoolId }, { Certificate = "" }) {
      assert.match(Certificate, /^[A-Za-z0-9+/]{500,}=*$/);
      assert.equal((await api("GetSigningCertificate", { UserPoolId })).Certificate, Certificate);
    },
  },
  SetLogDeliveryConfiguration: {
    exercised: "a destination for errors of messages",
    input: ({ UserPoolId }) => ({ UserPoolId, LogConfigurations: [...LOGS] }),
    async check({ api, UserPoolId }) {
      const { LogDeliveryConfiguration } = await api("GetLogDeliveryConfiguration", { UserPoolId });
      assert.deepEqual(LogDeliveryConfiguration?.LogConfigurations, LOGS);
    },
  },
  GetLogDeliveryConfiguration: {
    exercised: "the destinations as they were set",
    input: ({ UserPoolId }) => ({ UserPoolId }),
    check: (_, { LogDeliveryConfiguration }) =>
      assert.partialDeepStrictEqual(LogDeliveryConfiguration?.LogConfigurations, LOGS),
  },
  SetUserPoolSessionConfiguration: {
    exercised: "tracking of users' sessions turned on",
    input: ({ UserPoolId }) => ({
      UserPoolId,
      UserSessionTracking: "ENABLED",
      TokenSession: { MaxPerUser: 50 },
    }),
    async check({ api, UserPoolId }) {
      const set = await api("GetUserPoolSessionConfiguration", { UserPoolId });
      assert.partialDeepStrictEqual(set, {
        UserSessionTracking: "ENABLED",
        TokenSession: { MaxPerUser: 50 },
      });
    },
  },
  GetUserPoolSessionConfiguration: {
    exercised: "tracking and limit as they were set",
    input: ({ UserPoolId }) => ({ UserPoolId }),
    check: (_, output) =>
      assert.partialDeepStrictEqual(output, {
        UserSessionTracking: "ENABLED",
        TokenSession: { MaxPerUser: 50 },
      }),
  },
  CreateUserPoolReplica: {
    exercised: "a replica that is inactive when it has been made",
    input: ({ UserPoolId }) => ({ UserPoolId, RegionName: PARIS }),
    async check(walk, { UserPoolReplica }) {
      assert.equal(UserPoolReplica?.Status, "CREATING");
      await walk.advanceSeconds(SETTLED_S);
      assert.deepEqual(await replicas(walk), { "us-east-1": "ACTIVE", [PARIS]: "INACTIVE" });
    },
  },
  UpdateUserPoolReplica: {
    exercised: "the replica made active",
    input: ({ UserPoolId }) => ({ UserPoolId, RegionName: PARIS, Status: "ACTIVE" }),
    check: async (walk) => assert.equal((await replicas(walk))[PARIS], "ACTIVE"),
  },
  ListUserPoolReplicas: {
    exercised: "primary and replica with their roles",
    input: ({ UserPoolId }) => ({ UserPoolId }),
    check: (_, { UserPoolReplicas = [] }) =>
      assert.deepEqual(
        UserPoolReplicas.map(({ RegionName, Role }) => [RegionName, Role]),
        [
          [PARIS, "SECONDARY"],
          ["us-east-1", "PRIMARY"],
        ],
      ),
  },
  DeleteUserPoolReplica: {
    exercised: "the replica gone, the primary kept",
    async input({ api, UserPoolId, advanceSeconds }) {
      const replica = { UserPoolId, RegionName: PARIS };
      await api("UpdateUserPoolReplica", { ...replica, Status: "INACTIVE" });
      await advanceSeconds(SETTLED_S);
      return replica;
    },
    async check(walk) {
      await walk.advanceSeconds(SETTLED_S);
      assert.deepEqual(await replicas(walk), { "us-east-1": "ACTIVE" });
    },
  },
  UpdateProvisionedLimit: {
    exercised: "the rate of a category raised",
    input: () => ({ LimitDefinition: LIMIT, RequestedLimitValue: 300 }),
    async check({ api }) {
      const { Limit } = await api("GetProvisionedLimit", { LimitDefinition: LIMIT });
      assert.equal(Limit?.ProvisionedLimitValue, 300);
    },
  },
  GetProvisionedLimit: {
    exercised: "the raised rate beside the default",
    input: () => ({ LimitDefinition: LIMIT }),
    check: (_, { Limit }) =>
      assert.partialDeepStrictEqual(Limit, { ProvisionedLimitValue: 300, FreeLimitValue: 120 }),
  },
} as const satisfies Partial<Steps>;
