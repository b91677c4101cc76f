import assert from "node:assert/strict";
import { DeviceSide } from "../../support/device-side.ts";
import {
  address,
  attributesOf,
  describedUser,
  OTHER_PASSWORD,
  PASSWORD,
  type Steps,
  statusOf,
  type Walk,
} from "./step.ts";

const NOTIFY = { EventAction: "NO_ACTION", Notify: true } as const;
const TAKEOVER = {
  NotifyConfiguration: {
    SourceArn: "arn:aws:ses:us-east-1:123456789012:identity/example.com",
    From: "security@example.com",
  },
  Actions: { LowAction: NOTIFY, MediumAction: NOTIFY, HighAction: NOTIFY },
};
const HOUR_S = 3600;

/** The user that an administrator looks after. */
const ana = ({ UserPoolId }: Walk) => ({ UserPoolId, Username: "ana" });
const isEnabled = async (walk: Walk) => (await describedUser(walk, "ana")).Enabled;
const signIn = ({ api, ClientId }: Walk, USERNAME: string, password = PASSWORD) =>
  api("InitiateAuth", {
    ClientId,
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME, PASSWORD: password },
  });
const identities = async (walk: Walk): Promise<{ userId: string }[]> =>
  JSON.parse((await attributesOf(walk, "ana")).identities ?? "[]");
const events = async ({ api, UserPoolId }: Walk, Username: string) =>
  (await api("AdminListUserAuthEvents", { UserPoolId, Username })).AuthEvents ?? [];
const devicesOf = async ({ api, UserPoolId }: Walk, Username: string) =>
  (await api("AdminListDevices", { UserPoolId, Username })).Devices ?? [];
const dora = (walk: Walk) => ({
  UserPoolId: walk.UserPoolId,
  Username: "dora",
  DeviceKey: walk.kept("device of dora"),
});
const group = ({ UserPoolId }: Walk) => ({ UserPoolId, GroupName: "staff" });
const members = async (walk: Walk) =>
  ((await walk.api("ListUsersInGroup", group(walk))).Users ?? []).map(({ Username }) => Username);
const sessions = async ({ api, UserPoolId }: Walk, Username: string) =>
  (await api("AdminListUserSessions", { UserPoolId, Username })).Sessions ?? [];

