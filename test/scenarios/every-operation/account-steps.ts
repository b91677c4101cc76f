import assert from "node:assert/strict";
import { DeviceSide } from "../../support/device-side.ts";
import type { CreationOptions } from "../../support/virtual-authenticator.ts";
import {
  address,
  attributesOf,
  describedUser,
  keepTokens,
  named,
  OTHER_PASSWORD,
  PASSWORD,
  refresh,
  type Steps,
  statusOf,
  type Walk,
} from "./step.ts";

const signIn = ({ api, ClientId }: Walk, USERNAME: string, password: string) =>
  api("InitiateAuth", {
    ClientId,
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME, PASSWORD: password },
  });
/** What the user of these steps calls operations with. */
const mine = async (walk: Walk) => ({ AccessToken: await walk.token("mia") });
const factorsOf = async (walk: Walk, username: string) =>
  (await describedUser(walk, username)).UserMFASettingList;
const passkeys = async (walk: Walk) =>
  (await walk.api("ListWebAuthnCredentials", await mine(walk))).Credentials;
const device = (walk: Walk) => ({
  AccessToken: walk.kept("token with device"),
  DeviceKey: walk.kept("device"),
});
const devices = async ({ api, UserPoolId }: Walk) =>
  (await api("AdminListDevices", { UserPoolId, Username: "dan" })).Devices ?? [];
const sessions = async ({ api, UserPoolId }: Walk) =>
  ((await api("AdminListUserSessions", { UserPoolId, Username: "sam" })).Sessions ?? []).map(
    ({ SessionId }) => SessionId,
  );

