import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Input, OperationName } from "../../src/api/operation.ts";
import { apiOf } from "../support/api.ts";
import { closeWithinModel, makeClient, makePool, makeUser, PASSWORD } from "../support/builders.ts";
import { SrpSide } from "../support/device-side.ts";
import { OWN_SENDER } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const WRONG_PASSWORD = "Wrong-Horse-9";

/** Who can be meant. All names are of one length, since what is sealed for a client grows with the name that was typed. */
const PEOPLE = [
  "confirmed",
  "unknown__",
  "disabled_",
  "unconfirm",
  "temporary",
  "must_rest",
  "locked___",
  "uncoded__",
] as const;
type Person = (typeof PEOPLE)[number];
const addressOf = (person: Person) => `${person}@example.com`;

let world: World;
let pool: string;
let client: string;
const api = <N extends OperationName>(operation: N, input: Input<N>) => apiOf(world)(operation, input);
const named = (person: Person) => ({ UserPoolId: pool, Username: addressOf(person) });

beforeAll(async () => {
  world = await startWorld();
  pool = (
    await makePool(apiOf(world), {
      UsernameAttributes: ["email"],
      AutoVerifiedAttributes: ["email"],
      EmailConfiguration: OWN_SENDER,
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
    })
  ).Id;
  client = (
    await makeClient(apiOf(world), pool, {
      ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"],
      PreventUserExistenceErrors: "ENABLED",
    })
  ).ClientId;
  const attributes = { email_verified: "true" };
  for (const person of PEOPLE) {
    if (person === "unknown__") continue;
    if (person === "unconfirm") {
      await api("SignUp", { ClientId: client, Username: addressOf(person), Password: PASSWORD });
      continue;
    }
    const kept = person === "temporary" ? {} : { password: PASSWORD };
    const flags = person === "uncoded__" ? {} : { attributes };
    await makeUser(apiOf(world), pool, addressOf(person), { ...flags, ...kept });
  }
  await api("AdminDisableUser", named("disabled_"));
  await api("AdminResetUserPassword", named("must_rest"));
});
afterAll(() => closeWithinModel(world));

/** What differs between two answers to one person, too; what is left must not differ between people. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
function masked(value: unknown, name = ""): unknown {
  if (typeof value === "string") {
    if (UUID.test(value)) return "a UUID";
    if (name === "SALT") return `${value.length} digits`;
    if (name === "SRP_B") return value.length > 700 ? "a residue" : value;
    // Longer by what SRP_B is longer: compared in a test of its own.
    if (name === "SECRET_BLOCK") return "a block";
    if (name === "Session") return `${value.length} characters`;
    return value.replace(/^[a-z](\*+@)/, "x$1");
  }
  if (Array.isArray(value)) return value.map((one) => masked(one));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, masked(one, key)]));
  return value;
}

/** Status, headers that could tell, and body, masked. */
async function answerTo(operation: OperationName, input: object): Promise<unknown> {
  const response = await fetch(world.url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(input),
  });
  const headers = [...response.headers].filter(
    ([name]) => !["date", "x-amzn-requestid", "content-length"].includes(name),
  );
  const text = await response.text();
  return { status: response.status, headers, body: masked(text === "" ? null : JSON.parse(text)) };
}

const begin = (AuthFlow: string, AuthParameters: Record<string, string>) =>
  answerTo("InitiateAuth", { ClientId: client, AuthFlow, AuthParameters });
async function twice(
  person: Person,
  ChallengeName: string,
  first: Record<string, string>,
  second: (parameters: Readonly<Record<string, string>>) => Record<string, string>,
  AuthFlow: "USER_AUTH" | "USER_SRP_AUTH" = "USER_AUTH",
) {
  const USERNAME = addressOf(person);
  const { Session, ChallengeParameters = {} } = await api("InitiateAuth", {
    ClientId: client,
    AuthFlow,
    AuthParameters: { USERNAME, ...first },
  });
  const ChallengeResponses = { USERNAME, ...second(ChallengeParameters) };
  return answerTo("RespondToAuthChallenge", {
    ClientId: client,
    ChallengeName,
    ...(Session ? { Session } : {}),
    ChallengeResponses,
  });
}

