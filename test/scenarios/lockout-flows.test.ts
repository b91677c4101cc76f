import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Input, Output } from "../../src/api/operation.ts";
import { totpCode } from "../../src/crypto/totp.ts";
import { apiOf, refusal } from "../support/api.ts";
import { fromBase32 } from "../support/base32.ts";
import { closeWithinModel, makeClient, makePool, makeUser, PASSWORD } from "../support/builders.ts";
import { DeviceSide, SrpSide } from "../support/device-side.ts";
import { arnOf, type FakeLambda, mappedTo, startFakeLambda } from "../support/fake-lambda.ts";
import { OWN_SENDER, SMS } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const WRONG = "NotAuthorizedException: Incorrect username or password.";
const LOCKED = "NotAuthorizedException: Password attempts exceeded";
const MISMATCH = "CodeMismatchException: Invalid code or auth state for the user.";
const TOKEN_MISMATCH = "CodeMismatchException: Invalid code received for user";
/** Satisfies the policy, and is nobody's. */
const WRONG_PASSWORD = "Wrong-Horse-9";

/** In seconds after the n-th failure: Cognito doubles from the fifth on, to 15 minutes at most. */
const SCHEDULE = [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900, 900, 900];

let lambda: FakeLambda;
let world: World;
beforeAll(async () => {
  lambda = await startFakeLambda();
  lambda.on("define", (event) => {
    event.response = { challengeName: "PASSWORD_VERIFIER", issueTokens: false, failAuthentication: false };
  });
  world = await startWorld({ triggers: mappedTo(lambda.endpoint, ["define"]) });
});
afterAll(async () => {
  await closeWithinModel(world);
  await lambda.close();
});

/** A pool where everything can be guessed at, and a user with each thing to guess. */
async function prepared(mfa: "none" | "EMAIL_OTP" | "SMS_MFA" | "SOFTWARE_TOKEN_MFA" | "device" = "none") {
  const api = apiOf(world);
  const { Id: UserPoolId } = await makePool(api, {
    EmailConfiguration: OWN_SENDER,
    SmsConfiguration: SMS,
    ...(mfa === "none"
      ? { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP", "SMS_OTP"] } } }
      : {}),
    LambdaConfig: { DefineAuthChallenge: arnOf("define") },
    ...(mfa === "device" ? { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } } : {}),
  });
  const { ClientId } = await makeClient(api, UserPoolId, {
    ExplicitAuthFlows: [
      "ALLOW_USER_AUTH",
      "ALLOW_USER_PASSWORD_AUTH",
      "ALLOW_ADMIN_USER_PASSWORD_AUTH",
      "ALLOW_USER_SRP_AUTH",
      "ALLOW_CUSTOM_AUTH",
    ],
    AuthSessionValidity: 15,
    PreventUserExistenceErrors: "ENABLED",
  });
  const addresses: Record<string, string> = {
    ...(mfa === "none" || mfa === "EMAIL_OTP" ? { email: "ana@example.com" } : {}),
    ...(mfa === "none" || mfa === "SMS_MFA" ? { phone_number: "+15550001234" } : {}),
  };
  await makeUser(api, UserPoolId, "ana", { password: PASSWORD, attributes: addresses });
  const begin = (
    AuthFlow: Input<"InitiateAuth">["AuthFlow"],
    USERNAME: string,
    more: Record<string, string> = {},
  ) => api("InitiateAuth", { ClientId, AuthFlow, AuthParameters: { USERNAME, ...more } });
  const answer = (
    ChallengeName: Input<"RespondToAuthChallenge">["ChallengeName"],
    Session: string | undefined,
    ChallengeResponses: Record<string, string>,
  ) =>
    api("RespondToAuthChallenge", {
      ClientId,
      ChallengeName,
      ...(Session ? { Session } : {}),
      ChallengeResponses,
    });
  const side = (name: string) => new SrpSide({ group: UserPoolId.split("_")[1] ?? "", name }, WRONG_PASSWORD);
  return { api, UserPoolId, ClientId, begin, answer, side };
}

type Prepared = Awaited<ReturnType<typeof prepared>>;
/** Makes ready for a guess that is certainly wrong; calling the result again guesses again. */
type Guess = (at: Prepared, name: string) => Promise<() => Promise<string>>;

