import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Output } from "../../src/api/operation.ts";
import { claimsOf, race, refusal } from "../support/api.ts";
import { closeWithinModel, PASSWORD } from "../support/builders.ts";
import { DeviceSide, SrpSide } from "../support/device-side.ts";
import {
  arnOf,
  type FakeLambda,
  type FunctionEvent,
  mappedTo,
  startFakeLambda,
} from "../support/fake-lambda.ts";
import { OWN_SENDER, type Scene, SMS, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const NAMES = ["define", "create", "verify", "post"];
const LambdaConfig = {
  DefineAuthChallenge: arnOf("define"),
  CreateAuthChallenge: arnOf("create"),
  VerifyAuthChallengeResponse: arnOf("verify"),
  PostAuthentication: arnOf("post"),
};
const FLOWS = { ExplicitAuthFlows: ["ALLOW_CUSTOM_AUTH" as const, "ALLOW_REFRESH_TOKEN_AUTH" as const] };
const WRONG = "NotAuthorizedException: Incorrect username or password.";

interface Past {
  readonly challengeName: string;
  readonly challengeResult: boolean;
  readonly challengeMetadata: string | null;
}
const past = (event: FunctionEvent) => event.request.session as Past[];

/** Long enough that random bytes do not hold it by chance. */
const UNSEEN = "The Hitchhiker's Guide";

describe("custom sign-in", () => {
  let lambda: FakeLambda;
  let world: World;
  beforeAll(async () => {
    lambda = await startFakeLambda();
    world = await startWorld({ triggers: mappedTo(lambda.endpoint, NAMES) });
  });
  beforeEach(() => {
    lambda.reset();
    // A riddle: three tries, the password first where the client begins with it.
    lambda.on("define", (event) => {
      const rounds = past(event);
      const last = rounds.at(-1);
      if (last?.challengeName === "SRP_A") return decide(event, { challengeName: "PASSWORD_VERIFIER" });
      if (last?.challengeName === "CUSTOM_CHALLENGE" && last.challengeResult)
        return decide(event, { issueTokens: true });
      if (rounds.filter((round) => !round.challengeResult).length >= 3)
        return decide(event, { failAuthentication: true });
      return decide(event, { challengeName: "CUSTOM_CHALLENGE" });
    });
    lambda.on("create", (event) => ({
      ...event,
      response: {
        publicChallengeParameters: { riddle: "6 × 7" },
        privateChallengeParameters: { answer: "42", source: UNSEEN },
        challengeMetadata: "RIDDLE",
      },
    }));
    lambda.on("verify", (event) => {
      const { answer } = event.request.privateChallengeParameters as { answer: string };
      event.response = { answerCorrect: event.request.challengeAnswer === answer };
    });
  });
  afterAll(async () => {
    await closeWithinModel(world);
    await lambda.close();
  });

  const decide = (event: FunctionEvent, decision: object) => ({
    ...event,
    response: { challengeName: null, issueTokens: false, failAuthentication: false, ...decision },
  });
  const sources = () => lambda.events.map((event) => event.triggerSource.replace("_Authentication", ""));
  const prepared = async (pool: object = {}, client: object = {}) => {
    const at = await scene(world, { LambdaConfig, ...pool }, { ...FLOWS, ...client });
    await at.user("ana", { email: "ana@example.com" });
    return at;
  };
  const begin = ({ api, ClientId }: Scene, more: Record<string, string> = {}) =>
    api("InitiateAuth", {
      ClientId,
      AuthFlow: "CUSTOM_AUTH",
      AuthParameters: { USERNAME: "ana", ...more },
    });
  const guess = ({ api, ClientId }: Scene, Session: string | undefined, ANSWER: string, USERNAME = "ana") =>
    api("RespondToAuthChallenge", {
      ClientId,
      ChallengeName: "CUSTOM_CHALLENGE",
      Session: Session ?? "",
      ChallengeResponses: { USERNAME, ANSWER },
      ClientMetadata: { from: "answer" },
    });

  it("asks what the functions ask and tells each of them what happened so far", async () => {
    const at = await prepared();
    const first = await begin(at);
    expect(first.ChallengeName).toBe("CUSTOM_CHALLENGE");
    expect(first.ChallengeParameters).toEqual({ riddle: "6 × 7", USERNAME: "ana" });
    const second = await guess(at, first.Session, "41");
    expect(second.ChallengeName).toBe("CUSTOM_CHALLENGE");
    expect(second.Session).not.toBe(first.Session);
    const done = await guess(at, second.Session, "42");
    expect(done.AuthenticationResult?.AccessToken).toBeTruthy();
    expect(sources()).toEqual([
      "DefineAuthChallenge",
      "CreateAuthChallenge",
      "VerifyAuthChallengeResponse",
      "DefineAuthChallenge",
      "CreateAuthChallenge",
      "VerifyAuthChallengeResponse",
      "DefineAuthChallenge",
      "PostAuthentication",
    ]);
    const wrong = { challengeName: "CUSTOM_CHALLENGE", challengeResult: false, challengeMetadata: "RIDDLE" };
    const envelope = {
      version: "1",
      region: "us-east-1",
      userPoolId: at.UserPoolId,
      userName: "ana",
      callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId: at.ClientId },
    };
    const userAttributes = {
      sub: expect.any(String),
      "cognito:user_status": "CONFIRMED",
      email: "ana@example.com",
    };
    expect(lambda.events[0]).toEqual({
      ...envelope,
      triggerSource: "DefineAuthChallenge_Authentication",
      request: { userAttributes, session: [] },
      response: { challengeName: null, issueTokens: null, failAuthentication: null },
    });
    expect(lambda.events[4]).toEqual({
      ...envelope,
      triggerSource: "CreateAuthChallenge_Authentication",
      request: {
        userAttributes,
        challengeName: "CUSTOM_CHALLENGE",
        session: [wrong],
        clientMetadata: { from: "answer" },
      },
      response: {
        publicChallengeParameters: null,
        privateChallengeParameters: null,
        challengeMetadata: null,
      },
    });
    expect(lambda.events[5]).toEqual({
      ...envelope,
      triggerSource: "VerifyAuthChallengeResponse_Authentication",
      request: {
        userAttributes,
        privateChallengeParameters: { answer: "42", source: UNSEEN },
        challengeAnswer: "42",
        clientMetadata: { from: "answer" },
      },
      response: { answerCorrect: null },
    });
    expect(past(lambda.events[6] as FunctionEvent)).toEqual([wrong, { ...wrong, challengeResult: true }]);
  });

  it("shows the client nothing of the private parameters", async () => {
    const { Session } = await begin(await prepared());
    expect(Buffer.from(Session ?? "", "base64url").includes(UNSEEN)).toBe(false);
  });

  it("fails when the functions say so, without locking the user's password", async () => {
    const at = await prepared({}, { ExplicitAuthFlows: ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_PASSWORD_AUTH"] });
    for (let attempt = 0; attempt < 3; attempt++) {
      let answer: Output<"InitiateAuth"> = await begin(at);
      for (let wrong = 0; wrong < 2; wrong++) answer = await guess(at, answer.Session, "0");
      expect(await refusal(guess(at, answer.Session, "0"))).toBe(WRONG);
    }
    await at.tokens("ana");
  });

  it("takes one answer per Session, also of several at once", async () => {
    const at = await prepared();
    const { Session } = await begin(at);
    const { won, refusals } = await race(["1", "2", "3", "42"].map((answer) => guess(at, Session, answer)));
    expect(won).toBe(1);
    expect(refusals).toEqual([
      "NotAuthorizedException: Invalid session for the user, session can only be used once.",
    ]);
  });

  it("binds the Session to its user, client and time", async () => {
    const at = await prepared();
    await at.user("bo");
    const { Session } = await begin(at);
    expect(await refusal(guess(at, Session, "42", "bo"))).toBe(
      "NotAuthorizedException: Invalid session for the user.",
    );
    const other = await at.client(FLOWS);
    expect(await refusal(guess(other, Session, "42"))).toBe(
      "NotAuthorizedException: Invalid session for the user.",
    );
    await world.advanceSeconds(181);
    expect(await refusal(guess(at, Session, "42"))).toBe(
      "NotAuthorizedException: Invalid session for the user, session is expired.",
    );
  });

  it("can be open to administrators and can begin with tokens at once", async () => {
    const at = await prepared();
    lambda.on("define", (event) => decide(event, { issueTokens: true }));
    const { UserPoolId, ClientId } = at;
    const answer = await at.api("AdminInitiateAuth", {
      UserPoolId,
      ClientId,
      AuthFlow: "CUSTOM_AUTH",
      AuthParameters: { USERNAME: "ana" },
    });
    expect(answer.AuthenticationResult?.IdToken).toBeTruthy();
  });

  it.each([
    ["no function at all", {}],
    [
      "none that creates",
      { DefineAuthChallenge: arnOf("define"), VerifyAuthChallengeResponse: arnOf("verify") },
    ],
    ["none that creates or verifies though one is asked for", { DefineAuthChallenge: arnOf("define") }],
  ])("needs the pool's functions: with %s it is a fault of the pool", async (_, config) => {
    const at = await prepared({ LambdaConfig: config });
    expect(await refusal(begin(at))).toBe(
      "InvalidUserPoolConfigurationException: Custom auth lambda trigger is not configured for the user pool.",
    );
  });

  it.each([
    ["no decision", {}],
    ["a password that nobody began with", { challengeName: "PASSWORD_VERIFIER" }],
    ["a challenge that is not theirs", { challengeName: "SMS_MFA" }],
    ["a flag that is text", { issueTokens: "yes" }],
  ])("does not understand functions that answer %s", async (_, decision) => {
    const at = await prepared();
    lambda.on("define", (event) => decide(event, decision));
    expect(await refusal(begin(at))).toBe("InvalidLambdaResponseException: Unrecognizable lambda output");
  });

  it("does not hold more than a Session may", async () => {
    const at = await prepared();
    lambda.on("create", (event) => ({
      ...event,
      response: { privateChallengeParameters: { answer: "x".repeat(2000) } },
    }));
    expect(await refusal(begin(at))).toMatch(/^InvalidLambdaResponseException/);
  });

  it("remembers thirty rounds", async () => {
    const at = await prepared();
    lambda.on("define", (event) => decide(event, { challengeName: "CUSTOM_CHALLENGE" }));
    let answer: Output<"InitiateAuth"> = await begin(at);
    for (let round = 0; round < 30; round++) answer = await guess(at, answer.Session, "0");
    expect(past(lambda.events.at(-1) as FunctionEvent)).toHaveLength(30);
  });

  describe("of someone unknown", () => {
    it("is refused in so many words", async () => {
      const at = await prepared();
      expect(await refusal(begin(at, { USERNAME: "nobody" }))).toMatch(/^UserNotFoundException/);
      expect(lambda.events).toEqual([]);
    });

    it("is played to the end where the client hides who exists, and never gives tokens", async () => {
      const at = await prepared({}, { PreventUserExistenceErrors: "ENABLED" });
      const known = await begin(at);
      const first = await begin(at, { USERNAME: "nobody" });
      expect(Object.keys(first)).toEqual(Object.keys(known));
      expect(first.ChallengeParameters).toEqual({ riddle: "6 × 7", USERNAME: "nobody" });
      expect(lambda.events.map((event) => event.request.userNotFound)).toEqual([false, false, true, true]);
      expect(lambda.events.at(-1)?.request.userAttributes).toEqual({});
      expect(await refusal(guess(at, first.Session, "42", "nobody"))).toBe(WRONG);
    });

    it("looks like anyone else where usernames are UUIDs", async () => {
      const at = await scene(
        world,
        { LambdaConfig, UsernameAttributes: ["email"] },
        { ...FLOWS, PreventUserExistenceErrors: "ENABLED" },
      );
      const username = async () =>
        (await begin(at, { USERNAME: "no@example.com" })).ChallengeParameters?.USERNAME;
      expect(await username()).toMatch(/^[0-9a-f-]{36}$/);
      expect(await username()).toBe(await username());
    });
  });

  describe("by the stock JavaScript client", () => {
    /** Signs in; answers each question with the next of the answers. */
    const stockSignIn = (at: Scene, password: string | null, answers: string[]) => {
      const Pool = new CognitoUserPool({
        UserPoolId: at.UserPoolId,
        ClientId: at.ClientId,
        endpoint: `${world.url}/`,
      });
      const user = new CognitoUser({ Username: "ana", Pool });
      user.setAuthenticationFlowType("CUSTOM_AUTH");
      return new Promise<string>((resolve) => {
        const callbacks = {
          onSuccess: (session: { getIdToken(): { payload: Record<string, unknown> } }) =>
            resolve(`tokens of ${session.getIdToken().payload["cognito:username"]}`),
          onFailure: (error: Error) => resolve(`${error.name}: ${error.message}`),
          mfaRequired: () => resolve("MFA"),
          customChallenge: () => user.sendCustomChallengeAnswer(answers.shift() ?? "", callbacks),
        };
        if (password === null) user.initiateAuth(new AuthenticationDetails({ Username: "ana" }), callbacks);
        else
          user.authenticateUser(
            new AuthenticationDetails({ Username: "ana", Password: password }),
            callbacks,
          );
      });
    };

    it("works without a password", async () => {
      expect(await stockSignIn(await prepared(), null, ["41", "42"])).toBe("tokens of ana");
      expect(await stockSignIn(await prepared(), null, ["1", "2", "3"])).toBe(WRONG);
    });

    it("works with the password by SRP first, which functions see in the session", async () => {
      const at = await prepared();
      expect(await stockSignIn(at, PASSWORD, ["42"])).toBe("tokens of ana");
      const done = (challengeName: string) => ({
        challengeName,
        challengeResult: true,
        challengeMetadata: null,
      });
      const defined = lambda.events.filter(({ triggerSource }) => triggerSource.startsWith("Define"));
      expect(defined.map(past)).toEqual([
        [done("SRP_A")],
        [done("SRP_A"), done("PASSWORD_VERIFIER")],
        [
          done("SRP_A"),
          done("PASSWORD_VERIFIER"),
          { ...done("CUSTOM_CHALLENGE"), challengeMetadata: "RIDDLE" },
        ],
      ]);
    });

    it("fails on a wrong password, which counts like any other", async () => {
      const at = await prepared();
      for (let i = 0; i < 5; i++) expect(await stockSignIn(at, "Wrong-horse-1", [])).toBe(WRONG);
      expect(await stockSignIn(at, PASSWORD, ["42"])).toBe(
        "NotAuthorizedException: Password attempts exceeded",
      );
    });

    it("is led through the second factor that the password calls for, before the functions ask", async () => {
      const at = await prepared({ MfaConfiguration: "OPTIONAL", SmsConfiguration: SMS });
      const { api, UserPoolId, ClientId } = at;
      await api("AdminUpdateUserAttributes", {
        UserPoolId,
        Username: "ana",
        UserAttributes: [{ Name: "phone_number", Value: "+12065550100" }],
      });
      await api("AdminSetUserMFAPreference", {
        UserPoolId,
        Username: "ana",
        SMSMfaSettings: { Enabled: true, PreferredMfa: true },
      });
      const Pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint: `${world.url}/` });
      const user = new CognitoUser({ Username: "ana", Pool });
      user.setAuthenticationFlowType("CUSTOM_AUTH");
      // The stock client expects tokens after a code, so the rest goes by hand with the Session it holds.
      const session = await new Promise<string>((resolve, reject) =>
        user.authenticateUser(new AuthenticationDetails({ Username: "ana", Password: PASSWORD }), {
          onSuccess: () => reject(new Error("tokens")),
          onFailure: reject,
          mfaRequired: () => resolve((user as unknown as { Session: string }).Session),
          customChallenge: () => reject(new Error("custom before the second factor")),
        }),
      );
      const asked = await at.answer("SMS_MFA", session, {
        USERNAME: "ana",
        SMS_MFA_CODE: await at.code("+12065550100"),
      });
      expect(asked.ChallengeName).toBe("CUSTOM_CHALLENGE");
      expect((await guess(at, asked.Session, "42")).AuthenticationResult?.AccessToken).toBeTruthy();
      const define = lambda.events.filter(({ triggerSource }) => triggerSource.startsWith("Define"));
      expect(past(define.at(-1) as FunctionEvent).map((round) => round.challengeName)).toEqual([
        "SRP_A",
        "PASSWORD_VERIFIER",
        "SMS_MFA",
        "CUSTOM_CHALLENGE",
      ]);
    });
  });

  describe("on a device that the pool trusts", () => {
    const tracked = async () => {
      const place = await prepared({
        DeviceConfiguration: { ChallengeRequiredOnNewDevice: true },
        MfaConfiguration: "OPTIONAL",
        SmsConfiguration: SMS,
      });
      const { api, UserPoolId } = place;
      const first = await begin(place);
      const { AuthenticationResult: result } = await guess(place, first.Session, "42");
      const device = new DeviceSide(result);
      await api("ConfirmDevice", {
        AccessToken: result?.AccessToken ?? "",
        DeviceKey: device.key,
        DeviceSecretVerifierConfig: device.secret,
      });
      await api("AdminUpdateUserAttributes", {
        UserPoolId,
        Username: "ana",
        UserAttributes: [{ Name: "phone_number", Value: "+12065550100" }],
      });
      await api("AdminSetUserMFAPreference", {
        UserPoolId,
        Username: "ana",
        SMSMfaSettings: { Enabled: true, PreferredMfa: true },
      });
      return { place, device };
    };
    type Asked = Output<"InitiateAuth">;

    async function proved(place: Scene, device: DeviceSide, asked: Asked): Promise<Asked> {
      expect(asked.ChallengeName).toBe("DEVICE_SRP_AUTH");
      const responses = { USERNAME: "ana", DEVICE_KEY: device.key, SRP_A: device.publicA };
      const verifier = await place.answer("DEVICE_SRP_AUTH", asked.Session, responses);
      const proof = device.proof(verifier.ChallengeParameters);
      return place.answer("DEVICE_PASSWORD_VERIFIER", verifier.Session, proof);
    }

    it("the device proves itself once the functions are satisfied, named at the start or in an answer", async () => {
      const { place, device } = await tracked();
      const { Session } = await begin(place, { DEVICE_KEY: device.key });
      const atStart = await proved(place, device, await guess(place, Session, "42"));
      expect(claimsOf(atStart.AuthenticationResult?.AccessToken).device_key).toBe(device.key);
      expect(atStart.AuthenticationResult).not.toHaveProperty("NewDeviceMetadata");
      const second = await begin(place);
      const answer = { USERNAME: "ana", ANSWER: "42", DEVICE_KEY: device.key };
      const inAnswer = await proved(
        place,
        device,
        await place.answer("CUSTOM_CHALLENGE", second.Session, answer),
      );
      expect(claimsOf(inAnswer.AuthenticationResult?.AccessToken).device_key).toBe(device.key);
    });

    it("it stands for the second factor after the password, before the functions ask, and is not asked again", async () => {
      const { place, device } = await tracked();
      const side = new SrpSide({ group: place.UserPoolId.split("_")[1] ?? "", name: "ana" }, PASSWORD);
      const first = await begin(place, {
        CHALLENGE_NAME: "SRP_A",
        SRP_A: side.publicA,
        DEVICE_KEY: device.key,
      });
      const proof = side.proof(first.ChallengeParameters);
      const riddle = await proved(
        place,
        device,
        await place.answer("PASSWORD_VERIFIER", first.Session, proof),
      );
      expect(riddle.ChallengeName).toBe("CUSTOM_CHALLENGE");
      // The device's SRP value would take half of what functions can have remembered.
      expect(riddle.Session?.length).toBeLessThan(1_000);
      const wrong = await guess(place, riddle.Session, "41");
      const { AuthenticationResult: result } = await guess(place, wrong.Session, "42");
      expect(claimsOf(result?.AccessToken).device_key).toBe(device.key);
      const define = lambda.events.filter(({ triggerSource }) => triggerSource.startsWith("Define"));
      expect(past(define.at(-1) as FunctionEvent).map((round) => round.challengeName)).toEqual([
        "SRP_A",
        "PASSWORD_VERIFIER",
        "DEVICE_SRP_AUTH",
        "DEVICE_PASSWORD_VERIFIER",
        "CUSTOM_CHALLENGE",
        "CUSTOM_CHALLENGE",
      ]);
    });

    it("one that is none of the user's counts as none", async () => {
      const { place } = await tracked();
      const { Session } = await begin(place, {
        DEVICE_KEY: "us-east-1_00000000-0000-4000-8000-000000000000",
      });
      const { AuthenticationResult: result } = await guess(place, Session, "42");
      expect(result?.NewDeviceMetadata?.DeviceKey).toBeTruthy();
    });
  });

  it("is no way around: the password's proof alone is no sign-in, and needs its own Session", async () => {
    const at = await prepared();
    const challenge = () => begin(at, { CHALLENGE_NAME: "SRP_A", SRP_A: "abc123" });
    const [one, other] = [await challenge(), await challenge()];
    expect(one.ChallengeName).toBe("PASSWORD_VERIFIER");
    const prove = (Session: string | undefined) =>
      at.answer("PASSWORD_VERIFIER", Session, {
        USERNAME: "ana",
        PASSWORD_CLAIM_SECRET_BLOCK: one.ChallengeParameters?.SECRET_BLOCK ?? "",
        PASSWORD_CLAIM_SIGNATURE: Buffer.alloc(32).toString("base64"),
        TIMESTAMP: "Tue Jan 7 08:05:09 UTC 2025",
      });
    expect(await refusal(prove(undefined))).toBe(
      "InvalidParameterException: Missing required parameter Session",
    );
    expect(await refusal(prove(other.Session))).toBe("NotAuthorizedException: Invalid session for the user.");
    expect(await refusal(prove(one.Session))).toBe(WRONG);
  });

  it("asks a user with a temporary password for a new one, once the functions are satisfied", async () => {
    const at = await prepared();
    await at.api("AdminSetUserPassword", {
      UserPoolId: at.UserPoolId,
      Username: "ana",
      Password: "Temporary-1!",
    });
    const { Session } = await begin(at);
    const next = await guess(at, Session, "42");
    expect(next.ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
    const done = await at.answer("NEW_PASSWORD_REQUIRED", next.Session, {
      USERNAME: "ana",
      NEW_PASSWORD: "Second-Horse-7",
    });
    expect(done.AuthenticationResult?.AccessToken).toBeTruthy();
    expect(sources().filter((source) => source === "DefineAuthChallenge")).toHaveLength(2);
  });

  it("owes no second factor without the password: the functions are the factors", async () => {
    const at = await prepared({ EmailConfiguration: OWN_SENDER });
    await at.api("SetUserPoolMfaConfig", {
      UserPoolId: at.UserPoolId,
      MfaConfiguration: "ON",
      EmailMfaConfiguration: {},
    });
    const { Session } = await begin(at);
    expect((await guess(at, Session, "42")).AuthenticationResult?.AccessToken).toBeTruthy();
  });

  it("is refused to disabled and unconfirmed users", async () => {
    const at = await prepared();
    const { api, UserPoolId, ClientId } = at;
    const { Session } = await begin(at);
    await api("AdminDisableUser", { UserPoolId, Username: "ana" });
    expect(await refusal(begin(at))).toBe("NotAuthorizedException: User is disabled.");
    expect(await refusal(guess(at, Session, "42"))).toBe("NotAuthorizedException: User is disabled.");
    await api("SignUp", { ClientId, Username: "cy", Password: PASSWORD });
    const cy = await begin(at, { USERNAME: "cy" });
    expect(await refusal(guess(at, cy.Session, "42", "cy"))).toMatch(/^UserNotConfirmedException/);
  });
});
