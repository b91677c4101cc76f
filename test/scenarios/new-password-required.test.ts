import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiOf, claimsOf, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import {
  closeWithinModel,
  makeClient,
  makePool,
  makeUser,
  PASSWORD,
  signIn,
  startSignIn,
  TEMPORARY_PASSWORD,
} from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const world = await startWorld();
const api = apiOf(world);
afterAll(() => closeWithinModel(world));

type Client = Awaited<ReturnType<typeof makeClient>>;

let poolId = "";
let client: Client;
/** A pool that requires e-mail address and name. */
let strictId = "";
let strict: Client;
beforeAll(async () => {
  poolId = (await makePool(api)).Id;
  client = await makeClient(api, poolId);
  const Schema = [
    { Name: "email", Required: true },
    { Name: "name", Required: true },
    { Name: "badge", AttributeDataType: "Number" as const },
    { Name: "fixed", AttributeDataType: "String" as const, Mutable: false },
  ];
  strictId = (await makePool(api, { Schema })).Id;
  strict = await makeClient(api, strictId);
});

const answerWith = (by: Client, Session: string | undefined, ChallengeResponses: Record<string, string>) =>
  api("RespondToAuthChallenge", {
    ClientId: by.ClientId,
    ChallengeName: "NEW_PASSWORD_REQUIRED",
    ...(Session === undefined ? {} : { Session }),
    ChallengeResponses,
  });

/** The Session of a user with a temporary password. */
const sessionOf = async (by: Client, username: string) =>
  (await startSignIn(api, by, username, TEMPORARY_PASSWORD)).Session ?? "";

describe.skipIf(awsCliMissing)(`a first sign-in, by the AWS CLI (${awsCliMissing ?? "installed"})`, () => {
  it("answers NEW_PASSWORD_REQUIRED, and the new password brings tokens", async () => {
    const aws = awsCli(world.url);
    await makeUser(api, poolId, "by-cli", {
      attributes: { email: "cli@example.com", email_verified: "true" },
    });
    const started = await aws(
      "initiate-auth",
      ...["--client-id", client.ClientId, "--auth-flow", "USER_PASSWORD_AUTH"],
      ...["--auth-parameters", `USERNAME=by-cli,PASSWORD=${TEMPORARY_PASSWORD}`],
    );
    expect(started.output).toEqual({
      ChallengeName: "NEW_PASSWORD_REQUIRED",
      Session: expect.stringMatching(/^AYABe[\w-]{15,2043}$/),
      ChallengeParameters: {
        USER_ID_FOR_SRP: "by-cli",
        requiredAttributes: "[]",
        userAttributes: JSON.stringify({ email: "cli@example.com", email_verified: "true" }),
      },
    });
    const answered = await aws(
      "respond-to-auth-challenge",
      ...["--client-id", client.ClientId, "--challenge-name", "NEW_PASSWORD_REQUIRED"],
      ...["--session", started.output.Session],
      ...["--challenge-responses", `USERNAME=by-cli,NEW_PASSWORD=${PASSWORD}`],
    );
    expect(answered.output).toEqual({
      ChallengeParameters: {},
      AuthenticationResult: {
        AccessToken: expect.any(String),
        ExpiresIn: 3600,
        TokenType: "Bearer",
        RefreshToken: expect.any(String),
        IdToken: expect.any(String),
      },
    });
    expect((await api("AdminGetUser", { UserPoolId: poolId, Username: "by-cli" })).UserStatus).toBe(
      "CONFIRMED",
    );
  });
});

