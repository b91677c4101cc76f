import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { totpCode } from "../../src/crypto/totp.ts";
import { type Api, apiOf } from "../support/api.ts";
import { fromBase32 } from "../support/base32.ts";
import { makeClient, makePool, makeUser, PASSWORD } from "../support/builders.ts";
import { startWorld, type World } from "../support/world.ts";

describe("software tokens", () => {
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

  const now = () => world.server.services.clock.now();
  const codeOf = (secret: string, stepsAhead = 0) =>
    totpCode(fromBase32(secret), Math.floor(now() / 30_000) + stepsAhead);

  async function prepared(mode: "ON" | "OPTIONAL") {
    const { Id: UserPoolId } = await makePool(api);
    await api("SetUserPoolMfaConfig", {
      UserPoolId,
      MfaConfiguration: mode,
      SoftwareTokenMfaConfiguration: { Enabled: true },
    });
    const { ClientId } = await makeClient(api, UserPoolId);
    await makeUser(api, UserPoolId, "alice", { password: PASSWORD });
    const signIn = () =>
      api("InitiateAuth", {
        ClientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: "alice", PASSWORD },
      });
    const answer = (
      ChallengeName: "MFA_SETUP" | "SOFTWARE_TOKEN_MFA",
      Session = "",
      more: Record<string, string> = {},
    ) =>
      api("RespondToAuthChallenge", {
        ClientId,
        ChallengeName,
        Session,
        ChallengeResponses: { USERNAME: "alice", ...more },
      });
    return { UserPoolId, ClientId, signIn, answer };
  }

  /** Sets a token up inside the sign-in and gives back its secret. */
  async function setUp(scene: Awaited<ReturnType<typeof prepared>>) {
    const challenge = await scene.signIn();
    expect(challenge).toMatchObject({
      ChallengeName: "MFA_SETUP",
      ChallengeParameters: { MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]', USER_ID_FOR_SRP: "alice" },
    });
    const { SecretCode = "", Session: associated } = await api("AssociateSoftwareToken", {
      Session: challenge.Session,
    });
    expect(SecretCode).toMatch(/^[A-Z2-7]{52}$/);
    const wrong = api("VerifySoftwareToken", { Session: associated, UserCode: "000000" });
    await expect(wrong).rejects.toMatchObject({
      code: "EnableSoftwareTokenMFAException",
      message: "Code mismatch and fail enable Software Token MFA",
    });
    const verified = await api("VerifySoftwareToken", {
      Session: associated,
      UserCode: codeOf(SecretCode),
      FriendlyDeviceName: "phone",
    });
    expect(verified.Status).toBe("SUCCESS");
    const done = await scene.answer("MFA_SETUP", verified.Session);
    expect(done.AuthenticationResult?.AccessToken).toBeTruthy();
    return SecretCode;
  }

  it("are set up inside the sign-in of a pool that requires MFA, and asked for from then on", async () => {
    const scene = await prepared("ON");
    const secret = await setUp(scene);
    const challenge = await scene.signIn();
    expect(challenge).toMatchObject({
      ChallengeName: "SOFTWARE_TOKEN_MFA",
      ChallengeParameters: { FRIENDLY_DEVICE_NAME: "phone", USER_ID_FOR_SRP: "alice" },
    });
    const wrong = scene.answer("SOFTWARE_TOKEN_MFA", challenge.Session, {
      SOFTWARE_TOKEN_MFA_CODE: "000000",
    });
    await expect(wrong).rejects.toMatchObject({
      code: "CodeMismatchException",
      message: "Invalid code received for user",
    });
    const right = codeOf(secret, 1);
    const done = await scene.answer("SOFTWARE_TOKEN_MFA", challenge.Session, {
      SOFTWARE_TOKEN_MFA_CODE: right,
    });
    expect(done.AuthenticationResult?.IdToken).toBeTruthy();
    const user = await api("AdminGetUser", { UserPoolId: scene.UserPoolId, Username: "alice" });
    expect(user.UserMFASettingList).toEqual(["SOFTWARE_TOKEN_MFA"]);
  });

  it("refuse a code that was used, at set-up too", async () => {
    const scene = await prepared("ON");
    const secret = await setUp(scene);
    const { Session } = await scene.signIn();
    const replay = scene.answer("SOFTWARE_TOKEN_MFA", Session, { SOFTWARE_TOKEN_MFA_CODE: codeOf(secret) });
    await expect(replay).rejects.toMatchObject({
      code: "ExpiredCodeException",
      message: "Your software token has already been used once.",
    });
  });

  it("let one of twenty equal answers win", async () => {
    const scene = await prepared("ON");
    const secret = await setUp(scene);
    const sessions = await Promise.all([...Array(20)].map(() => scene.signIn()));
    const code = codeOf(secret, 1);
    const answers = await Promise.allSettled(
      sessions.map(({ Session }) =>
        scene.answer("SOFTWARE_TOKEN_MFA", Session, { SOFTWARE_TOKEN_MFA_CODE: code }),
      ),
    );
    expect(answers.filter((answer) => answer.status === "fulfilled")).toHaveLength(1);
  });

  it("cannot be skipped: MFA_SETUP without a verified token gives nothing", async () => {
    const scene = await prepared("ON");
    const { Session } = await scene.signIn();
    await expect(scene.answer("MFA_SETUP", Session)).rejects.toMatchObject({
      code: "InvalidParameterException",
    });
    const { Session: associated } = await api("AssociateSoftwareToken", { Session });
    await expect(scene.answer("MFA_SETUP", associated)).rejects.toMatchObject({
      code: "InvalidParameterException",
    });
  });

  it("are an own choice in a pool where MFA is optional", async () => {
    const scene = await prepared("OPTIONAL");
    const AccessToken = (await scene.signIn()).AuthenticationResult?.AccessToken ?? "";
    const prefer = () =>
      api("SetUserMFAPreference", {
        AccessToken,
        SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
      });
    await expect(prefer()).rejects.toMatchObject({
      code: "InvalidParameterException",
      message: "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA",
    });
    const { SecretCode = "" } = await api("AssociateSoftwareToken", { AccessToken });
    await api("VerifySoftwareToken", { AccessToken, UserCode: codeOf(SecretCode) });
    expect((await scene.signIn()).AuthenticationResult).toBeTruthy();
    await prefer();
    expect(await scene.signIn()).toMatchObject({ ChallengeName: "SOFTWARE_TOKEN_MFA" });
    // A second secret does not take the first out of force until it is proven.
    await api("AssociateSoftwareToken", { AccessToken });
    const { Session } = await scene.signIn();
    const done = await scene.answer("SOFTWARE_TOKEN_MFA", Session, {
      SOFTWARE_TOKEN_MFA_CODE: codeOf(SecretCode, 1),
    });
    expect(done.AuthenticationResult).toBeTruthy();
  });

  it("are not to be had in a pool without them", async () => {
    const { Id } = await makePool(api);
    const { ClientId } = await makeClient(api, Id);
    await makeUser(api, Id, "bob", { password: PASSWORD });
    const { AuthenticationResult } = await api("InitiateAuth", {
      ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "bob", PASSWORD },
    });
    const attempt = api("AssociateSoftwareToken", { AccessToken: AuthenticationResult?.AccessToken });
    await expect(attempt).rejects.toMatchObject({
      code: "SoftwareTokenMFANotFoundException",
      message: "Software Token MFA has not been enabled by the userPool.",
    });
  });
});
