import { totpCode } from "../../../src/crypto/totp.ts";
import { type Api, apiOf } from "../../support/api.ts";
import { fromBase32 } from "../../support/base32.ts";
import { makeClient, makePool, makeUser, PASSWORD, signIn } from "../../support/builders.ts";
import { OTHER_PASSWORD, OWN_SENDER, SMS } from "../../support/scene.ts";
import { type CreationOptions, VirtualAuthenticator } from "../../support/virtual-authenticator.ts";
import type { World } from "../../support/world.ts";
import { type Factor, isRefresh, type Row, type SignInFlow } from "./cells.ts";
import { RIDDLE, RIDDLE_ANSWER } from "./riddle.ts";

const EMAIL = "alice@example.com";
const PHONE = "+15550100";
/** The domain that the virtual authenticator's origin is of. */
const RELYING_PARTY = "example.com";
const TOTP_STEP_MS = 30_000;

/** Alice, her pool, and what she has at hand when a client asks her. */
export interface Person {
  readonly url: string;
  readonly UserPoolId: string;
  /** A client that allows the flow of the row and no other way to sign in. */
  readonly ClientId: string;
  readonly username: "alice";
  readonly password: string;
  readonly newPassword: string;
  /** What the pool's functions want to hear in a custom challenge. */
  readonly customAnswer: string;
  /** The code in the newest message by this way. */
  code(channel: "EMAIL" | "SMS"): Promise<string>;
  /** The code that her authenticator app shows, of the given secret or the one it has. */
  totp(secret?: string): string;
  readonly passkey: VirtualAuthenticator;
}

const ALLOWED = {
  USER_PASSWORD_AUTH: "ALLOW_USER_PASSWORD_AUTH",
  USER_SRP_AUTH: "ALLOW_USER_SRP_AUTH",
  USER_AUTH: "ALLOW_USER_AUTH",
  ADMIN_USER_PASSWORD_AUTH: "ALLOW_ADMIN_USER_PASSWORD_AUTH",
  CUSTOM_AUTH: "ALLOW_CUSTOM_AUTH",
} as const;
type AuthFlow = keyof typeof ALLOWED;

/** The AuthFlow and, where it is chosen, the first factor. */
export function partsOf(flow: SignInFlow) {
  const [authFlow = "", firstFactor = ""] = flow.split(", ");
  return { authFlow: authFlow as AuthFlow, firstFactor };
}

const PASSWORDLESS = ["EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"] as const;
const isPasswordless = (factor: string): factor is (typeof PASSWORDLESS)[number] =>
  PASSWORDLESS.some((one) => one === factor);

/** The sign-in before a refresh is by USER_PASSWORD_AUTH. */
function clientSettings({ flow, factor }: Row): Parameters<typeof makeClient>[2] {
  const way = isRefresh(flow) ? "ALLOW_USER_PASSWORD_AUTH" : ALLOWED[partsOf(flow).authFlow];
  if (factor !== "rotation") return { ExplicitAuthFlows: [way, "ALLOW_REFRESH_TOKEN_AUTH"] };
  return {
    ExplicitAuthFlows: [way],
    RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: 0 },
  };
}

/** The second factors that the pool requires one of. */
function factorsOf(factor: Factor): object | null {
  const sms = { SmsMfaConfiguration: { SmsConfiguration: SMS } };
  const softwareToken = { SoftwareTokenMfaConfiguration: { Enabled: true } };
  switch (factor) {
    case "EMAIL_OTP":
      return { EmailMfaConfiguration: {} };
    case "SMS_MFA":
    case "remembered device":
      return sms;
    case "SOFTWARE_TOKEN_MFA":
    case "MFA_SETUP":
      return softwareToken;
    case "SELECT_MFA_TYPE":
      return { ...sms, ...softwareToken };
    case "none":
    case "NEW_PASSWORD_REQUIRED":
    case "rotation":
      return null;
  }
}