const srp = new SrpSide({ group: "x", name: "x" }, WRONG_PASSWORD);
const code = { ClientId: "", ConfirmationCode: "000000" };

/** Every operation that anyone may call and that names a person, in each way it goes. */
const CALLS: Record<string, (person: Person) => Promise<unknown>> = {
  "InitiateAuth USER_PASSWORD_AUTH": (person) =>
    begin("USER_PASSWORD_AUTH", { USERNAME: addressOf(person), PASSWORD: WRONG_PASSWORD }),
  "InitiateAuth USER_SRP_AUTH": (person) =>
    begin("USER_SRP_AUTH", { USERNAME: addressOf(person), SRP_A: srp.publicA }),
  "InitiateAuth USER_AUTH": (person) => begin("USER_AUTH", { USERNAME: addressOf(person) }),
  "InitiateAuth USER_AUTH, EMAIL_OTP": (person) =>
    begin("USER_AUTH", { USERNAME: addressOf(person), PREFERRED_CHALLENGE: "EMAIL_OTP" }),
  "InitiateAuth USER_AUTH, PASSWORD": (person) =>
    begin("USER_AUTH", { USERNAME: addressOf(person), PREFERRED_CHALLENGE: "PASSWORD" }),
  "InitiateAuth USER_AUTH, PASSWORD at once": (person) =>
    begin("USER_AUTH", {
      USERNAME: addressOf(person),
      PREFERRED_CHALLENGE: "PASSWORD",
      PASSWORD: WRONG_PASSWORD,
    }),
  "InitiateAuth USER_AUTH, PASSWORD_SRP": (person) =>
    begin("USER_AUTH", {
      USERNAME: addressOf(person),
      PREFERRED_CHALLENGE: "PASSWORD_SRP",
      SRP_A: srp.publicA,
    }),
  "RespondToAuthChallenge PASSWORD_VERIFIER": (person) =>
    twice(person, "PASSWORD_VERIFIER", { SRP_A: srp.publicA }, (p) => srp.proof(p), "USER_SRP_AUTH"),
  "RespondToAuthChallenge SELECT_CHALLENGE": (person) =>
    twice(person, "SELECT_CHALLENGE", {}, () => ({ ANSWER: "PASSWORD", PASSWORD: WRONG_PASSWORD })),
  "RespondToAuthChallenge PASSWORD": (person) =>
    twice(person, "PASSWORD", { PREFERRED_CHALLENGE: "PASSWORD" }, () => ({ PASSWORD: WRONG_PASSWORD })),
  "RespondToAuthChallenge PASSWORD_SRP": (person) =>
    twice(person, "PASSWORD_SRP", { PREFERRED_CHALLENGE: "PASSWORD_SRP" }, () => ({ SRP_A: srp.publicA })),
  "RespondToAuthChallenge EMAIL_OTP": (person) =>
    twice(person, "EMAIL_OTP", { PREFERRED_CHALLENGE: "EMAIL_OTP" }, () => ({ EMAIL_OTP_CODE: "00000000" })),
  "ConfirmForgotPassword without a code": (person) =>
    answerTo("ConfirmForgotPassword", {
      ...code,
      ClientId: client,
      Username: addressOf(person),
      Password: PASSWORD,
    }),
  ForgotPassword: (person) => answerTo("ForgotPassword", { ClientId: client, Username: addressOf(person) }),
  "ConfirmForgotPassword with a wrong code": (person) =>
    answerTo("ConfirmForgotPassword", {
      ...code,
      ClientId: client,
      Username: addressOf(person),
      Password: PASSWORD,
    }),
  ResendConfirmationCode: (person) =>
    answerTo("ResendConfirmationCode", { ClientId: client, Username: addressOf(person) }),
  "ConfirmSignUp with a wrong code": (person) =>
    answerTo("ConfirmSignUp", { ...code, ClientId: client, Username: addressOf(person) }),
  SignUp: (person) =>
    answerTo("SignUp", { ClientId: client, Username: addressOf(person), Password: "short" }),
};

