import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Input, Output } from "../../src/api/operation.ts";
import { totpCode } from "../../src/crypto/totp.ts";
import { type Api, apiOf } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD, TEMPORARY_PASSWORD } from "../support/builders.ts";
import { DeviceSide, SrpSide } from "../support/device-side.ts";
import { startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { OTHER_PASSWORD, OWN_SENDER, SMS } from "../support/scene.ts";
import {
  type CreationOptions,
  type RequestOptions,
  VirtualAuthenticator,
} from "../support/virtual-authenticator.ts";
import { startWorld } from "../support/world.ts";

const CALLERS = 20;
const EMAIL = "ana@example.com";
const PHONE = "+15550001234";
const RP = "example.com";

const SESSION_USED = "NotAuthorizedException: Invalid session for the user, session can only be used once.";
/** Losers that come while another answer is being counted may find the account locked for a moment. */
const LOCKED = "NotAuthorizedException: Password attempts exceeded";
const TOKEN_USED = "ExpiredCodeException: Your software token has already been used once.";
const CODE_USED = "ExpiredCodeException: Invalid code provided, please request a code again.";
const TOO_OFTEN = "LimitExceededException: Attempt limit exceeded, please try after some time.";

/** One server or two, and what the tests need to know of both kinds. */
interface Arena {
  readonly apis: readonly Api[];
  code(to: string): Promise<string>;
  close(): Promise<void>;
}

async function oneServer(): Promise<Arena> {
  const world = await startWorld();
  return {
    apis: [apiOf(world)],
    code: async (to) => (await world.lastMessage(to)).code,
    close: () => world.close(),
  };
}

async function twoNodes(serverUrl: string): Promise<Arena> {
  const database = await createDatabase(serverUrl);
  const nodes = await startNodes(database);
  return {
    apis: nodes.apis,
    code: nodes.code,
    async close() {
      await nodes.close();
      await dropDatabase(serverUrl, database);
    },
  };
}

/** RFC 4648, as an authenticator reads its secret. */
function fromBase32(text: string): Buffer {
  const bits = [...text].map((c) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0"),
  );
  return Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

type MfaConfig = Omit<Input<"SetUserPoolMfaConfig">, "UserPoolId">;
type PoolSettings = Partial<Input<"CreateUserPool">>;
const EMAIL_ON: MfaConfig = { MfaConfiguration: "ON", EmailMfaConfiguration: {} };
const TOTP_ON: MfaConfig = { MfaConfiguration: "ON", SoftwareTokenMfaConfiguration: { Enabled: true } };
const SMS_ON: MfaConfig = { MfaConfiguration: "ON", SmsMfaConfiguration: { SmsConfiguration: SMS } };
const FIRST_FACTORS: PoolSettings = {
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"] } },
  SmsConfiguration: SMS,
};

const postgres = inject("postgres");
const ARENAS: readonly [string, () => Promise<Arena>, boolean][] = [
  ["one server on SQLite", oneServer, true],
  [`two nodes on PostgreSQL ${postgres.reason}`, () => twoNodes(postgres.url ?? ""), postgres.url !== null],
];

describe.each(ARENAS)("%s", (_, open, available) => {
  let arena: Arena;
  let api: Api;
  beforeAll(async () => {
    if (!available) return;
    arena = await open();
    api = arena.apis[0] as Api;
  });
  afterAll(() => arena?.close());

  const node = (caller: number) => arena.apis[caller % arena.apis.length] as Api;

  /** Calls the work for all callers at once, spread over the nodes. One must win, and the others get one of these answers. */
  async function oneWins<T>(work: (api: Api, caller: number) => Promise<T>, ...words: string[]): Promise<T> {
    const results = await Promise.allSettled(Array.from({ length: CALLERS }, (_, i) => work(node(i), i)));
    const won = results.filter((result) => result.status === "fulfilled");
    const refusals = results.flatMap((result) =>
      result.status === "rejected" ? [`${result.reason.code}: ${result.reason.message}`] : [],
    );
    const otherWords = [...new Set(refusals)].filter((refusal) => !words.includes(refusal));
    expect({ won: won.length, otherWords }).toEqual({ won: 1, otherWords: [] });
    return (won[0] as PromiseFulfilledResult<T>).value;
  }

  interface Setting {
    readonly pool?: PoolSettings;
    readonly client?: Partial<Input<"CreateUserPoolClient">>;
    readonly mfa?: MfaConfig;
    readonly attributes?: Record<string, string>;
    readonly password?: "permanent" | "temporary";
  }

  /** A pool with one client and the user ana. */
  async function prepared({
    pool = {},
    client = {},
    mfa,
    attributes = {},
    password = "permanent",
  }: Setting = {}) {
    const { Id: UserPoolId } = await makePool(api, { EmailConfiguration: OWN_SENDER, ...pool });
    const { ClientId } = await makeClient(api, UserPoolId, {
      ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"],
      ...client,
    });
    await makeUser(api, UserPoolId, "ana", {
      attributes,
      ...(password === "permanent" ? { password: PASSWORD } : {}),
    });
    if (mfa) await api("SetUserPoolMfaConfig", { UserPoolId, ...mfa });
    const begin = (AuthFlow: Input<"InitiateAuth">["AuthFlow"], more: Record<string, string> = {}) =>
      api("InitiateAuth", { ClientId, AuthFlow, AuthParameters: { USERNAME: "ana", ...more } });
    const signIn = (given = PASSWORD) => begin("USER_PASSWORD_AUTH", { PASSWORD: given });
    const answer = (
      by: Api,
      ChallengeName: Input<"RespondToAuthChallenge">["ChallengeName"],
      Session: string | undefined,
      more: Record<string, string> = {},
    ) =>
      by("RespondToAuthChallenge", {
        ClientId,
        ChallengeName,
        ...(Session ? { Session } : {}),
        ChallengeResponses: { USERNAME: "ana", ...more },
      });
    return { UserPoolId, ClientId, begin, signIn, answer };
  }

  const asked = <T extends { ChallengeName?: string }>(challenge: T, name: string): T => {
    expect(challenge.ChallengeName).toBe(name);
    return challenge;
  };
  const tokensOf = (answer: Pick<Output<"InitiateAuth">, "AuthenticationResult">) => {
    expect(answer.AuthenticationResult?.AccessToken).toBeTruthy();
    return answer.AuthenticationResult;
  };

  describe.skipIf(!available)("lets one of twenty win", () => {
    it("NEW_PASSWORD_REQUIRED", async () => {
      const { signIn, answer } = await prepared({ password: "temporary" });
      const { Session } = asked(await signIn(TEMPORARY_PASSWORD), "NEW_PASSWORD_REQUIRED");
      const given = { NEW_PASSWORD: PASSWORD };
      tokensOf(await oneWins((by) => answer(by, "NEW_PASSWORD_REQUIRED", Session, given), SESSION_USED));
    });

    it.each([
      ["EMAIL_OTP", EMAIL_ON, { email: EMAIL }, EMAIL],
      ["SMS_MFA", SMS_ON, { phone_number: PHONE }, PHONE],
    ] as const)("%s as the second factor", async (name, mfa, attributes, to) => {
      const { signIn, answer } = await prepared({ mfa, attributes });
      const { Session } = asked(await signIn(), name);
      const given = { [`${name}_CODE`]: await arena.code(to) };
      tokensOf(await oneWins((by) => answer(by, name, Session, given), SESSION_USED, LOCKED));
    });

    it("SELECT_MFA_TYPE", async () => {
      const attributes = { email: EMAIL, phone_number: PHONE };
      const { signIn, answer } = await prepared({ mfa: { ...EMAIL_ON, ...SMS_ON }, attributes });
      const { Session } = asked(await signIn(), "SELECT_MFA_TYPE");
      const given = { ANSWER: "SMS_MFA" };
      asked(await oneWins((by) => answer(by, "SELECT_MFA_TYPE", Session, given), SESSION_USED), "SMS_MFA");
    });

    it("MFA_SETUP with an e-mail address", async () => {
      const { signIn, answer } = await prepared({ mfa: EMAIL_ON });
      const { Session } = asked(await signIn(), "MFA_SETUP");
      asked(await oneWins((by) => answer(by, "MFA_SETUP", Session, { EMAIL }), SESSION_USED), "EMAIL_OTP");
    });

    it("VerifySoftwareToken, MFA_SETUP with it, and one code of it given to twenty sign-ins", async () => {
      const { signIn, answer } = await prepared({ mfa: TOTP_ON });
      const challenge = asked(await signIn(), "MFA_SETUP");
      const { SecretCode = "", Session } = await api("AssociateSoftwareToken", {
        Session: challenge.Session,
      });
      const step = Math.floor(Date.now() / 30_000);
      const UserCode = totpCode(fromBase32(SecretCode), step);
      const verified = await oneWins(
        (by) => by("VerifySoftwareToken", { Session, UserCode }),
        SESSION_USED,
        "EnableSoftwareTokenMFAException: Code mismatch and fail enable Software Token MFA",
      );
      tokensOf(await oneWins((by) => answer(by, "MFA_SETUP", verified.Session), SESSION_USED));
      const signIns = await Promise.all(Array.from({ length: CALLERS }, () => signIn()));
      const given = { SOFTWARE_TOKEN_MFA_CODE: totpCode(fromBase32(SecretCode), step + 1) };
      const work = (by: Api, caller: number) =>
        answer(by, "SOFTWARE_TOKEN_MFA", signIns[caller]?.Session, given);
      tokensOf(await oneWins(work, TOKEN_USED, LOCKED));
    });

    it("PASSWORD_VERIFIER, by its SECRET_BLOCK", async () => {
      const { UserPoolId, begin, answer } = await prepared();
      const side = new SrpSide({ group: UserPoolId.split("_")[1] ?? "", name: "ana" }, PASSWORD);
      const challenge = asked(await begin("USER_SRP_AUTH", { SRP_A: side.publicA }), "PASSWORD_VERIFIER");
      const proof = side.proof(challenge.ChallengeParameters);
      tokensOf(
        await oneWins((by) => answer(by, "PASSWORD_VERIFIER", undefined, proof), SESSION_USED, LOCKED),
      );
    });

    it("DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER", async () => {
      const DeviceConfiguration = { ChallengeRequiredOnNewDevice: true };
      const { begin, signIn, answer } = await prepared({ pool: { DeviceConfiguration } });
      const result = tokensOf(await signIn());
      const device = new DeviceSide(result);
      const known = { DEVICE_KEY: device.key };
      await api("ConfirmDevice", {
        AccessToken: result?.AccessToken ?? "",
        DeviceKey: device.key,
        DeviceSecretVerifierConfig: device.secret,
      });
      const first = asked(await begin("USER_PASSWORD_AUTH", { PASSWORD, ...known }), "DEVICE_SRP_AUTH");
      const given = { ...known, SRP_A: device.publicA };
      const second = await oneWins((by) => answer(by, "DEVICE_SRP_AUTH", first.Session, given), SESSION_USED);
      asked(second, "DEVICE_PASSWORD_VERIFIER");
      const proof = device.proof(second.ChallengeParameters);
      const work = (by: Api) => answer(by, "DEVICE_PASSWORD_VERIFIER", second.Session, proof);
      tokensOf(await oneWins(work, SESSION_USED, LOCKED));
    });

    it.each(["SELECT_CHALLENGE", "PASSWORD"] as const)("%s with the password", async (name) => {
      const { begin, answer } = await prepared({ pool: FIRST_FACTORS, attributes: { email: EMAIL } });
      const wish: Record<string, string> = name === "PASSWORD" ? { PREFERRED_CHALLENGE: "PASSWORD" } : {};
      const { Session } = asked(await begin("USER_AUTH", wish), name);
      const given = { ANSWER: "PASSWORD", PASSWORD };
      tokensOf(await oneWins((by) => answer(by, name, Session, given), SESSION_USED, LOCKED));
    });

    it.each([
      ["EMAIL_OTP", EMAIL],
      ["SMS_OTP", PHONE],
    ] as const)("%s as the first factor", async (name, to) => {
      const attributes = { email: EMAIL, phone_number: PHONE };
      const { begin, answer } = await prepared({ pool: FIRST_FACTORS, attributes });
      const { Session } = asked(await begin("USER_AUTH", { PREFERRED_CHALLENGE: name }), name);
      const given = { [`${name}_CODE`]: await arena.code(to) };
      tokensOf(await oneWins((by) => answer(by, name, Session, given), SESSION_USED, LOCKED));
    });

    it("the registration of a passkey, and WEB_AUTHN with it", async () => {
      const { UserPoolId, begin, signIn, answer } = await prepared({ pool: FIRST_FACTORS });
      await api("SetUserPoolMfaConfig", { UserPoolId, WebAuthnConfiguration: { RelyingPartyId: RP } });
      const AccessToken = tokensOf(await signIn())?.AccessToken ?? "";
      const { CredentialCreationOptions } = await api("StartWebAuthnRegistration", { AccessToken });
      const passkey = new VirtualAuthenticator(undefined, "does not count");
      const Credential = passkey.create(CredentialCreationOptions as unknown as CreationOptions);
      const results = await Promise.allSettled(
        Array.from({ length: CALLERS }, (_, i) =>
          node(i)("CompleteWebAuthnRegistration", { AccessToken, Credential }),
        ),
      );
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const refusals = results.flatMap((result) =>
        result.status === "rejected" ? [result.reason.code] : [],
      );
      expect([...new Set(refusals)]).toEqual(["WebAuthnChallengeNotFoundException"]);
      const challenge = asked(await begin("USER_AUTH", { PREFERRED_CHALLENGE: "WEB_AUTHN" }), "WEB_AUTHN");
      const options: RequestOptions = JSON.parse(
        challenge.ChallengeParameters?.CREDENTIAL_REQUEST_OPTIONS ?? "",
      );
      const given = { CREDENTIAL: JSON.stringify(passkey.get(options)) };
      tokensOf(await oneWins((by) => answer(by, "WEB_AUTHN", challenge.Session, given), SESSION_USED));
    });

    it("ConfirmSignUp, and a sign-in with the Session that it gives", async () => {
      const { ClientId } = await prepared({ pool: { AutoVerifiedAttributes: ["email"] } });
      const Username = "new";
      const UserAttributes = [{ Name: "email", Value: "new@example.com" }];
      await api("SignUp", { ClientId, Username, Password: PASSWORD, UserAttributes });
      const ConfirmationCode = await arena.code("new@example.com");
      const { Session = "" } = await oneWins(
        (by) => by("ConfirmSignUp", { ClientId, Username, ConfirmationCode }),
        CODE_USED,
        TOO_OFTEN,
        "NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED",
      );
      const AuthParameters = { USERNAME: Username };
      const work = (by: Api) =>
        by("InitiateAuth", { ClientId, AuthFlow: "USER_AUTH", AuthParameters, Session });
      tokensOf(await oneWins(work, SESSION_USED));
    });

    it("ConfirmForgotPassword", async () => {
      const attributes = { email: EMAIL, email_verified: "true" };
      const { UserPoolId, ClientId } = await prepared({ attributes });
      await api("AdminResetUserPassword", { UserPoolId, Username: "ana" });
      const ConfirmationCode = await arena.code(EMAIL);
      const given = { ClientId, Username: "ana", ConfirmationCode, Password: OTHER_PASSWORD };
      await oneWins((by) => by("ConfirmForgotPassword", given), CODE_USED, TOO_OFTEN);
    });

    it("VerifyUserAttribute", async () => {
      const { signIn } = await prepared({ attributes: { email: EMAIL } });
      const AccessToken = tokensOf(await signIn())?.AccessToken ?? "";
      await api("GetUserAttributeVerificationCode", { AccessToken, AttributeName: "email" });
      const given = { AccessToken, AttributeName: "email", Code: await arena.code(EMAIL) };
      await oneWins((by) => by("VerifyUserAttribute", given), CODE_USED, TOO_OFTEN);
    });

    it("the rotation of a refresh token without a grace period, ten times over", async () => {
      const RefreshTokenRotation = { Feature: "ENABLED", RetryGracePeriodSeconds: 0 } as const;
      const { ClientId, signIn } = await prepared({ client: { RefreshTokenRotation } });
      let RefreshToken = tokensOf(await signIn())?.RefreshToken ?? "";
      for (let round = 0; round < 10; round++) {
        const given = { ClientId, RefreshToken };
        const reused = "RefreshTokenReuseException: Refresh token reuse detected";
        const answer = await oneWins((by) => by("GetTokensFromRefreshToken", given), reused);
        RefreshToken = tokensOf(answer)?.RefreshToken ?? "";
      }
    });
  });

  it.skipIf(!available)(
    "gives all of twenty one successor of a refresh token in the grace period",
    async () => {
      const RefreshTokenRotation = { Feature: "ENABLED", RetryGracePeriodSeconds: 10 } as const;
      const { ClientId, signIn } = await prepared({ client: { RefreshTokenRotation } });
      const refresh = async (by: Api, RefreshToken: string) =>
        tokensOf(await by("GetTokensFromRefreshToken", { ClientId, RefreshToken }))?.RefreshToken ?? "";
      const first = tokensOf(await signIn())?.RefreshToken ?? "";
      const successors = await Promise.all(
        Array.from({ length: CALLERS }, (_, i) => refresh(node(i), first)),
      );
      // They are one member of the family: what follows on one of them retires all.
      await refresh(api, await refresh(api, successors[0] ?? ""));
      for (const token of [first, ...successors])
        await expect(refresh(api, token)).rejects.toMatchObject({ code: "RefreshTokenReuseException" });
    },
  );
});