async function withSoftwareToken(
  api: Api,
  AccessToken: string,
  factor: Factor,
  now: number,
): Promise<Buffer> {
  const { SecretCode = "" } = await api("AssociateSoftwareToken", { AccessToken });
  const secret = fromBase32(SecretCode);
  const UserCode = totpCode(secret, Math.floor(now / TOTP_STEP_MS));
  await api("VerifySoftwareToken", { AccessToken, UserCode });
  await api("SetUserMFAPreference", {
    AccessToken,
    SoftwareTokenMfaSettings: { Enabled: true },
    ...(factor === "SELECT_MFA_TYPE" ? { SMSMfaSettings: { Enabled: true } } : {}),
  });
  return secret;
}

async function registered(api: Api, AccessToken: string): Promise<VirtualAuthenticator> {
  const passkey = new VirtualAuthenticator();
  const { CredentialCreationOptions } = await api("StartWebAuthnRegistration", { AccessToken });
  const Credential = passkey.create(CredentialCreationOptions as CreationOptions & Record<string, unknown>);
  await api("CompleteWebAuthnRegistration", { AccessToken, Credential });
  return passkey;
}

/** A pool with a user for whom the flow leads to the factor. */
export async function personFor(world: World, row: Row): Promise<Person> {
  const api = apiOf(world);
  const { flow, factor } = row;
  const firstFactor = isRefresh(flow) ? "" : partsOf(flow).firstFactor;
  const { Id: UserPoolId } = await makePool(api, {
    EmailConfiguration: OWN_SENDER,
    ...(firstFactor === "SMS_OTP" ? { SmsConfiguration: SMS } : {}),
    ...(isPasswordless(firstFactor)
      ? { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", firstFactor] } } }
      : {}),
    ...(!isRefresh(flow) && partsOf(flow).authFlow === "CUSTOM_AUTH" ? { LambdaConfig: RIDDLE } : {}),
    ...(factor === "remembered device"
      ? { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } }
      : {}),
  });
  await makeUser(api, UserPoolId, "alice", {
    ...(factor === "NEW_PASSWORD_REQUIRED" ? { temporaryPassword: PASSWORD } : { password: PASSWORD }),
    attributes: {
      email: EMAIL,
      email_verified: "true",
      ...(factor === "MFA_SETUP" ? {} : { phone_number: PHONE, phone_number_verified: "true" }),
    },
  });
  const now = () => world.server.services.clock.now();
  const ownToken = async () => (await signIn(api, await makeClient(api, UserPoolId), "alice")).AccessToken;
  let secret: Buffer = Buffer.alloc(0);
  let passkey = new VirtualAuthenticator();
  const factors = factorsOf(factor);
  if (factors) {
    await api("SetUserPoolMfaConfig", { UserPoolId, MfaConfiguration: "OPTIONAL", ...factors });
    if (factor === "SOFTWARE_TOKEN_MFA" || factor === "SELECT_MFA_TYPE")
      secret = await withSoftwareToken(api, await ownToken(), factor, now());
    await api("SetUserPoolMfaConfig", { UserPoolId, MfaConfiguration: "ON", ...factors });
  }
  if (firstFactor === "WEB_AUTHN") {
    await api("SetUserPoolMfaConfig", {
      UserPoolId,
      WebAuthnConfiguration: { RelyingPartyId: RELYING_PARTY },
    });
    passkey = await registered(api, await ownToken());
  }
  const { ClientId } = await makeClient(api, UserPoolId, clientSettings(row));
  return {
    url: world.url,
    UserPoolId,
    ClientId,
    username: "alice",
    password: PASSWORD,
    newPassword: OTHER_PASSWORD,
    customAnswer: RIDDLE_ANSWER,
    passkey,
    async code(channel) {
      const [newest] = await world.inbox({ userPoolId: UserPoolId, to: channel === "EMAIL" ? EMAIL : PHONE });
      if (!newest) throw new Error(`Nothing came by ${channel}`);
      return newest.code;
    },
    // A code of the step in which the token was set up is used already; the next one is taken ahead of its time.
    totp: (given) =>
      given === undefined
        ? totpCode(secret, Math.floor(now() / TOTP_STEP_MS) + 1)
        : totpCode(fromBase32(given), Math.floor(now() / TOTP_STEP_MS)),
  };
}
