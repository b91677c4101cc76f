import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Input, Output } from "../../src/api/operation.ts";
import { totpCode } from "../../src/crypto/totp.ts";
import { type Api, refusal } from "./api.ts";
import { type Arena, arenas } from "./arenas.ts";
import { fromBase32 } from "./base32.ts";
import { makeClient, makePool, makeUser, PASSWORD, TEMPORARY_PASSWORD } from "./builders.ts";
import { DeviceSide, SrpSide } from "./device-side.ts";
import { OTHER_PASSWORD, OWN_SENDER, SMS } from "./scene.ts";
import { type CreationOptions, type RequestOptions, VirtualAuthenticator } from "./virtual-authenticator.ts";

const CALLERS = 20;
const RP = "example.com";
const PASSKEY_MFA = { WebAuthnConfiguration: { RelyingPartyId: RP } };

const SESSION_USED = "NotAuthorizedException: Invalid session for the user, session can only be used once.";
const SESSION_INVALID = "NotAuthorizedException: Invalid session for the user.";
/** Losers that come while another answer is being counted may find the account locked for a moment. */
const LOCKED = "NotAuthorizedException: Password attempts exceeded";
const TOKEN_USED = "ExpiredCodeException: Your software token has already been used once.";
const CODE_USED = "ExpiredCodeException: Invalid code provided, please request a code again.";
const TOO_OFTEN = "LimitExceededException: Attempt limit exceeded, please try after some time.";
/** A loser that looks at the user only after the winner has set the factor up. */
const NOTHING_TO_SET_UP = "InvalidParameterException: No MFA method has been set up in this session.";
const REUSED = "RefreshTokenReuseException: Refresh token reuse detected";
const WRONG = "NotAuthorizedException: Incorrect username or password.";
const DISABLED = "NotAuthorizedException: User is disabled.";

type MfaConfig = Omit<Input<"SetUserPoolMfaConfig">, "UserPoolId">;
type PoolSettings = Partial<Input<"CreateUserPool">>;
const EMAIL_ON: MfaConfig = { MfaConfiguration: "ON", EmailMfaConfiguration: {} };
const TOTP_ON: MfaConfig = { MfaConfiguration: "ON", SoftwareTokenMfaConfiguration: { Enabled: true } };
const SMS_ON: MfaConfig = { MfaConfiguration: "ON", SmsMfaConfiguration: { SmsConfiguration: SMS } };
const FIRST_FACTORS: PoolSettings = {
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"] } },
  SmsConfiguration: SMS,
};
const ROTATION = (RetryGracePeriodSeconds: number) => ({
  RefreshTokenRotation: { Feature: "ENABLED" as const, RetryGracePeriodSeconds },
});

interface Setting {
  readonly pool?: PoolSettings;
  readonly client?: Partial<Input<"CreateUserPoolClient">>;
  readonly mfa?: MfaConfig;
  /** Which addresses the users have. */
  readonly has?: readonly ("email" | "verified email" | "phone")[];
  readonly password?: "permanent" | "temporary";
}

const asked = <T extends { ChallengeName?: string }>(challenge: T, name: string): T => {
  expect(challenge.ChallengeName).toBe(name);
  return challenge;
};
const tokensOf = (answer: Pick<Output<"InitiateAuth">, "AuthenticationResult">) => {
  const { AccessToken, RefreshToken } = answer.AuthenticationResult ?? {};
  if (!AccessToken) throw new Error("No tokens");
  return { AccessToken, RefreshToken: RefreshToken ?? "" };
};

/**
 * What may happen once happens once, whoever asks at the same time: on one server with SQLite and on two with PostgreSQL.
 * @param rounds how often each race is run, every time with a user of its own
 */