const proving = (at: Prepared, name: string, begun: (A: string) => Promise<Output<"InitiateAuth">>) => {
  const srp = at.side(name);
  return async () => {
    const { ChallengeParameters, Session } = await begun(srp.publicA);
    const proof = srp.proof(ChallengeParameters);
    return () => refusal(at.answer("PASSWORD_VERIFIER", Session, proof));
  };
};

/** The ways to guess at a password or at the code of a first factor; open to names that no user has, too. */
const FIRST: Record<string, { readonly words: string; readonly guess: Guess }> = {
  USER_PASSWORD_AUTH: {
    words: WRONG,
    guess: async (at, name) => () =>
      refusal(at.begin("USER_PASSWORD_AUTH", name, { PASSWORD: WRONG_PASSWORD })),
  },
  ADMIN_USER_PASSWORD_AUTH: {
    words: WRONG,
    guess:
      async ({ api, UserPoolId, ClientId }, USERNAME) =>
      () =>
        refusal(
          api("AdminInitiateAuth", {
            UserPoolId,
            ClientId,
            AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
            AuthParameters: { USERNAME, PASSWORD: WRONG_PASSWORD },
          }),
        ),
  },
  USER_SRP_AUTH: {
    words: WRONG,
    guess: (at, name) => proving(at, name, (SRP_A) => at.begin("USER_SRP_AUTH", name, { SRP_A }))(),
  },
  "CUSTOM_AUTH with SRP_A": {
    words: WRONG,
    guess: (at, name) =>
      proving(at, name, (SRP_A) => at.begin("CUSTOM_AUTH", name, { CHALLENGE_NAME: "SRP_A", SRP_A }))(),
  },
  "USER_AUTH with PASSWORD at once": {
    words: WRONG,
    guess: async (at, name) => () =>
      refusal(at.begin("USER_AUTH", name, { PREFERRED_CHALLENGE: "PASSWORD", PASSWORD: WRONG_PASSWORD })),
  },
  "USER_AUTH, SELECT_CHALLENGE, PASSWORD": {
    words: WRONG,
    guess: async (at, name) => {
      const { Session } = await at.begin("USER_AUTH", name);
      const given = { USERNAME: name, ANSWER: "PASSWORD", PASSWORD: WRONG_PASSWORD };
      return () => refusal(at.answer("SELECT_CHALLENGE", Session, given));
    },
  },
  "USER_AUTH with PASSWORD_SRP": {
    words: WRONG,
    guess: (at, name) =>
      proving(at, name, (SRP_A) =>
        at.begin("USER_AUTH", name, { PREFERRED_CHALLENGE: "PASSWORD_SRP", SRP_A }),
      )(),
  },
  "USER_AUTH with EMAIL_OTP": {
    words: MISMATCH,
    guess: async (at, name) => {
      const { Session } = await at.begin("USER_AUTH", name, { PREFERRED_CHALLENGE: "EMAIL_OTP" });
      return () => refusal(at.answer("EMAIL_OTP", Session, { USERNAME: name, EMAIL_OTP_CODE: "00000000" }));
    },
  },
};

/** Guesses at a second factor, after the right password. */
const second =
  (code: "EMAIL_OTP" | "SMS_MFA" | "SOFTWARE_TOKEN_MFA"): Guess =>
  async (at, name) => {
    const { Session } = await at.begin("USER_PASSWORD_AUTH", name, { PASSWORD });
    return () => refusal(at.answer(code, Session, { USERNAME: name, [`${code}_CODE`]: "000000" }));
  };

const steps = (at: Prepared, name: string, guess: Guess, words: string) =>
  async function step(n: number, seconds: number) {
    const again = await guess(at, name);
    expect([n, await again()]).toEqual([n, words]);
    if (seconds === 0) return;
    expect([n, await again()]).toEqual([n, LOCKED]);
    // Two seconds before the end, since real time passes too.
    const almost = Math.max(0, seconds - 2);
    await world.advanceSeconds(almost);
    if (almost > 0) expect([n, await again()]).toEqual([n, LOCKED]);
    await world.advanceSeconds(seconds - almost);
  };

async function followsTheSchedule(at: Prepared, name: string, guess: Guess, words: string): Promise<void> {
  const step = steps(at, name, guess, words);
  for (const [i, seconds] of SCHEDULE.entries()) await step(i + 1, seconds);
}