export const accountSteps = {
  SignUp: {
    exercised: "an account that waits for its code",
    input: ({ ClientId }) => ({
      ClientId,
      Username: "mia",
      Password: PASSWORD,
      UserAttributes: [{ Name: "email", Value: address("mia") }],
    }),
    async check(walk, { UserConfirmed, CodeDeliveryDetails }) {
      assert.deepEqual([UserConfirmed, CodeDeliveryDetails?.AttributeName], [false, "email"]);
      assert.equal(await statusOf(walk, "mia"), "UNCONFIRMED");
      walk.keep("first code", await walk.code(address("mia")));
    },
  },
  ResendConfirmationCode: {
    exercised: "another code",
    input: ({ ClientId }) => ({ ClientId, Username: "mia" }),
    async check(walk, { CodeDeliveryDetails }) {
      assert.equal(CodeDeliveryDetails?.DeliveryMedium, "EMAIL");
      assert.notEqual(await walk.code(address("mia")), walk.kept("first code"));
    },
  },
  ConfirmSignUp: {
    exercised: "the account confirmed and its address verified",
    input: async ({ ClientId, code }) => ({
      ClientId,
      Username: "mia",
      ConfirmationCode: await code(address("mia")),
    }),
    async check(walk) {
      assert.equal(await statusOf(walk, "mia"), "CONFIRMED");
      assert.equal((await attributesOf(walk, "mia")).email_verified, "true");
    },
  },
  InitiateAuth: {
    exercised: "a sign-in by password that asks for a new one",
    async input({ api, UserPoolId, ClientId }) {
      const Username = "nora";
      await api("AdminCreateUser", { UserPoolId, Username, TemporaryPassword: OTHER_PASSWORD });
      return {
        ClientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: Username, PASSWORD: OTHER_PASSWORD },
      };
    },
    check(walk, { ChallengeName, Session }) {
      assert.equal(ChallengeName, "NEW_PASSWORD_REQUIRED");
      walk.keep("session of nora", Session);
    },
  },
  RespondToAuthChallenge: {
    exercised: "the new password, answered with tokens",
    input: (walk) => ({
      ClientId: walk.ClientId,
      ChallengeName: "NEW_PASSWORD_REQUIRED",
      Session: walk.kept("session of nora"),
      ChallengeResponses: { USERNAME: "nora", NEW_PASSWORD: PASSWORD },
    }),
    async check(walk, { AuthenticationResult }) {
      const { Username } = await walk.api("GetUser", {
        AccessToken: AuthenticationResult?.AccessToken ?? "",
      });
      assert.deepEqual([Username, await statusOf(walk, "nora")], ["nora", "CONFIRMED"]);
    },
  },
  GetUser: {
    exercised: "one's own attributes",
    input: mine,
    check: (_, { Username, UserAttributes }) =>
      assert.deepEqual([Username, named(UserAttributes).email], ["mia", address("mia")]),
  },
  UpdateUserAttributes: {
    exercised: "a name, and a new address that is to be verified",
    input: async (walk) => ({
      ...(await mine(walk)),
      UserAttributes: [
        { Name: "name", Value: "Mia" },
        { Name: "email", Value: address("mia.new") },
      ],
    }),
    async check(walk, { CodeDeliveryDetailsList = [] }) {
      assert.equal(CodeDeliveryDetailsList.length, 1);
      assert.partialDeepStrictEqual(await attributesOf(walk, "mia"), {
        name: "Mia",
        email: address("mia.new"),
        email_verified: "false",
      });
      walk.keep("code of update", await walk.code(address("mia.new")));
    },
  },
  GetUserAttributeVerificationCode: {
    exercised: "another code for the address",
    input: async (walk) => ({ ...(await mine(walk)), AttributeName: "email" }),
    async check(walk, { CodeDeliveryDetails }) {
      assert.equal(CodeDeliveryDetails?.AttributeName, "email");
      assert.notEqual(await walk.code(address("mia.new")), walk.kept("code of update"));
    },
  },
  VerifyUserAttribute: {
    exercised: "the address verified",
    input: async (walk) => ({
      ...(await mine(walk)),
      AttributeName: "email",
      Code: await walk.code(address("mia.new")),
    }),
    check: async (walk) => assert.equal((await attributesOf(walk, "mia")).email_verified, "true"),
  },
  DeleteUserAttributes: {
    exercised: "one attribute gone, the others kept",
    input: async (walk) => ({ ...(await mine(walk)), UserAttributeNames: ["name"] }),
    async check(walk) {
      const left = await attributesOf(walk, "mia");
      assert.deepEqual([left.name, left.email], [undefined, address("mia.new")]);
    },
  },
  ChangePassword: {
    exercised: "a new password, with which alone one signs in",
    async input(walk) {
      await walk.user("pat");
      return {
        AccessToken: await walk.token("pat"),
        PreviousPassword: PASSWORD,
        ProposedPassword: OTHER_PASSWORD,
      };
    },
    async check(walk) {
      await assert.rejects(signIn(walk, "pat", PASSWORD), /Incorrect username or password/);
      assert.ok((await signIn(walk, "pat", OTHER_PASSWORD)).AuthenticationResult);
    },
  },
  ForgotPassword: {
    exercised: "a code for a new password",
    input: ({ ClientId }) => ({ ClientId, Username: "pat" }),
    async check(walk, { CodeDeliveryDetails }) {
      assert.equal(CodeDeliveryDetails?.DeliveryMedium, "EMAIL");
      assert.match(await walk.code(address("pat")), /^\d{6}$/);
    },
  },
  ConfirmForgotPassword: {
    exercised: "the new password, and a sign-in with it",
    input: async ({ ClientId, code }) => ({
      ClientId,
      Username: "pat",
      ConfirmationCode: await code(address("pat")),
      Password: PASSWORD,
    }),
    check: async (walk) => assert.ok((await signIn(walk, "pat", PASSWORD)).AuthenticationResult),
  },
  AssociateSoftwareToken: {
    exercised: "the secret of a software token",
    async input(walk) {
      await walk.user("tom");
      return { AccessToken: await walk.token("tom") };
    },
    async check(walk, { SecretCode }) {
      walk.keep("secret of tom", SecretCode);
      assert.match(SecretCode ?? "", /^[A-Z2-7]{52}$/);
      assert.equal(await factorsOf(walk, "tom"), undefined);
    },
  },
  VerifySoftwareToken: {
    exercised: "a code of the software token",
    input: async (walk) => ({
      AccessToken: await walk.token("tom"),
      UserCode: walk.totp(walk.kept("secret of tom")),
    }),
    check: (_, { Status }) => assert.equal(Status, "SUCCESS"),
  },
  SetUserMFAPreference: {
    exercised: "the software token asked for at sign-in",
    input: async (walk) => ({
      AccessToken: await walk.token("tom"),
      SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
    }),
    async check(walk) {
      assert.deepEqual(await factorsOf(walk, "tom"), ["SOFTWARE_TOKEN_MFA"]);
      assert.equal((await signIn(walk, "tom", PASSWORD)).ChallengeName, "SOFTWARE_TOKEN_MFA");
    },
  },
  SetUserSettings: {
    exercised: "SMS as second factor, in the way of the older API",
    async input(walk) {
      await walk.user("vera", { phone_number: "+15550101", phone_number_verified: "true" });
      walk.keep("token of vera", await walk.token("vera"));
      return {
        AccessToken: walk.kept("token of vera"),
        MFAOptions: [{ DeliveryMedium: "SMS", AttributeName: "phone_number" }],
      };
    },
    check: async (walk) => assert.equal((await signIn(walk, "vera", PASSWORD)).ChallengeName, "SMS_MFA"),
  },
  GetUserAuthFactors: {
    exercised: "one's own factors",
    input: (walk) => ({ AccessToken: walk.kept("token of vera") }),
    check: (_, { Username, UserMFASettingList = [] }) =>
      assert.deepEqual([Username, [...UserMFASettingList]], ["vera", ["SMS_MFA"]]),
  },
  StartWebAuthnRegistration: {
    exercised: "what a passkey is made from",
    input: mine,
    check(walk, { CredentialCreationOptions }) {
      assert.partialDeepStrictEqual(CredentialCreationOptions, { rp: { id: "example.com" } });
      walk.keep("creation options", JSON.stringify(CredentialCreationOptions));
    },
  },
  CompleteWebAuthnRegistration: {
    exercised: "a passkey of a software authenticator",
    input: async (walk) => {
      const options = JSON.parse(walk.kept("creation options")) as CreationOptions;
      return { ...(await mine(walk)), Credential: walk.passkey.create(options) };
    },
    check: async (walk) =>
      assert.deepEqual(
        (await passkeys(walk)).map(({ CredentialId }) => CredentialId),
        [walk.passkey.id.toString("base64url")],
      ),
  },
  ListWebAuthnCredentials: {
    exercised: "one's passkeys",
    input: mine,
    check: (_, { Credentials }) =>
      assert.deepEqual(
        Credentials.map(({ RelyingPartyId }) => RelyingPartyId),
        ["example.com"],
      ),
  },
  DeleteWebAuthnCredential: {
    exercised: "the passkey gone",
    input: async (walk) => ({
      ...(await mine(walk)),
      CredentialId: walk.passkey.id.toString("base64url"),
    }),
    check: async (walk) => assert.deepEqual(await passkeys(walk), []),
  },
  ConfirmDevice: {
    exercised: "a device with its verifier",
    async input(walk) {
      await walk.user("dan");
      const result = await walk.signIn("dan");
      const side = new DeviceSide(result);
      walk.keep("device", side.key);
      walk.keep("token with device", result.AccessToken);
      return { ...device(walk), DeviceSecretVerifierConfig: side.secret, DeviceName: "laptop" };
    },
    async check(walk, { UserConfirmationNecessary }) {
      assert.equal(UserConfirmationNecessary, true);
      assert.deepEqual(
        (await devices(walk)).map(({ DeviceKey }) => DeviceKey),
        [walk.kept("device")],
      );
    },
  },
  UpdateDeviceStatus: {
    exercised: "the device remembered",
    input: (walk) => ({ ...device(walk), DeviceRememberedStatus: "remembered" }),
    async check(walk) {
      const attributes = named((await devices(walk))[0]?.DeviceAttributes);
      assert.equal(attributes["dev:device_remembered_status"], "remembered");
    },
  },
  GetDevice: {
    exercised: "the device by its key",
    input: device,
    check: (walk, { Device }) => {
      assert.equal(Device.DeviceKey, walk.kept("device"));
      assert.equal(named(Device.DeviceAttributes).device_name, "laptop");
    },
  },
  ListDevices: {
    exercised: "one's devices",
    input: (walk) => ({ AccessToken: walk.kept("token with device") }),
    check: (walk, { Devices = [] }) =>
      assert.deepEqual(
        Devices.map(({ DeviceKey }) => DeviceKey),
        [walk.kept("device")],
      ),
  },
  ForgetDevice: {
    exercised: "the device gone",
    input: device,
    check: async (walk) => assert.deepEqual(await devices(walk), []),
  },
  ListUserSessions: {
    exercised: "one's sessions, the present one marked",
    async input(walk) {
      await walk.user("sam");
      walk.keep("other token of sam", await walk.token("sam"));
      walk.keep("token of sam", await walk.token("sam"));
      return { AccessToken: walk.kept("token of sam") };
    },
    check(walk, { Sessions = [] }) {
      const other = Sessions.filter(({ IsCurrentSession }) => !IsCurrentSession);
      assert.deepEqual([Sessions.length, other.length], [2, 1]);
      walk.keep("other session of sam", other[0]?.SessionId);
    },
  },
  RevokeUserSession: {
    exercised: "the other session ended",
    input: (walk) => ({
      AccessToken: walk.kept("token of sam"),
      SessionId: walk.kept("other session of sam"),
    }),
    async check(walk) {
      const left = await sessions(walk);
      assert.deepEqual([left.length, left.includes(walk.kept("other session of sam"))], [1, false]);
      await assert.rejects(walk.api("GetUser", { AccessToken: walk.kept("other token of sam") }), /revoked/);
      await walk.api("GetUser", { AccessToken: walk.kept("token of sam") });
    },
  },
  GetTokensFromRefreshToken: {
    exercised: "another access token",
    async input(walk) {
      await keepTokens(walk, "mia");
      return {
        ClientId: walk.ClientId,
        RefreshToken: walk.kept("refresh token"),
        DeviceKey: walk.kept("device of refresh token"),
      };
    },
    async check(walk, { AuthenticationResult }) {
      const AccessToken = AuthenticationResult?.AccessToken ?? "";
      assert.notEqual(AccessToken, walk.kept("access token"));
      assert.equal((await walk.api("GetUser", { AccessToken })).Username, "mia");
    },
  },
  RevokeToken: {
    exercised: "a refresh token, and what it gave, useless",
    async input(walk) {
      assert.ok((await refresh(walk)).AuthenticationResult);
      return { ClientId: walk.ClientId, Token: walk.kept("refresh token") };
    },
    async check(walk) {
      await assert.rejects(refresh(walk), /revoked/);
      await assert.rejects(walk.api("GetUser", { AccessToken: walk.kept("access token") }), /revoked/);
    },
  },
  GlobalSignOut: {
    exercised: "all tokens useless, also of another sign-in",
    async input(walk) {
      await keepTokens(walk, "mia");
      assert.ok((await refresh(walk)).AuthenticationResult);
      return mine(walk);
    },
    async check(walk) {
      await assert.rejects(refresh(walk), /revoked/);
      await assert.rejects(walk.api("GetUser", { AccessToken: walk.kept("access token") }), /revoked/);
    },
  },
  DeleteUser: {
    exercised: "one's account gone",
    input: mine,
    check: (walk) => assert.rejects(describedUser(walk, "mia"), /User does not exist/),
  },
} as const satisfies Partial<Steps>;