const PAST_SIGN_UP = ["confirmed", "disabled_", "temporary", "must_rest", "locked___", "uncoded__"] as const;
const told = (people: readonly Person[], words: string): Partial<Record<Person, string>> =>
  Object.fromEntries(people.map((person) => [person, words]));
/** A temporary password must be changed by itself, so no other factor is offered. */
const ONLY_A_PASSWORD = told(["temporary"], '"AvailableChallenges":["PASSWORD_SRP","PASSWORD"]');

/** Where Cognito itself says something about a person whatever the client hides, and this server with it. */
const TOLD: Partial<Record<string, Partial<Record<Person, string>>>> = {
  "InitiateAuth USER_AUTH": ONLY_A_PASSWORD,
  "InitiateAuth USER_AUTH, EMAIL_OTP": ONLY_A_PASSWORD,
  "InitiateAuth USER_AUTH, PASSWORD": ONLY_A_PASSWORD,
  "InitiateAuth USER_AUTH, PASSWORD_SRP": ONLY_A_PASSWORD,
  "RespondToAuthChallenge PASSWORD_SRP": ONLY_A_PASSWORD,
  "RespondToAuthChallenge EMAIL_OTP": told(["temporary"], "Invalid session for the user."),
  ForgotPassword: told(["temporary"], "User password cannot be reset in the current state."),
  ResendConfirmationCode: told(PAST_SIGN_UP, "User is already confirmed."),
  "ConfirmSignUp with a wrong code": told(PAST_SIGN_UP, "User cannot be confirmed. Current status is "),
};

async function lockOut(person: Person): Promise<void> {
  for (let i = 0; i < 5; i++) await CALLS["InitiateAuth USER_PASSWORD_AUTH"]?.(person);
}

describe("what is sealed for a client that hides who exists", () => {
  it("is as long for a user as for a name that no user has", async () => {
    await world.advanceSeconds(2 * 3600);
    const lengths = async (person: Person) => {
      for (let tries = 0; tries < 200; tries++) {
        const { ChallengeParameters: given = {} } = await api("InitiateAuth", {
          ClientId: client,
          AuthFlow: "USER_SRP_AUTH",
          AuthParameters: { USERNAME: addressOf(person), SRP_A: srp.publicA },
        });
        if (given.SRP_B?.length === 768) return [given.SECRET_BLOCK?.length, given.USERNAME?.length];
      }
      throw new Error("No SRP_B of full length");
    };
    const unknown = await lengths("unknown__");
    for (const person of PEOPLE) expect([person, await lengths(person)]).toEqual([person, unknown]);
  });
});

describe("where a client hides who exists, every call that anyone may make answers for", () => {
  it.each(Object.entries(CALLS))("%s the same, whoever is meant", async (name, call) => {
    // The counts of failures and of attempts per hour begin anew.
    await world.advanceSeconds(2 * 3600);
    const unknown = await call("unknown__");
    for (const person of PEOPLE) {
      if (person === "locked___") continue;
      const answer = await call(person);
      const told = TOLD[name]?.[person];
      if (told === undefined) expect([person, answer]).toEqual([person, unknown]);
      else expect([person, JSON.stringify(answer)]).toEqual([person, expect.stringContaining(told)]);
    }
  });

  const hidden = Object.entries(CALLS).filter(([name]) => TOLD[name]?.locked___ === undefined);
  it.each(hidden)("%s the same, when a person and an unknown name are locked", async (_, call) => {
    await world.advanceSeconds(2 * 3600);
    await lockOut("locked___");
    await lockOut("unknown__");
    expect(await call("locked___")).toEqual(await call("unknown__"));
  });
});