describe("NEW_PASSWORD_REQUIRED", () => {
  it("carries a Session, the name, and both attribute lists as JSON text, without the sub", async () => {
    await makeUser(api, strictId, "asked", { attributes: { email: "asked@example.com", locale: "de" } });
    const answer = await startSignIn(api, strict, "asked", TEMPORARY_PASSWORD);
    expect(answer).toEqual({
      ChallengeName: "NEW_PASSWORD_REQUIRED",
      Session: expect.any(String),
      ChallengeParameters: {
        USER_ID_FOR_SRP: "asked",
        requiredAttributes: '["userAttributes.name"]',
        userAttributes: expect.any(String),
      },
    });
    expect(JSON.parse(answer.ChallengeParameters?.userAttributes ?? "")).toEqual({
      email: "asked@example.com",
      locale: "de",
    });
  });

  it("shows nothing before the temporary password is right", async () => {
    await makeUser(api, poolId, "guessed");
    expect(await refusal(startSignIn(api, client, "guessed", PASSWORD))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
  });

  it("asks again until it is answered, and not after", async () => {
    await makeUser(api, poolId, "twice");
    const first = await sessionOf(client, "twice");
    const second = await sessionOf(client, "twice");
    expect(first).not.toBe(second);
    await answerWith(client, second, { USERNAME: "twice", NEW_PASSWORD: PASSWORD });
    await signIn(api, client, "twice");
    expect(await refusal(startSignIn(api, client, "twice", TEMPORARY_PASSWORD))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
  });

  it("lets no second Session change the password after the first did", async () => {
    await makeUser(api, poolId, "two-sessions");
    const stale = await sessionOf(client, "two-sessions");
    const used = await sessionOf(client, "two-sessions");
    await answerWith(client, used, { USERNAME: "two-sessions", NEW_PASSWORD: PASSWORD });
    expect(
      await refusal(answerWith(client, stale, { USERNAME: "two-sessions", NEW_PASSWORD: "Thief-Pass-99" })),
    ).toBe("NotAuthorizedException: Invalid session for the user.");
    await signIn(api, client, "two-sessions");
  });

  it("takes the attributes that the pool requires, and puts them into the tokens", async () => {
    await makeUser(api, strictId, "fills-in");
    const answer = await startSignIn(api, strict, "fills-in", TEMPORARY_PASSWORD);
    expect(JSON.parse(answer.ChallengeParameters?.requiredAttributes ?? "")).toEqual([
      "userAttributes.name",
      "userAttributes.email",
    ]);
    const { AuthenticationResult } = await answerWith(strict, answer.Session, {
      USERNAME: "fills-in",
      NEW_PASSWORD: PASSWORD,
      "userAttributes.name": "Ana Q.",
      "userAttributes.email": "fills-in@example.com",
      "userAttributes.custom:badge": "12",
      "userAttributes.custom:fixed": "once",
    });
    expect(claimsOf(AuthenticationResult?.IdToken)).toMatchObject({
      name: "Ana Q.",
      email: "fills-in@example.com",
      "custom:badge": "12",
      "custom:fixed": "once",
    });
  });

  it("refuses an answer without a required attribute, and keeps the Session usable", async () => {
    await makeUser(api, strictId, "misses");
    const session = await sessionOf(strict, "misses");
    const base = { USERNAME: "misses", NEW_PASSWORD: PASSWORD };
    expect(await refusal(answerWith(strict, session, base))).toBe(
      "InvalidParameterException: Invalid attributes given, name is missing",
    );
    const named = { ...base, "userAttributes.name": "Ana" };
    expect(await refusal(answerWith(strict, session, named))).toBe(
      "InvalidParameterException: Invalid attributes given, email is missing",
    );
    const email = { "userAttributes.email": "misses@example.com" };
    expect(await refusal(answerWith(strict, session, { ...named, "userAttributes.email": "" }))).toBe(
      "InvalidParameterException: Invalid attributes given, email is missing",
    );
    await answerWith(strict, session, { ...named, ...email });
  });

  it("refuses an attribute that the user has already, even with the same value", async () => {
    const email = "provided@example.com";
    await makeUser(api, strictId, "provided", { attributes: { email, name: "Ana" } });
    const session = await sessionOf(strict, "provided");
    for (const value of [email, "other@example.com"])
      expect(
        await refusal(
          answerWith(strict, session, {
            USERNAME: "provided",
            NEW_PASSWORD: PASSWORD,
            "userAttributes.email": value,
          }),
        ),
      ).toBe("NotAuthorizedException: Cannot modify an already provided email");
  });

  it.each([
    ["email", "no-address", "InvalidParameterException: Invalid email address format."],
    ["email_verified", "true", "NotAuthorizedException: A client attempted to write unauthorized attribute"],
    ["sub", "x", "NotAuthorizedException: A client attempted to write unauthorized attribute"],
    [
      "custom:none",
      "x",
      "InvalidParameterException: Attributes did not conform to the schema: custom:none: Attribute does not exist in the schema.\n",
    ],
    [
      "constructor",
      "x",
      "InvalidParameterException: Attributes did not conform to the schema: constructor: Attribute does not exist in the schema.\n",
    ],
  ])("refuses the attribute %s with the value %s", async (name, value, sentence) => {
    const username = `refused-${name.replace(":", "-")}`;
    await makeUser(api, strictId, username);
    const responses = { USERNAME: username, NEW_PASSWORD: PASSWORD, [`userAttributes.${name}`]: value };
    expect(await refusal(answerWith(strict, await sessionOf(strict, username), responses))).toBe(sentence);
  });

  it("refuses attributes that the client may not write, but for required ones", async () => {
    const limited = await makeClient(api, strictId, { WriteAttributes: ["name", "email"] });
    await makeUser(api, strictId, "limited");
    const session = await sessionOf(limited, "limited");
    const base = {
      USERNAME: "limited",
      NEW_PASSWORD: PASSWORD,
      "userAttributes.name": "Ana",
      "userAttributes.email": "limited@example.com",
    };
    expect(await refusal(answerWith(limited, session, { ...base, "userAttributes.locale": "de" }))).toBe(
      "NotAuthorizedException: A client attempted to write unauthorized attribute",
    );
    await answerWith(limited, session, base);
  });

  it("takes the temporary password again where the pool keeps no history", async () => {
    await makeUser(api, poolId, "same");
    const session = await sessionOf(client, "same");
    await answerWith(client, session, { USERNAME: "same", NEW_PASSWORD: TEMPORARY_PASSWORD });
    await signIn(api, client, "same", TEMPORARY_PASSWORD);
  });

  it("takes any name of the user for USERNAME, and no one else's", async () => {
    const pool = await makePool(api, { UsernameAttributes: ["email"] });
    const byMail = await makeClient(api, pool.Id);
    const sub = await makeUser(api, pool.Id, "ana@example.com");
    await makeUser(api, pool.Id, "ben@example.com");
    const session = await sessionOf(byMail, "ana@example.com");
    for (const USERNAME of ["ben@example.com", "nobody@example.com", "x"])
      expect(await refusal(answerWith(byMail, session, { USERNAME, NEW_PASSWORD: PASSWORD }))).toBe(
        "NotAuthorizedException: Invalid session for the user.",
      );
    await answerWith(byMail, session, { USERNAME: sub, NEW_PASSWORD: PASSWORD });
    await signIn(api, byMail, "ana@example.com");
  });

  it.each([
    [{ NEW_PASSWORD: PASSWORD }, "USERNAME"],
    [{ USERNAME: "incomplete" }, "NEW_PASSWORD"],
    [{ USERNAME: "incomplete", NEW_PASSWORD: "" }, "NEW_PASSWORD"],
    [{}, "USERNAME"],
  ])("refuses the answer %j for what is missing", async (responses, missing) => {
    await makeUser(api, poolId, "incomplete").catch(() => undefined);
    const session = await sessionOf(client, "incomplete");
    expect(await refusal(answerWith(client, session, responses as Record<string, string>))).toBe(
      `InvalidParameterException: Missing required parameter ${missing}`,
    );
  });

  it("refuses a user who was disabled, deleted or given another password in between", async () => {
    for (const username of ["disabled", "deleted", "reset"]) await makeUser(api, poolId, username);
    const named = (Username: string) => ({ UserPoolId: poolId, Username });
    const answer = (session: string, username: string) =>
      refusal(answerWith(client, session, { USERNAME: username, NEW_PASSWORD: "Thief-Pass-99" }));
    const sessions = {
      disabled: await sessionOf(client, "disabled"),
      deleted: await sessionOf(client, "deleted"),
      reset: await sessionOf(client, "reset"),
    };
    await api("AdminDisableUser", named("disabled"));
    expect(await answer(sessions.disabled, "disabled")).toBe("NotAuthorizedException: User is disabled.");
    await api("AdminDeleteUser", named("deleted"));
    expect(await answer(sessions.deleted, "deleted")).toBe(
      "NotAuthorizedException: Invalid session for the user.",
    );
    await api("AdminSetUserPassword", { ...named("reset"), Password: PASSWORD, Permanent: true });
    expect(await answer(sessions.reset, "reset")).toBe(
      "NotAuthorizedException: Invalid session for the user.",
    );
    await signIn(api, client, "reset");
  });

  it("refuses a Session that was given before the temporary password was replaced", async () => {
    await makeUser(api, poolId, "replaced");
    const session = await sessionOf(client, "replaced");
    await world.advanceSeconds(1);
    await api("AdminSetUserPassword", {
      UserPoolId: poolId,
      Username: "replaced",
      Password: "Another-Temp-3",
      Permanent: false,
    });
    expect(
      await refusal(answerWith(client, session, { USERNAME: "replaced", NEW_PASSWORD: "Thief-Pass-99" })),
    ).toBe("NotAuthorizedException: Invalid session for the user.");
  });

  it("refuses an address that another user holds", async () => {
    const pool = await makePool(api, {
      UsernameAttributes: ["email", "phone_number"],
      Schema: [{ Name: "email", Required: true }],
    });
    const either = await makeClient(api, pool.Id);
    await makeUser(api, pool.Id, "held@example.com");
    await makeUser(api, pool.Id, "+15550009999");
    const session = await sessionOf(either, "+15550009999");
    expect(
      await refusal(
        answerWith(either, session, {
          USERNAME: "+15550009999",
          NEW_PASSWORD: PASSWORD,
          "userAttributes.email": "held@example.com",
        }),
      ),
    ).toBe("AliasExistsException: An account with the given email already exists.");
  });
});
