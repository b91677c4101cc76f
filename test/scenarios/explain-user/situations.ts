import type { Input } from "../../../src/api/operation.ts";
import { totpCode } from "../../../src/crypto/totp.ts";
import type { ExplainedSignIn, ObstacleReason } from "../../../src/domain/explanation/index.ts";
import type { UserStatus } from "../../../src/domain/users/index.ts";
import { refusal } from "../../support/api.ts";
import { fromBase32 } from "../../support/base32.ts";
import { attributes, PASSWORD } from "../../support/builders.ts";
import { DeviceSide } from "../../support/device-side.ts";
import { type Attributes, OWN_SENDER, type Scene, SMS } from "../../support/scene.ts";
import type { World } from "../../support/world.ts";
import { EMAIL, type Person, PHONE } from "./guided-sign-in.ts";

type Flow = ExplainedSignIn["AuthFlow"];
type MfaConfig = Omit<Input<"SetUserPoolMfaConfig">, "UserPoolId">;

/** A user as someone finds them. */
export interface PreparedSituation {
  /** Ends the sentence "a user …". */
  readonly who: string;
  readonly pool?: Partial<Input<"CreateUserPool">>;
  readonly mfa?: MfaConfig;
  readonly client?: Partial<Input<"CreateUserPoolClient">>;
  /** Makes the user. */
  readonly prepare: (scene: Scene, world: World) => Promise<Partial<Person> & { readonly username: string }>;
  /** By which it is tried for real. */
  readonly flows?: readonly Flow[];
  readonly obstacles: readonly ObstacleReason[];
  /** What the sign-in by the first of the flows comes to. */
  readonly course: readonly string[];
  /** Words of a command that is among those that move the user on. */
  readonly command?: string;
}

const ana: Attributes = { email: EMAIL, email_verified: "true" };
const both: Attributes = { ...ana, phone_number: PHONE, phone_number_verified: "true" };
const confirmed =
  (given: Attributes = ana) =>
  async (scene: Scene) => ({
    username: await scene.user("ana", given),
  });
const invited =
  (given: Attributes = ana) =>
  async (scene: Scene) => ({
    username: await scene.invited("ana", given),
  });
const whom = ({ UserPoolId }: Scene) => ({ UserPoolId, Username: "ana" });
const signedUp = async ({ api, ClientId }: Scene) => {
  const UserAttributes = attributes({ email: EMAIL });
  await api("SignUp", { ClientId, Username: "ana", Password: PASSWORD, UserAttributes });
  return { username: "ana" };
};
/** Turns an authenticator app on for a user who could sign in without. */
const withApp =
  (given: Attributes = ana) =>
  async (scene: Scene, world: World) => {
    const { api } = scene;
    const username = await scene.user("ana", given);
    const { AccessToken } = await scene.tokens("ana");
    const { SecretCode: seed = "" } = await api("AssociateSoftwareToken", { AccessToken });
    const step = Math.floor(world.server.services.clock.now() / 30_000);
    await api("VerifySoftwareToken", { AccessToken, UserCode: totpCode(fromBase32(seed), step) });
    await api("AdminSetUserMFAPreference", {
      ...whom(scene),
      SoftwareTokenMfaSettings: { Enabled: true },
    });
    // A code is good once: the next sign-in has another.
    await world.advanceSeconds(60);
    return { username, seed };
  };
