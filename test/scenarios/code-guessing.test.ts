import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, apiOf, refusal } from "../support/api.ts";
import { type Arena, arenas } from "../support/arenas.ts";
import { closeWithinModel, makeClient, makePool, makeUser, PASSWORD } from "../support/builders.ts";
import { atFullHour, OTHER_PASSWORD, OWN_SENDER, wrong } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const GUESSES = 40;
/** A code is dead after so many wrong tries. */
const TRIES = 5;
const MISMATCH = "CodeMismatchException: Invalid verification code provided, please try again.";
const SIGN_IN_MISMATCH = "CodeMismatchException: Invalid code or auth state for the user.";
const GONE = "ExpiredCodeException: Invalid code provided, please request a code again.";
const LOCKED = "NotAuthorizedException: Password attempts exceeded";
const TOO_OFTEN = "LimitExceededException: Attempt limit exceeded, please try after some time.";
const BUSY = "TooManyRequestsException: Rate exceeded";

interface Guessed {
  readonly name: string;
  readonly email: string;
  /** What anyone may try, on any node, once a code was asked for. */
  readonly attempt: (by: Api, code: string) => Promise<unknown>;
}

/** The codes that someone could guess at: each makes a user who has asked for one. */
async function asked(api: Api, kind: Kind, serial: number): Promise<Guessed> {
  const name = `ana${serial}`;
  const email = `${name}@example.com`;
  const choice = kind === "EMAIL_OTP as the first factor";
  const { Id: UserPoolId } = await makePool(api, {
    EmailConfiguration: OWN_SENDER,
    AutoVerifiedAttributes: ["email"],
    ...(choice ? { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } } } : {}),
  });
  const { ClientId } = await makeClient(api, UserPoolId, {
    ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
    PreventUserExistenceErrors: "ENABLED",
  });
  const begin = (AuthFlow: "USER_AUTH" | "USER_PASSWORD_AUTH", more: Record<string, string>) =>
    api("InitiateAuth", { ClientId, AuthFlow, AuthParameters: { USERNAME: name, ...more } });
  const unknown = kind.endsWith("that no user has");
  if (kind !== "ConfirmSignUp" && !unknown)
    await makeUser(api, UserPoolId, name, {
      password: PASSWORD,
      attributes: { email, email_verified: "true" },
    });
  switch (kind) {
    case "ConfirmSignUp":
      await api("SignUp", {
        ClientId,
        Username: name,
        Password: PASSWORD,
        UserAttributes: [{ Name: "email", Value: email }],
      });
      break;
    case "ConfirmSignUp of a name that no user has":
      await api("ResendConfirmationCode", { ClientId, Username: name });
      break;
    case "ConfirmForgotPassword":
    case "ConfirmForgotPassword of a name that no user has":
      await api("ForgotPassword", { ClientId, Username: name });
      break;
    default:
  }
  if (kind.startsWith("ConfirmSignUp"))
    return {
      name,
      email,
      attempt: (by, ConfirmationCode) => by("ConfirmSignUp", { ClientId, Username: name, ConfirmationCode }),
    };
  if (kind.startsWith("ConfirmForgotPassword"))
    return {
      name,
      email,
      attempt: (by, ConfirmationCode) =>
        by("ConfirmForgotPassword", {
          ClientId,
          Username: name,
          ConfirmationCode,
          Password: OTHER_PASSWORD,
        }),
    };
  if (kind === "VerifyUserAttribute") {
    const { AuthenticationResult } = await begin("USER_PASSWORD_AUTH", { PASSWORD });
    const AccessToken = AuthenticationResult?.AccessToken ?? "";
    await api("GetUserAttributeVerificationCode", { AccessToken, AttributeName: "email" });
    return {
      name,
      email,
      attempt: (by, Code) => by("VerifyUserAttribute", { AccessToken, AttributeName: "email", Code }),
    };
  }
  if (!choice)
    await api("SetUserPoolMfaConfig", { UserPoolId, MfaConfiguration: "ON", EmailMfaConfiguration: {} });
  const { Session } = choice
    ? await begin("USER_AUTH", { PREFERRED_CHALLENGE: "EMAIL_OTP" })
    : await begin("USER_PASSWORD_AUTH", { PASSWORD });
  return {
    name,
    email,
    attempt: (by, EMAIL_OTP_CODE) =>
      by("RespondToAuthChallenge", {
        ClientId,
        ChallengeName: "EMAIL_OTP",
        Session,
        ChallengeResponses: { USERNAME: name, EMAIL_OTP_CODE },
      }),
  };
}

const KINDS = [
  "ConfirmSignUp",
  "ConfirmForgotPassword",
  "VerifyUserAttribute",
  "EMAIL_OTP as the second factor",
  "EMAIL_OTP as the first factor",
  "ConfirmSignUp of a name that no user has",
  "ConfirmForgotPassword of a name that no user has",
] as const;
type Kind = (typeof KINDS)[number];