export const userSteps = {
  AdminCreateUser: {
    exercised: "a user with an invitation that has the temporary password",
    input: (walk) => ({
      ...ana(walk),
      DesiredDeliveryMediums: ["EMAIL"],
      UserAttributes: [
        { Name: "email", Value: address("ana") },
        { Name: "email_verified", Value: "true" },
        { Name: "phone_number", Value: "+15550100" },
        { Name: "phone_number_verified", Value: "true" },
      ],
    }),
    async check(walk, { User }) {
      assert.equal(User?.UserStatus, "FORCE_CHANGE_PASSWORD");
      const temporary = await walk.code(address("ana"));
      assert.equal((await signIn(walk, "ana", temporary)).ChallengeName, "NEW_PASSWORD_REQUIRED");
    },
  },
  AdminGetUser: {
    exercised: "status and attributes of a user",
    input: ana,
    check: (_, { Username, UserStatus, UserAttributes = [] }) => {
      assert.deepEqual([Username, UserStatus], ["ana", "FORCE_CHANGE_PASSWORD"]);
      assert.ok(UserAttributes.some(({ Name, Value }) => Name === "email" && Value === address("ana")));
    },
  },
  AdminSetUserPassword: {
    exercised: "a password that stays, and a sign-in with it",
    input: (walk) => ({ ...ana(walk), Password: PASSWORD, Permanent: true }),
    async check(walk) {
      assert.equal(await statusOf(walk, "ana"), "CONFIRMED");
      assert.ok((await signIn(walk, "ana")).AuthenticationResult?.AccessToken);
    },
  },
  AdminUpdateUserAttributes: {
    exercised: "a standard and a custom attribute",
    input: (walk) => ({
      ...ana(walk),
      UserAttributes: [
        { Name: "name", Value: "Ana" },
        { Name: "custom:shoe", Value: "38" },
      ],
    }),
    check: async (walk) =>
      assert.partialDeepStrictEqual(await attributesOf(walk, "ana"), { name: "Ana", "custom:shoe": "38" }),
  },
  ListUsers: {
    exercised: "users by a filter",
    async input({ UserPoolId, user }) {
      await user("bob");
      return { UserPoolId, Filter: 'name = "Ana"' };
    },
    check: (_, { Users = [] }) =>
      assert.deepEqual(
        Users.map(({ Username }) => Username),
        ["ana"],
      ),
  },
  AdminDeleteUserAttributes: {
    exercised: "one attribute gone, the others kept",
    input: (walk) => ({ ...ana(walk), UserAttributeNames: ["custom:shoe"] }),
    async check(walk) {
      const left = await attributesOf(walk, "ana");
      assert.deepEqual([left["custom:shoe"], left.name], [undefined, "Ana"]);
    },
  },
  AdminDisableUser: {
    exercised: "a user who then cannot sign in",
    input: ana,
    async check(walk) {
      assert.equal(await isEnabled(walk), false);
      await assert.rejects(signIn(walk, "ana"), /disabled/);
    },
  },
  AdminEnableUser: {
    exercised: "a user who can sign in again",
    input: ana,
    async check(walk) {
      assert.equal(await isEnabled(walk), true);
      assert.ok((await signIn(walk, "ana")).AuthenticationResult);
    },
  },
  AdminConfirmSignUp: {
    exercised: "a sign-up confirmed without its code",
    async input({ api, UserPoolId, ClientId }) {
      await api("SignUp", { ClientId, Username: "carl", Password: PASSWORD });
      return { UserPoolId, Username: "carl" };
    },
    check: async (walk) => assert.equal(await statusOf(walk, "carl"), "CONFIRMED"),
  },
  AdminResetUserPassword: {
    exercised: "a password made useless, and the code for a new one",
    input: ({ UserPoolId }) => ({ UserPoolId, Username: "bob" }),
    async check(walk) {
      assert.equal(await statusOf(walk, "bob"), "RESET_REQUIRED");
      await walk.api("ConfirmForgotPassword", {
        ClientId: walk.ClientId,
        Username: "bob",
        ConfirmationCode: await walk.code(address("bob")),
        Password: OTHER_PASSWORD,
      });
      assert.equal(await statusOf(walk, "bob"), "CONFIRMED");
    },
  },
  AdminInitiateAuth: {
    exercised: "a sign-in by password that asks for a new one",
    async input({ api, UserPoolId, ClientId }) {
      const Username = "nils";
      await api("AdminCreateUser", { UserPoolId, Username, TemporaryPassword: OTHER_PASSWORD });
      return {
        UserPoolId,
        ClientId,
        AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: Username, PASSWORD: OTHER_PASSWORD },
      };
    },
    check(walk, { ChallengeName, Session }) {
      assert.equal(ChallengeName, "NEW_PASSWORD_REQUIRED");
      walk.keep("session of nils", Session);
    },
  },
  AdminRespondToAuthChallenge: {
    exercised: "the new password, answered with tokens",
    input: (walk) => ({
      UserPoolId: walk.UserPoolId,
      ClientId: walk.ClientId,
      ChallengeName: "NEW_PASSWORD_REQUIRED",
      Session: walk.kept("session of nils"),
      ChallengeResponses: { USERNAME: "nils", NEW_PASSWORD: PASSWORD },
    }),
    async check(walk, { AuthenticationResult }) {
      const { Username } = await walk.api("GetUser", {
        AccessToken: AuthenticationResult?.AccessToken ?? "",
      });
      assert.deepEqual([Username, await statusOf(walk, "nils")], ["nils", "CONFIRMED"]);
    },
  },
  AdminUserGlobalSignOut: {
    exercised: "access tokens that no longer work",
    async input(walk) {
      walk.keep("token of ana", await walk.token("ana"));
      return ana(walk);
    },
    check: (walk) =>
      assert.rejects(walk.api("GetUser", { AccessToken: walk.kept("token of ana") }), /revoked/),
  },
  AdminLinkProviderForUser: {
    exercised: "an identity at another provider",
    input: ({ UserPoolId }) => ({
      UserPoolId,
      DestinationUser: {
        ProviderName: "Cognito",
        ProviderAttributeName: "Cognito_Subject",
        ProviderAttributeValue: "ana",
      },
      SourceUser: {
        ProviderName: "Corp",
        ProviderAttributeName: "Cognito_Subject",
        ProviderAttributeValue: "ana-of-corp",
      },
    }),
    check: async (walk) =>
      assert.deepEqual(
        (await identities(walk)).map(({ userId }) => userId),
        ["ana-of-corp"],
      ),
  },
  AdminDisableProviderForUser: {
    exercised: "the link taken off",
    input: ({ UserPoolId }) => ({
      UserPoolId,
      User: {
        ProviderName: "Corp",
        ProviderAttributeName: "Cognito_Subject",
        ProviderAttributeValue: "ana-of-corp",
      },
    }),
    check: async (walk) => assert.deepEqual(await identities(walk), []),
  },
  AdminSetUserSettings: {
    exercised: "SMS as second factor, in the way of the older API",
    input: (walk) => ({
      ...ana(walk),
      MFAOptions: [{ DeliveryMedium: "SMS", AttributeName: "phone_number" }],
    }),
    check: async (walk) => assert.equal((await signIn(walk, "ana")).ChallengeName, "SMS_MFA"),
  },
  AdminSetUserMFAPreference: {
    exercised: "SMS turned off, so that a sign-in asks for nothing more",
    input: (walk) => ({ ...ana(walk), SMSMfaSettings: { Enabled: false } }),
    check: async (walk) => assert.ok((await signIn(walk, "ana")).AuthenticationResult),
  },
  AdminGetUserAuthFactors: {
    exercised: "the factors that a user has",
    async input(walk) {
      await walk.user("toby");
      const AccessToken = await walk.token("toby");
      const { SecretCode } = await walk.api("AssociateSoftwareToken", { AccessToken });
      await walk.api("VerifySoftwareToken", { AccessToken, UserCode: walk.totp(SecretCode) });
      await walk.api("SetUserMFAPreference", {
        AccessToken,
        SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
      });
      return { UserPoolId: walk.UserPoolId, Username: "toby" };
    },
    check: (_, { Username, UserMFASettingList = [], PreferredMfaSetting }) =>
      assert.deepEqual(
        [Username, [...UserMFASettingList], PreferredMfaSetting],
        ["toby", ["SOFTWARE_TOKEN_MFA"], "SOFTWARE_TOKEN_MFA"],
      ),
  },
  AdminDeleteSoftwareToken: {
    exercised: "a software token gone, so that a sign-in asks for nothing more",
    input: ({ UserPoolId }) => ({ UserPoolId, Username: "toby" }),
    async check(walk) {
      assert.equal((await describedUser(walk, "toby")).UserMFASettingList, undefined);
      assert.ok((await signIn(walk, "toby")).AuthenticationResult);
    },
  },
  AdminListDevices: {
    exercised: "the device that a user confirmed",
    async input(walk) {
      await walk.user("dora");
      const result = await walk.signIn("dora");
      const device = new DeviceSide(result);
      walk.keep("device of dora", device.key);
      await walk.api("ConfirmDevice", {
        AccessToken: result.AccessToken ?? "",
        DeviceKey: device.key,
        DeviceSecretVerifierConfig: device.secret,
      });
      return { UserPoolId: walk.UserPoolId, Username: "dora" };
    },
    check: (walk, { Devices = [] }) =>
      assert.deepEqual(
        Devices.map(({ DeviceKey }) => DeviceKey),
        [walk.kept("device of dora")],
      ),
  },
  AdminUpdateDeviceStatus: {
    exercised: "the device remembered",
    input: (walk) => ({ ...dora(walk), DeviceRememberedStatus: "remembered" }),
    async check(walk) {
      const [device] = await devicesOf(walk, "dora");
      assert.ok(
        device?.DeviceAttributes?.some(
          ({ Name, Value }) => Name === "dev:device_remembered_status" && Value === "remembered",
        ) ?? false,
      );
    },
  },
  AdminGetDevice: {
    exercised: "the device by its key",
    input: dora,
    check: (walk, { Device }) => assert.equal(Device.DeviceKey, walk.kept("device of dora")),
  },
  AdminForgetDevice: {
    exercised: "the device gone",
    input: dora,
    check: async (walk) => assert.deepEqual(await devicesOf(walk, "dora"), []),
  },
  AdminListUserSessions: {
    exercised: "the session of a user",
    async input(walk) {
      await walk.user("sue");
      walk.keep("token of sue", await walk.token("sue"));
      return { UserPoolId: walk.UserPoolId, Username: "sue" };
    },
    check(walk, { Sessions = [] }) {
      assert.equal(Sessions.length, 1);
      walk.keep("session of sue", Sessions[0]?.SessionId);
    },
  },
  AdminRevokeUserSession: {
    exercised: "a session whose tokens no longer work",
    input: (walk) => ({
      UserPoolId: walk.UserPoolId,
      Username: "sue",
      SessionId: walk.kept("session of sue"),
    }),
    async check(walk) {
      assert.deepEqual(await sessions(walk, "sue"), []);
      await assert.rejects(walk.api("GetUser", { AccessToken: walk.kept("token of sue") }), /revoked/);
    },
  },
  CreateGroup: {
    exercised: "a group with a precedence",
    input: (walk) => ({ ...group(walk), Precedence: 5 }),
    check: async (walk) => assert.equal((await walk.api("GetGroup", group(walk))).Group?.Precedence, 5),
  },
  GetGroup: {
    exercised: "the group as it was made",
    input: group,
    check: (walk, { Group }) => assert.partialDeepStrictEqual(Group, { ...group(walk), Precedence: 5 }),
  },
  UpdateGroup: {
    exercised: "a description",
    input: (walk) => ({ ...group(walk), Description: "all staff", Precedence: 5 }),
    check: async (walk) =>
      assert.equal((await walk.api("GetGroup", group(walk))).Group?.Description, "all staff"),
  },
  ListGroups: {
    exercised: "the groups of a pool",
    input: ({ UserPoolId }) => ({ UserPoolId }),
    check: (_, { Groups = [] }) =>
      assert.deepEqual(
        Groups.map(({ GroupName }) => GroupName),
        ["staff"],
      ),
  },
  AdminAddUserToGroup: {
    exercised: "a member, whose tokens then name the group",
    input: (walk) => ({ ...group(walk), Username: "ana" }),
    async check(walk) {
      assert.deepEqual(await members(walk), ["ana"]);
      const payload = (await walk.token("ana")).split(".")[1] ?? "";
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
      assert.deepEqual(claims["cognito:groups"], ["staff"]);
    },
  },
  AdminListGroupsForUser: {
    exercised: "the groups of a user",
    input: ana,
    check: (_, { Groups = [] }) =>
      assert.deepEqual(
        Groups.map(({ GroupName }) => GroupName),
        ["staff"],
      ),
  },
  ListUsersInGroup: {
    exercised: "the members of a group",
    input: group,
    check: (_, { Users = [] }) =>
      assert.deepEqual(
        Users.map(({ Username }) => Username),
        ["ana"],
      ),
  },
  AdminRemoveUserFromGroup: {
    exercised: "a member less",
    input: (walk) => ({ ...group(walk), Username: "ana" }),
    check: async (walk) => assert.deepEqual(await members(walk), []),
  },
  DeleteGroup: {
    exercised: "the group gone",
    input: group,
    check: async ({ api, UserPoolId }) =>
      assert.deepEqual((await api("ListGroups", { UserPoolId })).Groups, []),
  },
  SetRiskConfiguration: {
    exercised: "notices of risky sign-ins",
    input: ({ UserPoolId }) => ({ UserPoolId, AccountTakeoverRiskConfiguration: TAKEOVER }),
    async check({ api, UserPoolId }) {
      const { RiskConfiguration } = await api("DescribeRiskConfiguration", { UserPoolId });
      assert.partialDeepStrictEqual(RiskConfiguration.AccountTakeoverRiskConfiguration, TAKEOVER);
    },
  },
  DescribeRiskConfiguration: {
    exercised: "the configuration as it was set",
    input: ({ UserPoolId }) => ({ UserPoolId }),
    check: (_, { RiskConfiguration }) =>
      assert.partialDeepStrictEqual(RiskConfiguration.AccountTakeoverRiskConfiguration, TAKEOVER),
  },
  AdminListUserAuthEvents: {
    exercised: "sign-ins, the risky one first",
    async input(walk) {
      await walk.user("eve");
      await walk.signInFrom("eve", "192.0.2.10", "laptop");
      await walk.advanceSeconds(HOUR_S);
      await walk.signInFrom("eve", "203.0.113.30", "stranger's");
      return { UserPoolId: walk.UserPoolId, Username: "eve" };
    },
    check(walk, { AuthEvents = [] }) {
      assert.deepEqual(
        AuthEvents.map(({ EventType, EventRisk }) => [EventType, EventRisk?.RiskDecision]),
        [
          ["SignIn", "AccountTakeover"],
          ["SignIn", "NoRisk"],
        ],
      );
      walk.keep("event of eve", AuthEvents[0]?.EventId);
    },
  },
  UpdateAuthEventFeedback: {
    exercised: "what the user says of a sign-in, by the token of the notice",
    input: async (walk) => ({
      UserPoolId: walk.UserPoolId,
      Username: "eve",
      EventId: walk.kept("event of eve"),
      FeedbackToken: await walk.code(address("eve")),
      FeedbackValue: "Valid",
    }),
    check: async (walk) =>
      assert.partialDeepStrictEqual((await events(walk, "eve"))[0]?.EventFeedback, {
        FeedbackValue: "Valid",
        Provider: "User",
      }),
  },
  AdminUpdateAuthEventFeedback: {
    exercised: "what an administrator says of it",
    input: (walk) => ({
      UserPoolId: walk.UserPoolId,
      Username: "eve",
      EventId: walk.kept("event of eve"),
      FeedbackValue: "Invalid",
    }),
    check: async (walk) =>
      assert.partialDeepStrictEqual((await events(walk, "eve"))[0]?.EventFeedback, {
        FeedbackValue: "Invalid",
        Provider: "Admin",
      }),
  },
  AdminDeleteUser: {
    exercised: "a user gone",
    input: ana,
    check: (walk) => assert.rejects(describedUser(walk, "ana"), /User does not exist/),
  },
} as const satisfies Partial<Steps>;
