import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, apiOf } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD } from "../support/builders.ts";
import { startWorld, type World } from "../support/world.ts";

describe("choice-based sign-in", () => {
  let world: World;
  let api: Api;
  beforeAll(async () => {
    world = await startWorld();
    api = apiOf(world);
  });
  afterAll(async () => {
    expect(world.undeclaredErrors).toEqual([]);
    await world.close();
  });

  async function prepared(client: object = {}, allowed = ["PASSWORD", "EMAIL_OTP"] as const) {
    const { Id: UserPoolId } = await makePool(api, {
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: [...allowed] } },
    });
    const { ClientId } = await makeClient(api, UserPoolId, {
      ExplicitAuthFlows: ["ALLOW_USER_AUTH"],
      ...client,
    });
    await makeUser(api, UserPoolId, "alice", {
      password: PASSWORD,
      attributes: { email: "alice@example.com" },
    });
    const begin = (more: Record<string, string> = {}) =>
      api("InitiateAuth", {
        ClientId,
        AuthFlow: "USER_AUTH",
        AuthParameters: { USERNAME: "alice", ...more },
      });
    const answer = (
      ChallengeName: "SELECT_CHALLENGE" | "PASSWORD" | "EMAIL_OTP",
      Session: string | undefined,
      more: Record<string, string>,
    ) =>
      api("RespondToAuthChallenge", {
        ClientId,
        ChallengeName,
        ...(Session ? { Session } : {}),
        ChallengeResponses: { USERNAME: "alice", ...more },
      });
    return { UserPoolId, ClientId, begin, answer };
  }

  it("offers what the pool allows and the user has, and takes the choice with its proof", async () => {
    const { begin, answer } = await prepared();
    const choice = await begin();
    expect(choice).toMatchObject({
      ChallengeName: "SELECT_CHALLENGE",
      AvailableChallenges: ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"],
      ChallengeParameters: {},
    });
    const done = await answer("SELECT_CHALLENGE", choice.Session, { ANSWER: "PASSWORD", PASSWORD });
    expect(done.AuthenticationResult?.AccessToken).toBeTruthy();
  });

  it("checks a preferred password in the same request", async () => {
    const { begin } = await prepared();
    expect((await begin({ PREFERRED_CHALLENGE: "PASSWORD", PASSWORD })).AuthenticationResult).toBeTruthy();
    await expect(begin({ PREFERRED_CHALLENGE: "PASSWORD", PASSWORD: "wrong" })).rejects.toMatchObject({
      message: "Incorrect username or password.",
    });
  });

  it("signs in by an e-mailed code of eight digits, which proves the address and works once", async () => {
    const { UserPoolId, begin, answer } = await prepared();
    const challenge = await begin({ PREFERRED_CHALLENGE: "EMAIL_OTP" });
    expect(challenge).toMatchObject({
      ChallengeName: "EMAIL_OTP",
      ChallengeParameters: { CODE_DELIVERY_DELIVERY_MEDIUM: "EMAIL", CODE_DELIVERY_DESTINATION: "a***@e***" },
      AvailableChallenges: ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"],
    });
    const [{ code } = { code: "" }] = await world.inbox({ userPoolId: UserPoolId });
    expect(code).toMatch(/^\d{8}$/);
    await expect(
      answer("EMAIL_OTP", challenge.Session, { EMAIL_OTP_CODE: "00000000" }),
    ).rejects.toMatchObject({
      code: "CodeMismatchException",
      message: "Invalid code or auth state for the user.",
    });
    const answers = await Promise.allSettled(
      [...Array(20)].map(() => answer("EMAIL_OTP", challenge.Session, { EMAIL_OTP_CODE: code })),
    );
    expect(answers.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    const user = await api("AdminGetUser", { UserPoolId, Username: "alice" });
    expect(user.UserAttributes).toContainEqual({ Name: "email_verified", Value: "true" });
  });

  it("starts the only factor of a passwordless user at once", async () => {
    const { UserPoolId, ClientId } = await prepared();
    await api("AdminCreateUser", {
      UserPoolId,
      Username: "bob",
      UserAttributes: [{ Name: "email", Value: "bob@example.com" }],
      MessageAction: "SUPPRESS",
    });
    const challenge = await api("InitiateAuth", {
      ClientId,
      AuthFlow: "USER_AUTH",
      AuthParameters: { USERNAME: "bob" },
    });
    expect(challenge).toMatchObject({ ChallengeName: "EMAIL_OTP", AvailableChallenges: ["EMAIL_OTP"] });
  });

  it("offers only the password to someone who owes a new one", async () => {
    const { UserPoolId, begin, answer } = await prepared();
    await api("AdminSetUserPassword", { UserPoolId, Username: "alice", Password: "Temporary-1!" });
    const choice = await begin({ PREFERRED_CHALLENGE: "EMAIL_OTP" });
    expect(choice).toMatchObject({
      ChallengeName: "SELECT_CHALLENGE",
      AvailableChallenges: ["PASSWORD_SRP", "PASSWORD"],
    });
    await expect(answer("SELECT_CHALLENGE", choice.Session, { ANSWER: "EMAIL_OTP" })).rejects.toMatchObject({
      code: "InvalidParameterException",
    });
    const next = await answer("SELECT_CHALLENGE", choice.Session, {
      ANSWER: "PASSWORD",
      PASSWORD: "Temporary-1!",
    });
    expect(next.ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
  });

  it("gives nothing to a code for someone who was disabled or owes a new password meanwhile", async () => {
    const { UserPoolId, begin, answer } = await prepared();
    const challenge = await begin({ PREFERRED_CHALLENGE: "EMAIL_OTP" });
    const [{ code } = { code: "" }] = await world.inbox({ userPoolId: UserPoolId });
    await api("AdminSetUserPassword", { UserPoolId, Username: "alice", Password: "Temporary-1!" });
    await expect(answer("EMAIL_OTP", challenge.Session, { EMAIL_OTP_CODE: code })).rejects.toMatchObject({
      code: "NotAuthorizedException",
    });
  });

  it("simulates a code for a name that no user has, where the client hides who exists", async () => {
    const { ClientId } = await prepared({ PreventUserExistenceErrors: "ENABLED" });
    const challenge = await api("InitiateAuth", {
      ClientId,
      AuthFlow: "USER_AUTH",
      AuthParameters: { USERNAME: "nobody@example.org", PREFERRED_CHALLENGE: "EMAIL_OTP" },
    });
    expect(challenge).toMatchObject({
      ChallengeName: "EMAIL_OTP",
      ChallengeParameters: { CODE_DELIVERY_DESTINATION: "n***@e***" },
    });
    const guess = api("RespondToAuthChallenge", {
      ClientId,
      ChallengeName: "EMAIL_OTP",
      Session: challenge.Session,
      ChallengeResponses: { USERNAME: "nobody@example.org", EMAIL_OTP_CODE: "12345678" },
    });
    await expect(guess).rejects.toMatchObject({ code: "CodeMismatchException" });
    expect(await world.inbox({ to: "nobody@example.org" })).toEqual([]);
  });

  it("goes on straight from ConfirmSignUp with its Session, once", async () => {
    const { Id: UserPoolId } = await makePool(api, {
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
      AutoVerifiedAttributes: ["email"],
    });
    const { ClientId } = await makeClient(api, UserPoolId, { ExplicitAuthFlows: ["ALLOW_USER_AUTH"] });
    const UserAttributes = [{ Name: "email", Value: "carol@example.com" }];
    await api("SignUp", { ClientId, Username: "carol", UserAttributes });
    const [{ code } = { code: "" }] = await world.inbox({ userPoolId: UserPoolId });
    const { Session } = await api("ConfirmSignUp", { ClientId, Username: "carol", ConfirmationCode: code });
    const signIn = () =>
      api("InitiateAuth", {
        ClientId,
        AuthFlow: "USER_AUTH",
        AuthParameters: { USERNAME: "carol" },
        ...(Session ? { Session } : {}),
      });
    expect((await signIn()).AuthenticationResult?.IdToken).toBeTruthy();
    await expect(signIn()).rejects.toMatchObject({
      message: "Invalid session for the user, session can only be used once.",
    });
  });

  it("is refused where the client does not allow it", async () => {
    const { begin } = await prepared({ ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"] });
    await expect(begin()).rejects.toMatchObject({
      code: "InvalidParameterException",
      message: "USER_AUTH flow not enabled for this client",
    });
  });
});