export function races(rounds: number): void {
  describe.each(arenas())("%s", (_, open, available) => {
    let arena: Arena;
    let api: Api;
    beforeAll(async () => {
      if (!available) return;
      arena = await open();
      api = arena.apis[0] as Api;
    });
    afterAll(() => arena?.close());

    const node = (caller: number) => arena.apis[caller % arena.apis.length] as Api;
    /** Calls the work for all callers at once, spread over the nodes. */
    const all = <T>(work: (api: Api, caller: number) => Promise<T>): Promise<PromiseSettledResult<T>[]> =>
      Promise.allSettled(Array.from({ length: CALLERS }, (_, i) => work(node(i), i)));
    const won = <T>(results: readonly PromiseSettledResult<T>[]): T[] =>
      results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const refusals = (results: readonly PromiseSettledResult<unknown>[]): string[] => [
      ...new Set(
        results.flatMap((result) =>
          result.status === "rejected" ? [`${result.reason.code}: ${result.reason.message}`] : [],
        ),
      ),
    ];

    /** One must win, and the others get one of these answers. */
    async function oneWins<T>(
      work: (api: Api, caller: number) => Promise<T>,
      ...words: string[]
    ): Promise<T> {
      const results = await all(work);
      const winners = won(results);
      const otherWords = refusals(results).filter((refusal) => !words.includes(refusal));
      expect([`${winners.length} won`, ...otherWords].join("; ")).toBe("1 won");
      return winners[0] as T;
    }

    let users = 0;
    /** A pool with one client, and a new user for each round. */
    async function eachRound(
      { pool = {}, client = {}, mfa, has = [], password = "permanent" }: Setting,
      round: (prepared: Awaited<ReturnType<typeof newUser>>) => Promise<void>,
    ): Promise<void> {
      const { Id: UserPoolId } = await makePool(api, { EmailConfiguration: OWN_SENDER, ...pool });
      const { ClientId } = await makeClient(api, UserPoolId, {
        ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"],
        ...client,
      });
      if (mfa) await api("SetUserPoolMfaConfig", { UserPoolId, ...mfa });
      for (let i = 0; i < rounds; i++) await round(await newUser(UserPoolId, ClientId, has, password));
    }

    async function newUser(
      UserPoolId: string,
      ClientId: string,
      has: NonNullable<Setting["has"]>,
      password: NonNullable<Setting["password"]>,
    ) {
      const name = `ana${++users}`;
      const email = `${name}@example.com`;
      const phone = `+1555${String(users).padStart(7, "0")}`;
      const attributes: Record<string, string> = {
        ...(has.includes("email") || has.includes("verified email") ? { email } : {}),
        ...(has.includes("verified email") ? { email_verified: "true" } : {}),
        ...(has.includes("phone") ? { phone_number: phone } : {}),
      };
      const kept = password === "permanent" ? { password: PASSWORD } : {};
      await makeUser(api, UserPoolId, name, { attributes, ...kept });
      const begin = (
        AuthFlow: Input<"InitiateAuth">["AuthFlow"],
        more: Record<string, string> = {},
        by = api,
      ) => by("InitiateAuth", { ClientId, AuthFlow, AuthParameters: { USERNAME: name, ...more } });
      return {
        UserPoolId,
        ClientId,
        name,
        email,
        phone,
        begin,
        signIn: (given = PASSWORD, by = api) => begin("USER_PASSWORD_AUTH", { PASSWORD: given }, by),
        refresh: (by: Api, RefreshToken: string) =>
          by("GetTokensFromRefreshToken", { ClientId, RefreshToken }).then(tokensOf),
        answer: (
          by: Api,
          ChallengeName: Input<"RespondToAuthChallenge">["ChallengeName"],
          Session: string | undefined,
          more: Record<string, string> = {},
        ) =>
          by("RespondToAuthChallenge", {
            ClientId,
            ChallengeName,
            ...(Session ? { Session } : {}),
            ChallengeResponses: { USERNAME: name, ...more },
          }),
      };
    }

    describe.skipIf(!available)("lets one of twenty win", () => {
      it("NEW_PASSWORD_REQUIRED", () =>
        eachRound({ password: "temporary" }, async ({ signIn, answer }) => {
          const { Session } = asked(await signIn(TEMPORARY_PASSWORD), "NEW_PASSWORD_REQUIRED");
          const given = { NEW_PASSWORD: PASSWORD };
          tokensOf(await oneWins((by) => answer(by, "NEW_PASSWORD_REQUIRED", Session, given), SESSION_USED));
        }));

      it.each([
        ["EMAIL_OTP", EMAIL_ON],
        ["SMS_MFA", SMS_ON],
      ] as const)("%s as the second factor", (name, mfa) =>
        eachRound({ mfa, has: name === "SMS_MFA" ? ["phone"] : ["email"] }, async (user) => {
          const { Session } = asked(await user.signIn(), name);
          const given = { [`${name}_CODE`]: await arena.code(name === "SMS_MFA" ? user.phone : user.email) };
          tokensOf(await oneWins((by) => user.answer(by, name, Session, given), SESSION_USED, LOCKED));
        }),
      );

      it("SELECT_MFA_TYPE", () =>
        eachRound(
          { mfa: { ...EMAIL_ON, ...SMS_ON }, has: ["email", "phone"] },
          async ({ signIn, answer }) => {
            const { Session } = asked(await signIn(), "SELECT_MFA_TYPE");
            const given = { ANSWER: "SMS_MFA" };
            const next = await oneWins((by) => answer(by, "SELECT_MFA_TYPE", Session, given), SESSION_USED);
            asked(next, "SMS_MFA");
          },
        ));

      it("MFA_SETUP with an e-mail address", () =>
        eachRound({ mfa: EMAIL_ON }, async ({ signIn, answer, email }) => {
          const { Session } = asked(await signIn(), "MFA_SETUP");
          const given = { EMAIL: email };
          const work = (by: Api) => answer(by, "MFA_SETUP", Session, given);
          asked(await oneWins(work, SESSION_USED, NOTHING_TO_SET_UP), "EMAIL_OTP");
        }));

      it("VerifySoftwareToken, MFA_SETUP with it, and one code of it given to twenty sign-ins", () =>
        eachRound({ mfa: TOTP_ON }, async ({ signIn, answer }) => {
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
        }));

      it("PASSWORD_VERIFIER, by its SECRET_BLOCK", () =>
        eachRound({}, async ({ UserPoolId, name, begin, answer }) => {
          const side = new SrpSide({ group: UserPoolId.split("_")[1] ?? "", name }, PASSWORD);
          const challenge = asked(await begin("USER_SRP_AUTH", { SRP_A: side.publicA }), "PASSWORD_VERIFIER");
          const proof = side.proof(challenge.ChallengeParameters);
          const work = (by: Api) => answer(by, "PASSWORD_VERIFIER", undefined, proof);
          tokensOf(await oneWins(work, SESSION_USED, LOCKED));
        }));

      it("DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER", () =>
        eachRound(
          { pool: { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } } },
          async ({ begin, signIn, answer }) => {
            const { AuthenticationResult } = await signIn();
            const device = new DeviceSide(AuthenticationResult);
            const known = { DEVICE_KEY: device.key };
            await api("ConfirmDevice", {
              AccessToken: AuthenticationResult?.AccessToken ?? "",
              DeviceKey: device.key,
              DeviceSecretVerifierConfig: device.secret,
            });
            const first = asked(await begin("USER_PASSWORD_AUTH", { PASSWORD, ...known }), "DEVICE_SRP_AUTH");
            const given = { ...known, SRP_A: device.publicA };
            const begun = (by: Api) => answer(by, "DEVICE_SRP_AUTH", first.Session, given);
            const second = asked(await oneWins(begun, SESSION_USED), "DEVICE_PASSWORD_VERIFIER");
            const proof = device.proof(second.ChallengeParameters);
            const work = (by: Api) => answer(by, "DEVICE_PASSWORD_VERIFIER", second.Session, proof);
            tokensOf(await oneWins(work, SESSION_USED, LOCKED));
          },
        ));

      it.each(["SELECT_CHALLENGE", "PASSWORD"] as const)("%s with the password", (name) =>
        eachRound({ pool: FIRST_FACTORS, has: ["email"] }, async ({ begin, answer }) => {
          const wish: Record<string, string> = name === "PASSWORD" ? { PREFERRED_CHALLENGE: "PASSWORD" } : {};
          const { Session } = asked(await begin("USER_AUTH", wish), name);
          const given = { ANSWER: "PASSWORD", PASSWORD };
          tokensOf(await oneWins((by) => answer(by, name, Session, given), SESSION_USED, LOCKED));
        }),
      );

      it.each(["EMAIL_OTP", "SMS_OTP"] as const)("%s as the first factor", (name) =>
        eachRound({ pool: FIRST_FACTORS, has: ["email", "phone"] }, async (user) => {
          const { Session } = asked(await user.begin("USER_AUTH", { PREFERRED_CHALLENGE: name }), name);
          const given = { [`${name}_CODE`]: await arena.code(name === "SMS_OTP" ? user.phone : user.email) };
          tokensOf(await oneWins((by) => user.answer(by, name, Session, given), SESSION_USED, LOCKED));
        }),
      );

      it("the registration of a passkey, WEB_AUTHN with it, and one count of it for twenty sign-ins", () =>
        eachRound({ pool: FIRST_FACTORS, mfa: PASSKEY_MFA }, async ({ begin, signIn, answer }) => {
          const { AccessToken } = tokensOf(await signIn());
          const { CredentialCreationOptions } = await api("StartWebAuthnRegistration", { AccessToken });
          const passkey = new VirtualAuthenticator();
          const Credential = passkey.create(CredentialCreationOptions as unknown as CreationOptions);
          await oneWins(
            (by) => by("CompleteWebAuthnRegistration", { AccessToken, Credential }),
            "WebAuthnChallengeNotFoundException: The challenge is not found or has expired.",
          );
          const challenges = await Promise.all(
            Array.from({ length: CALLERS }, () => begin("USER_AUTH", { PREFERRED_CHALLENGE: "WEB_AUTHN" })),
          );
          const optionsOf = (caller: number): RequestOptions =>
            JSON.parse(challenges[caller]?.ChallengeParameters?.CREDENTIAL_REQUEST_OPTIONS ?? "");
          const once = { CREDENTIAL: JSON.stringify(passkey.get(optionsOf(0), { counter: 5 })) };
          const refused = "NotAuthorizedException: Invalid passkey for the user.";
          const sameSession = (by: Api) => answer(by, "WEB_AUTHN", challenges[0]?.Session, once);
          tokensOf(await oneWins(sameSession, SESSION_USED, refused));
          const sameCount = (by: Api, caller: number) => {
            if (caller === 0) return answer(by, "WEB_AUTHN", challenges[0]?.Session, once);
            const CREDENTIAL = JSON.stringify(passkey.get(optionsOf(caller), { counter: 6 }));
            return answer(by, "WEB_AUTHN", challenges[caller]?.Session, { CREDENTIAL });
          };
          tokensOf(await oneWins(sameCount, SESSION_USED, refused));
        }));

      it("ConfirmSignUp, and a sign-in with the Session that it gives", () =>
        eachRound({ pool: { AutoVerifiedAttributes: ["email"] } }, async ({ ClientId, name }) => {
          const Username = `new-${name}`;
          const email = `${Username}@example.com`;
          const UserAttributes = [{ Name: "email", Value: email }];
          await api("SignUp", { ClientId, Username, Password: PASSWORD, UserAttributes });
          const ConfirmationCode = await arena.code(email);
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
        }));

      it("ConfirmForgotPassword", () =>
        eachRound({ has: ["verified email"] }, async ({ UserPoolId, ClientId, name, email }) => {
          await api("AdminResetUserPassword", { UserPoolId, Username: name });
          const ConfirmationCode = await arena.code(email);
          const given = { ClientId, Username: name, ConfirmationCode, Password: OTHER_PASSWORD };
          await oneWins((by) => by("ConfirmForgotPassword", given), CODE_USED, TOO_OFTEN);
        }));

      it("VerifyUserAttribute", () =>
        eachRound({ has: ["email"] }, async ({ signIn, email }) => {
          const { AccessToken } = tokensOf(await signIn());
          await api("GetUserAttributeVerificationCode", { AccessToken, AttributeName: "email" });
          const given = { AccessToken, AttributeName: "email", Code: await arena.code(email) };
          await oneWins((by) => by("VerifyUserAttribute", given), CODE_USED, TOO_OFTEN);
        }));

      it("the rotation of a refresh token without a grace period", () =>
        eachRound({ client: ROTATION(0) }, async ({ signIn, refresh }) => {
          let token = tokensOf(await signIn()).RefreshToken;
          for (let generation = 0; generation < 2; generation++)
            token = (await oneWins((by) => refresh(by, token), REUSED)).RefreshToken;
        }));
    });

    it.skipIf(!available)("gives all of twenty one successor of a refresh token in the grace period", () =>
      eachRound({ client: ROTATION(10) }, async ({ signIn, refresh }) => {
        const first = tokensOf(await signIn()).RefreshToken;
        const results = await all((by) => refresh(by, first));
        expect(refusals(results)).toEqual([]);
        const successors = won(results).map(({ RefreshToken }) => RefreshToken);
        // They are one member of the family: what follows on one of them retires all.
        const next = (await refresh(api, successors[0] ?? "")).RefreshToken;
        await refresh(api, next);
        for (const [i, token] of [first, ...successors].entries())
          expect(await refusal(refresh(node(i), token))).toBe(REUSED);
      }),
    );

    describe.skipIf(!available)("gives nothing that works after the answer to", () => {
      type Prepared = Awaited<ReturnType<typeof newUser>>;
      interface Given {
        readonly AccessToken: string;
        readonly RefreshToken: string;
        /** Whether the caller had its answer before the end was asked for. */
        readonly early: boolean;
      }

      /** Sign-ins and refreshes of one user, in the middle of which something ends them: what the callers were given. */
      async function endedAmidst(
        { signIn, refresh }: Prepared,
        before: { readonly RefreshToken: string },
        end: (by: Api) => Promise<unknown>,
      ) {
        let asked = false;
        const given = async (
          work: Promise<{ AccessToken: string; RefreshToken: string }>,
        ): Promise<Given> => {
          const tokens = await work;
          return { ...tokens, early: !asked };
        };
        const works = Array.from({ length: CALLERS }, (_, i) =>
          i % 2 === 0
            ? given(signIn(PASSWORD, node(i)).then(tokensOf))
            : given(refresh(node(i), before.RefreshToken)),
        );
        const early = users % 3;
        await Promise.race(works.slice(0, early + 1).map((work) => work.catch(() => {})));
        asked = true;
        await end(node(1));
        const results = await Promise.allSettled(works);
        const kinds = { signedIn: [] as Given[], refreshed: [] as Given[] };
        for (const [i, result] of results.entries())
          if (result.status === "fulfilled") kinds[i % 2 === 0 ? "signedIn" : "refreshed"].push(result.value);
        return { ...kinds, refusals: refusals(results) };
      }

      const works = (call: Promise<unknown>): Promise<boolean> =>
        call.then(
          () => true,
          () => false,
        );

      async function usable({ refresh }: Prepared, tokens: readonly Given[]): Promise<Given[]> {
        const checked = await Promise.all(
          tokens.map(async (one, i) => {
            const byAccess = await works(node(i)("GetUser", { AccessToken: one.AccessToken }));
            const byRefresh =
              one.RefreshToken !== "" && (await works(refresh(node(i + 1), one.RefreshToken)));
            return byAccess || byRefresh ? [one] : [];
          }),
        );
        return checked.flat();
      }

      it("AdminDisableUser", () =>
        eachRound({}, async (user) => {
          const before = tokensOf(await user.signIn());
          const named = { UserPoolId: user.UserPoolId, Username: user.name };
          const { signedIn, refreshed, refusals } = await endedAmidst(user, before, (by) =>
            by("AdminDisableUser", named),
          );
          const after = [...signedIn, ...refreshed, { ...before, early: true }];
          expect(await usable(user, after)).toEqual([]);
          expect([DISABLED, LOCKED]).toContain(await refusal(user.signIn()));
          await api("AdminEnableUser", named);
          expect(await usable(user, after)).toEqual([]);
          const words = [DISABLED, LOCKED, "NotAuthorizedException: Refresh Token has been revoked"];
          expect(refusals.filter((one) => !words.includes(one))).toEqual([]);
        }));

      it.each(["AdminUserGlobalSignOut", "GlobalSignOut"] as const)("%s", (how) =>
        eachRound({}, async (user) => {
          const before = tokensOf(await user.signIn());
          const { signedIn, refreshed } = await endedAmidst(user, before, (by) =>
            how === "GlobalSignOut"
              ? by(how, { AccessToken: before.AccessToken })
              : by(how, { UserPoolId: user.UserPoolId, Username: user.name }),
          );
          // A sign-in that ended after the sign-out is a new one; a refresh never is.
          const ended = [...signedIn.filter(({ early }) => early), ...refreshed, { ...before, early: true }];
          expect(await usable(user, ended)).toEqual([]);
        }),
      );

      it("RevokeToken", () =>
        eachRound({}, async (user) => {
          const before = tokensOf(await user.signIn());
          const given = { ClientId: user.ClientId, Token: before.RefreshToken };
          const { signedIn, refreshed } = await endedAmidst(user, before, (by) => by("RevokeToken", given));
          expect(await usable(user, [...refreshed, { ...before, early: true }])).toEqual([]);
          expect(await usable(user, signedIn)).toEqual(signedIn);
        }));

      const TWO_FACTORS: Setting = { mfa: { ...EMAIL_ON, ...SMS_ON }, has: ["email", "phone"] };
      it("AdminSetUserPassword, to those who proved the password before it", () =>
        eachRound(TWO_FACTORS, async ({ UserPoolId, name, signIn, answer }) => {
          const begun = Array.from({ length: CALLERS }, (_, i) => signIn(PASSWORD, node(i)));
          await Promise.race(begun);
          const Password = OTHER_PASSWORD;
          await node(1)("AdminSetUserPassword", { UserPoolId, Username: name, Password, Permanent: true });
          const challenges = won(await Promise.allSettled(begun));
          expect(challenges.length).toBeGreaterThan(0);
          for (const [i, one] of challenges.entries()) {
            const { Session } = asked(one, "SELECT_MFA_TYPE");
            const chosen = answer(node(i), "SELECT_MFA_TYPE", Session, { ANSWER: "SMS_MFA" });
            expect(await refusal(chosen)).toBe(SESSION_INVALID);
          }
          expect([WRONG, LOCKED]).toContain(await refusal(signIn()));
        }));

      it("AdminSetUserPassword, to those who proved a temporary password before it", () =>
        eachRound({ password: "temporary" }, async ({ UserPoolId, name, signIn, answer }) => {
          const begun = Array.from({ length: CALLERS }, (_, i) => signIn(TEMPORARY_PASSWORD, node(i)));
          await Promise.race(begun);
          const Password = OTHER_PASSWORD;
          await node(1)("AdminSetUserPassword", { UserPoolId, Username: name, Password, Permanent: false });
          const challenges = won(await Promise.allSettled(begun));
          expect(challenges.length).toBeGreaterThan(0);
          const given = { NEW_PASSWORD: PASSWORD };
          for (const [i, one] of challenges.entries()) {
            const { Session } = asked(one, "NEW_PASSWORD_REQUIRED");
            expect(await refusal(answer(node(i), "NEW_PASSWORD_REQUIRED", Session, given))).toBe(
              SESSION_INVALID,
            );
          }
          expect([WRONG, LOCKED]).toContain(await refusal(signIn(TEMPORARY_PASSWORD)));
        }));
    });
  });
}