const OPTIONAL_APP: MfaConfig = {
  MfaConfiguration: "OPTIONAL",
  SoftwareTokenMfaConfiguration: { Enabled: true },
};
const REQUIRED_APP: MfaConfig = { ...OPTIONAL_APP, MfaConfiguration: "ON" };
const REQUIRED_EMAIL: MfaConfig = { MfaConfiguration: "ON", EmailMfaConfiguration: {} };
const REQUIRED_SMS: MfaConfig = {
  MfaConfiguration: "ON",
  SmsMfaConfiguration: { SmsConfiguration: SMS },
};
const SENDER = { EmailConfiguration: OWN_SENDER };
const PASSWORD_FLOWS: readonly Flow[] = ["USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "USER_SRP_AUTH"];
const ALL_FLOWS: readonly Flow[] = [...PASSWORD_FLOWS, "USER_AUTH"];
const EVERYTHING: Input<"CreateUserPoolClient">["ExplicitAuthFlows"] = [
  "ALLOW_USER_PASSWORD_AUTH",
  "ALLOW_ADMIN_USER_PASSWORD_AUTH",
  "ALLOW_USER_SRP_AUTH",
  "ALLOW_USER_AUTH",
];
const allowing = (...ExplicitAuthFlows: NonNullable<typeof EVERYTHING>) => ({ ExplicitAuthFlows });

const DISABLED = "NotAuthorizedException: User is disabled.";
const WRONG = "NotAuthorizedException: Incorrect username or password.";
const LOCKED = "NotAuthorizedException: Password attempts exceeded";
const RESET = "PasswordResetRequiredException: Password reset required for the user";
const UNCONFIRMED = "UserNotConfirmedException: User is not confirmed.";
const EXPIRED =
  "NotAuthorizedException: Temporary password has expired and must be reset by an administrator.";
const NO_FACTOR = "InvalidParameterException: No MFA mechanism registerd in the account.";
const WEEK = 7 * 24 * 3600;

export const SITUATIONS: readonly PreparedSituation[] = [
  {
    who: "who has a password of their own",
    prepare: confirmed(),
    flows: ALL_FLOWS,
    obstacles: [],
    course: ["TOKENS"],
  },
  {
    who: "with a temporary password",
    prepare: invited(),
    flows: ALL_FLOWS,
    obstacles: ["FORCE_CHANGE_PASSWORD"],
    course: ["NEW_PASSWORD_REQUIRED", "TOKENS"],
    command: "admin-set-user-password",
  },
  {
    who: "with a temporary password, who lacks an attribute that the pool requires",
    pool: { Schema: [{ Name: "name", Required: true, Mutable: true }] },
    prepare: invited(),
    flows: PASSWORD_FLOWS,
    obstacles: ["FORCE_CHANGE_PASSWORD"],
    course: ["NEW_PASSWORD_REQUIRED", "TOKENS"],
  },
  {
    who: "whose temporary password expired",
    prepare: async (scene, world) => {
      const username = await scene.invited("ana", ana);
      await world.advanceSeconds(WEEK + 1);
      return { username };
    },
    flows: ALL_FLOWS,
    obstacles: ["TEMPORARY_PASSWORD_EXPIRED", "FORCE_CHANGE_PASSWORD"],
    course: [EXPIRED],
    command: "--message-action RESEND",
  },
  {
    who: "with a temporary password that an administrator set again",
    prepare: async (scene, world) => {
      await scene.invited("ana", ana);
      await world.advanceSeconds(WEEK + 1);
      await scene.api("AdminSetUserPassword", { ...whom(scene), Password: PASSWORD, Permanent: false });
      return { username: "ana" };
    },
    obstacles: ["FORCE_CHANGE_PASSWORD"],
    course: ["NEW_PASSWORD_REQUIRED", "TOKENS"],
  },
  {
    who: "who was disabled",
    prepare: async (scene) => {
      await scene.user("ana", ana);
      await scene.api("AdminDisableUser", whom(scene));
      return { username: "ana" };
    },
    flows: ALL_FLOWS,
    obstacles: ["DISABLED"],
    course: [DISABLED],
    command: "admin-enable-user",
  },
  {
    who: "who was disabled with a temporary password",
    prepare: async (scene) => {
      await scene.invited("ana", ana);
      await scene.api("AdminDisableUser", whom(scene));
      return { username: "ana" };
    },
    flows: PASSWORD_FLOWS,
    obstacles: ["DISABLED", "FORCE_CHANGE_PASSWORD"],
    course: [DISABLED],
  },
  {
    who: "who signed up and did not confirm the account",
    prepare: signedUp,
    flows: ALL_FLOWS,
    obstacles: ["UNCONFIRMED"],
    course: [UNCONFIRMED],
    command: "admin-confirm-sign-up",
  },
  {
    who: "who signed up and was confirmed by an administrator",
    prepare: async (scene) => {
      await signedUp(scene);
      await scene.api("AdminConfirmSignUp", whom(scene));
      return { username: "ana" };
    },
    obstacles: [],
    course: ["TOKENS"],
  },
  {
    who: "whose password was reset",
    prepare: async (scene) => {
      await scene.user("ana", ana);
      await scene.api("AdminResetUserPassword", whom(scene));
      return { username: "ana" };
    },
    flows: ALL_FLOWS,
    obstacles: ["RESET_REQUIRED"],
    course: [RESET],
    command: "confirm-forgot-password",
  },
  {
    who: "whose password was reset, at a client that hides who exists",
    client: { PreventUserExistenceErrors: "ENABLED" },
    prepare: async (scene) => {
      await scene.user("ana", ana);
      await scene.api("AdminResetUserPassword", whom(scene));
      return { username: "ana" };
    },
    flows: PASSWORD_FLOWS,
    obstacles: ["RESET_REQUIRED"],
    course: [RESET],
  },
  {
    who: "whose password was reset and whose address is no longer verified",
    prepare: async (scene) => {
      await scene.user("ana", ana);
      await scene.api("AdminResetUserPassword", whom(scene));
      const UserAttributes = attributes({ email_verified: "false" });
      await scene.api("AdminUpdateUserAttributes", { ...whom(scene), UserAttributes });
      return { username: "ana" };
    },
    obstacles: ["RESET_REQUIRED", "NO_RECOVERY_ADDRESS"],
    course: [RESET],
    command: "Name=email_verified,Value=true",
  },
  {
    who: "who was disabled after a reset",
    prepare: async (scene) => {
      await scene.user("ana", ana);
      await scene.api("AdminResetUserPassword", whom(scene));
      await scene.api("AdminDisableUser", whom(scene));
      return { username: "ana" };
    },
    flows: PASSWORD_FLOWS,
    obstacles: ["DISABLED", "RESET_REQUIRED"],
    course: [DISABLED],
  },
  {
    who: "who is locked out after wrong passwords",
    prepare: async (scene) => {
      await scene.user("ana", ana);
      for (let n = 0; n < 9; n++) {
        await refusal(scene.signIn("ana", "Wrong-Horse-9"));
        await new Promise((done) => setTimeout(done, 1));
      }
      return { username: "ana" };
    },
    flows: ALL_FLOWS,
    obstacles: ["LOCKED"],
    course: [LOCKED],
    command: "forgot-password",
  },
  {
    who: "whose lock is over",
    prepare: async (scene, world) => {
      await scene.user("ana", ana);
      for (let n = 0; n < 6; n++) await refusal(scene.signIn("ana", "Wrong-Horse-9"));
      await world.advanceSeconds(3);
      return { username: "ana" };
    },
    obstacles: [],
    course: ["TOKENS"],
  },
  {
    who: "who must have a code by e-mail",
    pool: SENDER,
    mfa: REQUIRED_EMAIL,
    prepare: confirmed(),
    flows: ALL_FLOWS,
    obstacles: [],
    course: ["EMAIL_OTP", "TOKENS"],
  },
  {
    who: "with a temporary password who must have a code by e-mail",
    pool: SENDER,
    mfa: REQUIRED_EMAIL,
    prepare: invited(),
    flows: ALL_FLOWS,
    obstacles: ["FORCE_CHANGE_PASSWORD"],
    course: ["NEW_PASSWORD_REQUIRED", "EMAIL_OTP", "TOKENS"],
  },
  {
    who: "who must have a code by e-mail and has no address",
    pool: SENDER,
    mfa: REQUIRED_EMAIL,
    prepare: confirmed({}),
    flows: PASSWORD_FLOWS,
    obstacles: ["MFA_SETUP_REQUIRED"],
    course: ["MFA_SETUP", "EMAIL_OTP", "TOKENS"],
  },
  {
    who: "who must have a code by SMS",
    mfa: REQUIRED_SMS,
    prepare: confirmed(both),
    flows: PASSWORD_FLOWS,
    obstacles: [],
    course: ["SMS_MFA", "TOKENS"],
  },
  {
    who: "who must have a code by SMS and has no number",
    mfa: REQUIRED_SMS,
    prepare: confirmed(),
    flows: ["USER_PASSWORD_AUTH"],
    obstacles: ["NO_SECOND_FACTOR"],
    course: [NO_FACTOR],
    command: "Name=phone_number,Value=NUMBER",
  },
  {
    who: "with a temporary password who must have a code by SMS and has no number",
    mfa: REQUIRED_SMS,
    prepare: invited(),
    flows: PASSWORD_FLOWS,
    obstacles: ["FORCE_CHANGE_PASSWORD", "NO_SECOND_FACTOR"],
    course: [
      "NEW_PASSWORD_REQUIRED",
      "MFAMethodNotFoundException: No MFA mechanism registerd in the account.",
    ],
  },
  {
    who: "who must have an authenticator app and has none",
    mfa: REQUIRED_APP,
    prepare: confirmed(),
    flows: ALL_FLOWS,
    obstacles: ["MFA_SETUP_REQUIRED"],
    course: ["MFA_SETUP", "TOKENS"],
  },
  {
    who: "with a temporary password who must have an authenticator app",
    mfa: REQUIRED_APP,
    prepare: invited(),
    flows: PASSWORD_FLOWS,
    obstacles: ["FORCE_CHANGE_PASSWORD", "MFA_SETUP_REQUIRED"],
    course: ["NEW_PASSWORD_REQUIRED", "MFA_SETUP", "TOKENS"],
  },
  {
    who: "who may have an authenticator app and has none",
    mfa: OPTIONAL_APP,
    prepare: confirmed(),
    obstacles: [],
    course: ["TOKENS"],
  },
  {
    who: "who has an authenticator app",
    mfa: OPTIONAL_APP,
    prepare: withApp(),
    flows: ["USER_PASSWORD_AUTH"],
    obstacles: [],
    course: ["SOFTWARE_TOKEN_MFA", "TOKENS"],
  },
  {
    who: "who has an authenticator app and a number, and prefers neither",
    mfa: { ...OPTIONAL_APP, SmsMfaConfiguration: { SmsConfiguration: SMS } },
    prepare: async (scene, world) => {
      const person = await withApp(both)(scene, world);
      await scene.api("AdminSetUserMFAPreference", { ...whom(scene), SMSMfaSettings: { Enabled: true } });
      return person;
    },
    obstacles: [],
    course: ["SELECT_MFA_TYPE", "SMS_MFA", "TOKENS"],
  },
  {
    who: "who prefers the authenticator app to a number",
    mfa: { ...OPTIONAL_APP, SmsMfaConfiguration: { SmsConfiguration: SMS } },
    prepare: async (scene, world) => {
      const person = await withApp(both)(scene, world);
      await scene.api("AdminSetUserMFAPreference", {
        ...whom(scene),
        SMSMfaSettings: { Enabled: true },
        SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
      });
      return person;
    },
    obstacles: [],
    course: ["SOFTWARE_TOKEN_MFA", "TOKENS"],
  },
  {
    who: "at a client that allows SRP alone",
    client: allowing("ALLOW_USER_SRP_AUTH"),
    prepare: confirmed(),
    flows: ["USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "USER_AUTH", "USER_SRP_AUTH", "CUSTOM_AUTH"],
    obstacles: [],
    course: ["InvalidParameterException: USER_PASSWORD_AUTH flow not enabled for this client"],
  },
  {
    who: "at a client that allows only to refresh",
    client: allowing("ALLOW_REFRESH_TOKEN_AUTH"),
    prepare: confirmed(),
    flows: ALL_FLOWS,
    obstacles: ["FLOW_NOT_ENABLED"],
    course: ["InvalidParameterException: USER_PASSWORD_AUTH flow not enabled for this client"],
    command: "--explicit-auth-flows ALLOW_REFRESH_TOKEN_AUTH ALLOW_USER_PASSWORD_AUTH",
  },
  {
    who: "at a client for custom sign-ins, in a pool without functions",
    client: allowing("ALLOW_CUSTOM_AUTH", "ALLOW_USER_PASSWORD_AUTH"),
    prepare: confirmed(),
    flows: ["CUSTOM_AUTH"],
    obstacles: [],
    course: [
      "InvalidUserPoolConfigurationException: Custom auth lambda trigger is not configured for the user pool.",
    ],
  },
  {
    who: "who has no password and signs in by code",
    pool: {
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
      UserPoolTier: "ESSENTIALS",
    },
    prepare: async (scene) => {
      const UserAttributes = attributes(ana);
      await scene.api("AdminCreateUser", { ...whom(scene), UserAttributes, MessageAction: "SUPPRESS" });
      return { username: "ana" };
    },
    flows: ["USER_AUTH", "USER_PASSWORD_AUTH", "USER_SRP_AUTH"],
    obstacles: ["NO_PASSWORD"],
    course: ["EMAIL_OTP", "TOKENS"],
  },
  {
    who: "who may choose between password and code",
    pool: {
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
      UserPoolTier: "ESSENTIALS",
    },
    prepare: confirmed(),
    flows: ["USER_AUTH"],
    obstacles: [],
    course: ["SELECT_CHALLENGE", "TOKENS"],
  },
  {
    who: "in a status that no operation gives",
    prepare: async (scene, world) => {
      await scene.user("ana", ana);
      const { store } = world.server.services;
      const pool = await store.userPools.find(scene.UserPoolId);
      const user = pool && (await store.users.byUsername(pool.key, "ana"));
      if (user) await store.users.save({ ...user, status: "ARCHIVED" as UserStatus });
      return { username: "ana" };
    },
    flows: PASSWORD_FLOWS,
    obstacles: ["ARCHIVED"],
    course: [DISABLED],
  },
  {
    who: "who has no password and no address any more",
    pool: {
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
      UserPoolTier: "ESSENTIALS",
    },
    prepare: async (scene) => {
      const UserAttributes = attributes(ana);
      await scene.api("AdminCreateUser", { ...whom(scene), UserAttributes, MessageAction: "SUPPRESS" });
      await scene.api("AdminDeleteUserAttributes", { ...whom(scene), UserAttributeNames: ["email"] });
      return { username: "ana" };
    },
    flows: ["USER_AUTH", "USER_PASSWORD_AUTH"],
    obstacles: ["NO_PASSWORD", "NO_FIRST_FACTOR"],
    course: ["SELECT_CHALLENGE", "InvalidParameterException: Invalid answer given for SELECT_CHALLENGE."],
    command: "admin-set-user-password",
  },
  {
    who: "who signed up without a password and did not confirm the account",
    pool: {
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
      UserPoolTier: "ESSENTIALS",
    },
    prepare: async ({ api, ClientId }) => {
      await api("SignUp", { ClientId, Username: "ana", UserAttributes: attributes({ email: EMAIL }) });
      return { username: "ana" };
    },
    flows: ["USER_AUTH", "USER_PASSWORD_AUTH"],
    obstacles: ["UNCONFIRMED", "NO_PASSWORD"],
    course: ["EMAIL_OTP", "TOKENS"],
  },
  {
    who: "of another identity provider",
    prepare: async (scene, world) => {
      await scene.user("ana", ana);
      const { store } = world.server.services;
      const pool = await store.userPools.find(scene.UserPoolId);
      const user = pool && (await store.users.byUsername(pool.key, "ana"));
      if (user) await store.users.save({ ...user, status: "EXTERNAL_PROVIDER" });
      return { username: "ana" };
    },
    flows: PASSWORD_FLOWS,
    obstacles: ["EXTERNAL_PROVIDER"],
    course: ["TOKENS"],
  },
  {
    who: "who has no password and whose client takes nothing else",
    pool: {
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
      UserPoolTier: "ESSENTIALS",
    },
    client: allowing("ALLOW_USER_PASSWORD_AUTH"),
    prepare: async (scene) => {
      const UserAttributes = attributes(ana);
      await scene.api("AdminCreateUser", { ...whom(scene), UserAttributes, MessageAction: "SUPPRESS" });
      return { username: "ana" };
    },
    obstacles: ["NO_PASSWORD"],
    course: [WRONG],
    command: "admin-set-user-password",
  },
];

/** A user with a remembered device that stands for the second factor. */
export const ON_REMEMBERED_DEVICE: Required<Pick<PreparedSituation, "pool" | "mfa" | "prepare">> = {
  pool: { ...SENDER, DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } },
  mfa: REQUIRED_EMAIL,
  prepare: async (scene) => {
    const username = await scene.user("ana", ana);
    const { Session } = await scene.signIn("ana");
    const { AuthenticationResult } = await scene.answer("EMAIL_OTP", Session, {
      USERNAME: "ana",
      EMAIL_OTP_CODE: await scene.code(EMAIL),
    });
    const device = new DeviceSide(AuthenticationResult);
    await scene.api("ConfirmDevice", {
      AccessToken: AuthenticationResult?.AccessToken ?? "",
      DeviceKey: device.key,
      DeviceSecretVerifierConfig: device.secret,
    });
    return { username, device };
  },
};

export const CLIENT_OF_ALL_FLOWS = allowing(...(EVERYTHING ?? []));