describe.each(Object.entries(FIRST))("guesses by %s", (_, { words, guess }) => {
  it.each([
    ["a user", "ana"],
    ["a name that no user has", "nobody@example.com"],
  ])("at %s follow the schedule of locks, twenty of them", async (__, name) => {
    await followsTheSchedule(await prepared(), name, guess, words);
  });
});

describe("guesses at a second factor follow the schedule of locks:", () => {
  it("a code by e-mail", async () => {
    const at = await prepared("EMAIL_OTP");
    const { api, UserPoolId } = at;
    await api("SetUserPoolMfaConfig", { UserPoolId, MfaConfiguration: "ON", EmailMfaConfiguration: {} });
    await followsTheSchedule(at, "ana", second("EMAIL_OTP"), MISMATCH);
  });

  it("a code by SMS", async () => {
    const at = await prepared("SMS_MFA");
    const SmsMfaConfiguration = { SmsConfiguration: SMS };
    const { api, UserPoolId } = at;
    await api("SetUserPoolMfaConfig", { UserPoolId, MfaConfiguration: "ON", SmsMfaConfiguration });
    await followsTheSchedule(at, "ana", second("SMS_MFA"), MISMATCH);
  });

  it("a software token", async () => {
    const at = await prepared("SOFTWARE_TOKEN_MFA");
    const { api, UserPoolId, begin } = at;
    const { AuthenticationResult } = await begin("USER_PASSWORD_AUTH", "ana", { PASSWORD });
    const AccessToken = AuthenticationResult?.AccessToken ?? "";
    const SoftwareTokenMfaConfiguration = { Enabled: true };
    await api("SetUserPoolMfaConfig", { UserPoolId, MfaConfiguration: "ON", SoftwareTokenMfaConfiguration });
    const { SecretCode = "" } = await api("AssociateSoftwareToken", { AccessToken });
    const now = world.server.services.clock.now();
    const UserCode = totpCode(fromBase32(SecretCode), Math.floor(now / 30_000));
    await api("VerifySoftwareToken", { AccessToken, UserCode });
    await followsTheSchedule(at, "ana", second("SOFTWARE_TOKEN_MFA"), TOKEN_MISMATCH);
  });

  it("the proof of a remembered device", async () => {
    const at = await prepared("device");
    const { api, begin, answer } = at;
    const { AuthenticationResult } = await begin("USER_PASSWORD_AUTH", "ana", { PASSWORD });
    const device = new DeviceSide(AuthenticationResult);
    await api("ConfirmDevice", {
      AccessToken: AuthenticationResult?.AccessToken ?? "",
      DeviceKey: device.key,
      DeviceSecretVerifierConfig: device.secret,
    });
    const known = { USERNAME: "ana", DEVICE_KEY: device.key };
    const guess: Guess = async () => {
      const first = await begin("USER_PASSWORD_AUTH", "ana", { PASSWORD, DEVICE_KEY: device.key });
      const asked = await answer("DEVICE_SRP_AUTH", first.Session, { ...known, SRP_A: device.publicA });
      const proof = { ...device.proof(asked.ChallengeParameters, "not the device's"), USERNAME: "ana" };
      return () => refusal(answer("DEVICE_PASSWORD_VERIFIER", asked.Session, proof));
    };
    await followsTheSchedule(at, "ana", guess, WRONG);
  });
});

describe("there is one count for all flows:", () => {
  it.each([
    ["a user", "ana"],
    ["a name that no user has", "nobody@example.com"],
  ])("each failure at %s by another flow is one step of the schedule", async (_, name) => {
    const at = await prepared();
    const flows = Object.values(FIRST);
    for (const [i, seconds] of SCHEDULE.slice(0, 16).entries()) {
      const { words, guess } = flows[i % flows.length] ?? flows[0] ?? expect.fail();
      await steps(at, name, guess, words)(i + 1, seconds);
    }
  });

  it("while one flow locks a user, none looks at a guess", async () => {
    const at = await prepared();
    const ready = await Promise.all(Object.values(FIRST).map(({ guess }) => guess(at, "ana")));
    for (let i = 0; i < 5; i++)
      await refusal(at.begin("USER_PASSWORD_AUTH", "ana", { PASSWORD: WRONG_PASSWORD }));
    expect(await Promise.all(ready.map((again) => again()))).toEqual(ready.map(() => LOCKED));
  });
});