describe.each(arenas())("%s", (_, open, available) => {
  let arena: Arena;
  let api: Api;
  let users = 0;
  beforeAll(async () => {
    if (!available) return;
    arena = await open();
    api = arena.apis[0] as Api;
  });
  afterAll(() => arena?.close());
  const node = (caller: number) => arena.apis[caller % arena.apis.length] as Api;

  it.skipIf(!available).each(KINDS)(
    "looks at five of forty wrong guesses at once at the code of %s, and then not even at the right one",
    async (kind) => {
      for (let round = 0; round < 3; round++) {
        const { email, attempt } = await asked(api, kind, users++);
        const unknown = kind.endsWith("that no user has");
        const code = unknown ? "123456" : await arena.code(email);
        const guesses = Array.from({ length: GUESSES }, (_, i) =>
          refusal(
            attempt(
              node(i),
              wrong(
                String(Number(code) + i)
                  .padStart(code.length, "0")
                  .slice(-code.length),
              ),
            ),
          ),
        );
        const answers = await Promise.all(guesses);
        const looked = answers.filter((answer) => answer === MISMATCH || answer === SIGN_IN_MISMATCH);
        const others = new Set(
          answers.filter((answer) => answer !== MISMATCH && answer !== SIGN_IN_MISMATCH),
        );
        // On a slow machine the lock ends while guesses still come in; the answer to one more has the same words, looked at or not.
        const late = kind.startsWith("EMAIL_OTP") ? 1 : 0;
        expect([TRIES, TRIES + late]).toContain(looked.length);
        for (const other of others) expect([GONE, LOCKED, TOO_OFTEN, BUSY]).toContain(other);
        // Past the lock of one second, where there is one.
        if (kind.startsWith("EMAIL_OTP")) await new Promise((resolve) => setTimeout(resolve, 1_100));
        expect([GONE, TOO_OFTEN, SIGN_IN_MISMATCH]).toContain(await refusal(attempt(api, code)));
      }
    },
  );
});

describe("in one hour, for a user as for a name that no user has,", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => closeWithinModel(world));

  const CAPS: readonly (readonly [string, number, (ClientId: string, name: string) => Promise<unknown>])[] = [
    ["ForgotPassword", 10, (ClientId, Username) => apiOf(world)("ForgotPassword", { ClientId, Username })],
    [
      "ResendConfirmationCode",
      5,
      (ClientId, Username) => apiOf(world)("ResendConfirmationCode", { ClientId, Username }),
    ],
    [
      "ConfirmSignUp",
      15,
      (ClientId, Username) =>
        apiOf(world)("ConfirmSignUp", { ClientId, Username, ConfirmationCode: "000000" }),
    ],
    [
      "ConfirmForgotPassword",
      10,
      (ClientId, Username) =>
        apiOf(world)("ConfirmForgotPassword", {
          ClientId,
          Username,
          ConfirmationCode: "000000",
          Password: PASSWORD,
        }),
    ],
    [
      "USER_AUTH with EMAIL_OTP",
      20,
      (ClientId, USERNAME) =>
        apiOf(world)("InitiateAuth", {
          ClientId,
          AuthFlow: "USER_AUTH",
          AuthParameters: { USERNAME, PREFERRED_CHALLENGE: "EMAIL_OTP" },
        }),
    ],
  ];

  it.each(CAPS)("%s goes on %i times, and again in the next", async (operation, cap, call) => {
    const api = apiOf(world);
    const { Id } = await makePool(api, {
      AutoVerifiedAttributes: ["email"],
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
    });
    const { ClientId } = await makeClient(api, Id, {
      ExplicitAuthFlows: ["ALLOW_USER_AUTH"],
      PreventUserExistenceErrors: "ENABLED",
    });
    const signsUp = operation === "ResendConfirmationCode" || operation === "ConfirmSignUp";
    const UserAttributes = [{ Name: "email", Value: "ana@example.com" }];
    if (signsUp) await api("SignUp", { ClientId, Username: "ana", Password: PASSWORD, UserAttributes });
    else
      await makeUser(api, Id, "ana", {
        password: PASSWORD,
        attributes: { email: "ana@example.com", email_verified: "true" },
      });
    for (const name of ["ana", "nobody"]) {
      await atFullHour(world);
      const allowed = async () => {
        const answers: string[] = [];
        for (let i = 0; i < cap + 2; i++)
          answers.push(
            await call(ClientId, name).then(
              () => "answered",
              (fault) => `${fault.code}: ${fault.message}`,
            ),
          );
        const refused = operation.startsWith("USER_AUTH") ? BUSY : TOO_OFTEN;
        return answers.map((answer) => answer !== refused);
      };
      const expected = [...Array(cap).fill(true), false, false];
      expect(await allowed()).toEqual(expected);
      await atFullHour(world);
      expect(await allowed()).toEqual(expected);
    }
  });
});
