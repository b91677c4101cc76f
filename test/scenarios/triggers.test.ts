import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { refusal } from "../support/api.ts";
import { attributes, closeWithinModel, PASSWORD } from "../support/builders.ts";
import { DeviceSide } from "../support/device-side.ts";
import { arnOf, type FakeLambda, mappedTo, startFakeLambda } from "../support/fake-lambda.ts";
import { scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const KINDS = [
  "PreSignUp",
  "PostConfirmation",
  "PreAuthentication",
  "PostAuthentication",
  "PreTokenGeneration",
  "CustomMessage",
] as const;
const ALL = Object.fromEntries(KINDS.map((kind) => [kind, arnOf(kind)]));
const UUID = /^[0-9a-f-]{36}$/;

describe("the functions that a pool names", () => {
  let lambda: FakeLambda;
  let world: World;
  beforeAll(async () => {
    lambda = await startFakeLambda();
    world = await startWorld({ triggers: mappedTo(lambda.endpoint, KINDS) });
  });
  beforeEach(() => lambda.reset());
  afterAll(async () => {
    await closeWithinModel(world);
    await lambda.close();
  });

  const sources = () => lambda.events.map((event) => event.triggerSource);
  const lastEvent = () => lambda.events.at(-1);

  const prepared = (LambdaConfig: object = ALL, pool: object = {}) =>
    scene(world, { AutoVerifiedAttributes: ["email"], LambdaConfig, ...pool });

  const signUp = (
    { api, ClientId }: Awaited<ReturnType<typeof prepared>>,
    Username: string,
    given: Record<string, string> = { email: `${Username}@example.com` },
    more: object = {},
  ) => api("SignUp", { ClientId, Username, Password: PASSWORD, UserAttributes: attributes(given), ...more });

  it("are called in Cognito's order through a sign-up and a sign-in, each with its whole event", async () => {
    const at = await prepared();
    const { api, ClientId, UserPoolId } = at;
    const ValidationData = [{ Name: "coupon", Value: "SPRING" }];
    await signUp(at, "ana", undefined, { ValidationData, ClientMetadata: { from: "web" } });
    await api("ConfirmSignUp", {
      ClientId,
      Username: "ana",
      ConfirmationCode: await at.code("ana@example.com"),
      ClientMetadata: { from: "mail" },
    });
    await api("InitiateAuth", {
      ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "ana", PASSWORD },
      ClientMetadata: { from: "sign-in" },
    });
    const envelope = {
      version: "1",
      region: "us-east-1",
      userPoolId: UserPoolId,
      userName: "ana",
      callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId: ClientId },
    };
    const unconfirmed = {
      sub: expect.stringMatching(UUID),
      "cognito:user_status": "UNCONFIRMED",
      email: "ana@example.com",
      email_verified: "false",
    };
    const confirmed = { ...unconfirmed, "cognito:user_status": "CONFIRMED", email_verified: "true" };
    expect(lambda.events).toEqual([
      {
        ...envelope,
        triggerSource: "PreSignUp_SignUp",
        request: {
          userAttributes: { email: "ana@example.com" },
          validationData: { coupon: "SPRING" },
          clientMetadata: { from: "web" },
        },
        response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
      },
      {
        ...envelope,
        triggerSource: "CustomMessage_SignUp",
        request: {
          userAttributes: unconfirmed,
          codeParameter: "{####}",
          linkParameter: "{##Click Here##}",
          usernameParameter: null,
          clientMetadata: { from: "web" },
        },
        response: { smsMessage: null, emailMessage: null, emailSubject: null },
      },
      {
        ...envelope,
        triggerSource: "PostConfirmation_ConfirmSignUp",
        request: { userAttributes: confirmed, clientMetadata: { from: "mail" } },
        response: {},
      },
      {
        ...envelope,
        triggerSource: "PreAuthentication_Authentication",
        request: { userAttributes: confirmed, validationData: { from: "sign-in" } },
        response: {},
      },
      {
        ...envelope,
        triggerSource: "PostAuthentication_Authentication",
        request: { userAttributes: confirmed, newDeviceUsed: false },
        response: {},
      },
      {
        ...envelope,
        triggerSource: "TokenGeneration_Authentication",
        request: {
          userAttributes: confirmed,
          groupConfiguration: { groupsToOverride: [], iamRolesToOverride: [], preferredRole: null },
        },
        response: { claimsOverrideDetails: null },
      },
    ]);
  });

  it("hear of the SDK that called, and of administrators' calls as without a client", async () => {
    const at = await prepared();
    const { AdminCreateUserCommand } = await import("@aws-sdk/client-cognito-identity-provider");
    await world.client().send(
      new AdminCreateUserCommand({
        UserPoolId: at.UserPoolId,
        Username: "bo",
        UserAttributes: attributes({ email: "bo@example.com" }),
        DesiredDeliveryMediums: ["EMAIL"],
      }),
    );
    expect(sources()).toEqual(["PreSignUp_AdminCreateUser", "CustomMessage_AdminCreateUser"]);
    expect(lambda.events[0]?.callerContext).toEqual({
      awsSdkVersion: expect.stringMatching(/^aws-sdk-js-3\./),
      clientId: "CLIENT_ID_NOT_APPLICABLE",
    });
    expect(lastEvent()?.request).toMatchObject({
      usernameParameter: "{username}",
      userAttributes: { "cognito:user_status": "FORCE_CHANGE_PASSWORD" },
    });
  });

  describe("PreSignUp", () => {
    it("confirms and verifies at once: no code goes out, and PostConfirmation is called", async () => {
      const at = await prepared();
      lambda.on("PreSignUp", (event) => {
        event.response.autoConfirmUser = true;
        event.response.autoVerifyEmail = true;
      });
      expect((await signUp(at, "cy")).UserConfirmed).toBe(true);
      expect(sources()).toEqual(["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]);
      expect(await at.status("cy")).toBe("CONFIRMED");
      expect(await at.attributes("cy")).toMatchObject({ email_verified: "true" });
      expect(await at.messagesTo("cy@example.com")).toBe(0);
      await at.tokens("cy");
    });

    it("moves an address that it vouches for from whoever had it as an alias", async () => {
      const at = await prepared({ PreSignUp: arnOf("PreSignUp") }, { AliasAttributes: ["email"] });
      await at.user("first", { email: "shared@example.com", email_verified: "true" });
      lambda.on("PreSignUp", (event) => {
        event.response.autoVerifyEmail = true;
      });
      await signUp(at, "second", { email: "shared@example.com" });
      expect(await at.attributes("first")).toMatchObject({ email_verified: "false" });
    });

    it("cannot verify an address that was not given", async () => {
      const at = await prepared();
      lambda.on("PreSignUp", (event) => {
        event.response.autoVerifyPhone = true;
      });
      expect(await refusal(signUp(at, "di"))).toMatch(/^InvalidParameterException: phone_number is required/);
    });

    it("refuses: the user does not exist then", async () => {
      const at = await prepared();
      lambda.on("PreSignUp", () => {
        throw new Error("No thanks");
      });
      expect(await refusal(signUp(at, "ed"))).toBe(
        "UserLambdaValidationException: PreSignUp failed with error No thanks.",
      );
      expect(await refusal(at.api("AdminGetUser", { UserPoolId: at.UserPoolId, Username: "ed" }))).toMatch(
        /^UserNotFoundException/,
      );
    });

    it("is not asked to confirm an administrator's user", async () => {
      const at = await prepared();
      lambda.on("PreSignUp", (event) => {
        event.response.autoConfirmUser = true;
      });
      await at.api("AdminCreateUser", {
        UserPoolId: at.UserPoolId,
        Username: "fi",
        MessageAction: "SUPPRESS",
      });
      expect(await at.status("fi")).toBe("FORCE_CHANGE_PASSWORD");
      expect(sources()).toEqual(["PreSignUp_AdminCreateUser"]);
    });
  });

  it("PostConfirmation that fails leaves the account confirmed", async () => {
    const at = await prepared();
    await signUp(at, "gil");
    lambda.on("PostConfirmation", () => {
      throw new Error("late");
    });
    const Username = "gil";
    const ConfirmationCode = await at.code("gil@example.com");
    expect(
      await refusal(at.api("ConfirmSignUp", { ClientId: at.ClientId, Username, ConfirmationCode })),
    ).toBe("UserLambdaValidationException: PostConfirmation failed with error late.");
    expect(await at.status("gil")).toBe("CONFIRMED");
  });

  it("PostConfirmation follows AdminConfirmSignUp and a confirmed reset, not an administrator's password", async () => {
    const at = await prepared({ PostConfirmation: arnOf("PostConfirmation") });
    const { api, UserPoolId, ClientId } = at;
    await signUp(at, "hal");
    await api("AdminConfirmSignUp", { UserPoolId, Username: "hal", ClientMetadata: { by: "desk" } });
    expect(lastEvent()).toMatchObject({
      triggerSource: "PostConfirmation_ConfirmSignUp",
      callerContext: { clientId: "CLIENT_ID_NOT_APPLICABLE" },
      request: { clientMetadata: { by: "desk" } },
    });
    await api("AdminUpdateUserAttributes", {
      UserPoolId,
      Username: "hal",
      UserAttributes: attributes({ email_verified: "true" }),
    });
    await api("ForgotPassword", { ClientId, Username: "hal" });
    await api("ConfirmForgotPassword", {
      ClientId,
      Username: "hal",
      ConfirmationCode: await at.code("hal@example.com"),
      Password: "Second-Horse-7",
    });
    expect(sources()).toEqual(["PostConfirmation_ConfirmSignUp", "PostConfirmation_ConfirmForgotPassword"]);
    await api("AdminSetUserPassword", { UserPoolId, Username: "hal", Password: PASSWORD, Permanent: true });
    expect(lambda.events).toHaveLength(2);
  });

  describe("PreAuthentication", () => {
    it("refuses before the password is looked at", async () => {
      const at = await prepared();
      await at.user("ida");
      lambda.reset();
      lambda.on("PreAuthentication", () => {
        throw new Error("Not from there");
      });
      expect(await refusal(at.signIn("ida", "Wrong-horse-1"))).toBe(
        "UserLambdaValidationException: PreAuthentication failed with error Not from there.",
      );
      expect(sources()).toEqual(["PreAuthentication_Authentication"]);
    });

    it.each(["USER_SRP_AUTH", "USER_AUTH", "ADMIN_USER_PASSWORD_AUTH"] as const)(
      "is part of %s",
      async (AuthFlow) => {
        const at = await scene(
          world,
          { LambdaConfig: ALL },
          {
            ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"],
          },
        );
        await at.user("jo");
        lambda.reset();
        const AuthParameters = { USERNAME: "jo", PASSWORD, SRP_A: "abc123" };
        const { ClientId, UserPoolId } = at;
        if (AuthFlow === "ADMIN_USER_PASSWORD_AUTH")
          await at.api("AdminInitiateAuth", { UserPoolId, ClientId, AuthFlow, AuthParameters });
        else await at.api("InitiateAuth", { ClientId, AuthFlow, AuthParameters });
        expect(sources()[0]).toBe("PreAuthentication_Authentication");
      },
    );

    it("hears of unknown names only where the client hides who exists", async () => {
      const at = await prepared();
      await refusal(at.signIn("nobody"));
      expect(sources()).toEqual([]);
      const hiding = await at.client({
        ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
        PreventUserExistenceErrors: "ENABLED",
      });
      expect(await refusal(hiding.signIn("nobody"))).toBe(
        "NotAuthorizedException: Incorrect username or password.",
      );
      expect(lambda.events).toMatchObject([
        { userName: "nobody", request: { userAttributes: {}, userNotFound: true } },
      ]);
      await at.user("kai");
      lambda.reset();
      await hiding.signIn("kai");
      expect(lambda.events[0]?.request).toMatchObject({ userNotFound: false });
    });

    it("is not called when tokens are refreshed", async () => {
      const at = await prepared();
      await at.user("liv");
      const { RefreshToken } = await at.tokens("liv");
      lambda.reset();
      await at.refresh(RefreshToken);
      expect(sources()).toEqual(["TokenGeneration_RefreshTokens"]);
    });
  });

  it("PostAuthentication that fails gives no tokens, and hears the metadata of the last answer", async () => {
    const at = await prepared();
    await at.invited("mo", { email: "mo@example.com" });
    const { Session } = await at.signIn("mo");
    lambda.reset();
    lambda.on("PostAuthentication", () => {
      throw new Error("closed");
    });
    const answer = at.api("RespondToAuthChallenge", {
      ClientId: at.ClientId,
      ChallengeName: "NEW_PASSWORD_REQUIRED",
      Session: Session ?? "",
      ChallengeResponses: { USERNAME: "mo", NEW_PASSWORD: "Second-Horse-7" },
      ClientMetadata: { from: "answer" },
    });
    expect(await refusal(answer)).toBe(
      "UserLambdaValidationException: PostAuthentication failed with error closed.",
    );
    expect(lambda.events).toMatchObject([{ request: { clientMetadata: { from: "answer" } } }]);
  });

  it("PreTokenGeneration hears that a new password was set", async () => {
    const at = await prepared();
    await at.invited("nan");
    const { Session } = await at.signIn("nan");
    lambda.reset();
    await at.answer("NEW_PASSWORD_REQUIRED", Session, { USERNAME: "nan", NEW_PASSWORD: "Second-Horse-7" });
    expect(sources()).toEqual(["PostAuthentication_Authentication", "TokenGeneration_NewPasswordChallenge"]);
  });

  it("PostAuthentication hears of a new device, and PreTokenGeneration of one that proved itself", async () => {
    const at = await prepared(ALL, { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } });
    await at.user("oz");
    const { AuthenticationResult: result } = await at.signIn("oz");
    expect(lambda.events.find(({ triggerSource }) => triggerSource.startsWith("PostAuth"))).toMatchObject({
      request: { newDeviceUsed: true },
    });
    const device = new DeviceSide(result);
    await at.api("ConfirmDevice", {
      AccessToken: result?.AccessToken ?? "",
      DeviceKey: device.key,
      DeviceSecretVerifierConfig: device.secret,
    });
    const { Session } = await at.api("InitiateAuth", {
      ClientId: at.ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "oz", PASSWORD, DEVICE_KEY: device.key },
    });
    const asked = await at.answer("DEVICE_SRP_AUTH", Session, {
      USERNAME: "oz",
      DEVICE_KEY: device.key,
      SRP_A: device.publicA,
    });
    lambda.reset();
    const proof = device.proof(asked.ChallengeParameters);
    await at.answer("DEVICE_PASSWORD_VERIFIER", asked.Session, proof);
    expect(sources()).toEqual(["PostAuthentication_Authentication", "TokenGeneration_AuthenticateDevice"]);
    expect(lambda.events[0]).toMatchObject({ request: { newDeviceUsed: false } });
  });

  describe("CustomMessage", () => {
    const words = (body: string, subject = "Hello") =>
      lambda.on("CustomMessage", (event) => {
        event.response.emailMessage = body;
        event.response.emailSubject = subject;
        event.response.smsMessage = body;
      });

    it("words the message; the code takes its placeholder's place", async () => {
      const at = await prepared();
      words("Welcome, use {####} now");
      await signUp(at, "oz");
      const message = await world.lastMessage("oz@example.com");
      expect(message.subject).toBe("Hello");
      expect(message.body).toBe(`Welcome, use ${message.code} now`);
    });

    it("words every kind of message", async () => {
      const at = await prepared({ CustomMessage: arnOf("CustomMessage") });
      const { api, ClientId, UserPoolId } = at;
      await signUp(at, "pam");
      await api("ResendConfirmationCode", { ClientId, Username: "pam" });
      await api("AdminConfirmSignUp", { UserPoolId, Username: "pam" });
      const { AccessToken } = await at.tokens("pam");
      await api("GetUserAttributeVerificationCode", { AccessToken, AttributeName: "email" });
      const email = "pam2@example.com";
      await api("UpdateUserAttributes", { AccessToken, UserAttributes: attributes({ email }) });
      expect(lastEvent()?.request).toMatchObject({ userAttributes: { email, email_verified: "false" } });
      await api("AdminUpdateUserAttributes", {
        UserPoolId,
        Username: "pam",
        UserAttributes: attributes({ email_verified: "true" }),
      });
      await api("ForgotPassword", { ClientId, Username: "pam" });
      await api("AdminResetUserPassword", { UserPoolId, Username: "pam" });
      expect(sources()).toEqual([
        "CustomMessage_SignUp",
        "CustomMessage_ResendCode",
        "CustomMessage_VerifyUserAttribute",
        "CustomMessage_UpdateUserAttribute",
        "CustomMessage_ForgotPassword",
        "CustomMessage_ForgotPassword",
      ]);
      expect(await at.messagesTo("pam@example.com")).toBe(3);
      expect(await at.messagesTo(email)).toBe(3);
    });

    it("that fails at sign-up leaves the user, without a message", async () => {
      const at = await prepared();
      lambda.on("CustomMessage", () => {
        throw new Error("no words");
      });
      expect(await refusal(signUp(at, "quin"))).toBe(
        "UserLambdaValidationException: CustomMessage failed with error no words.",
      );
      expect(await at.status("quin")).toBe("UNCONFIRMED");
      expect(await at.messagesTo("quin@example.com")).toBe(0);
    });

    it.each([
      ["without a code", "no placeholder"],
      ["of 20,001 characters", `{####}${"x".repeat(19_995)}`],
    ])("is refused %s", async (_, body) => {
      const at = await prepared();
      words(body);
      expect(await refusal(signUp(at, "rex"))).toMatch(/^InvalidLambdaResponseException/);
    });

    it("does not let a subject add a header", async () => {
      const at = await prepared();
      words("{####}", "Hi\r\nBcc: all@example.com");
      await signUp(at, "sid");
      expect((await world.lastMessage("sid@example.com")).subject).toBe("Hi Bcc: all@example.com");
    });
  });

  it("are shown by DescribeUserPool, and a second version needs the plan for it", async () => {
    const { api, UserPoolId } = await prepared({ PreTokenGeneration: arnOf("PreTokenGeneration") });
    const { UserPool } = await api("DescribeUserPool", { UserPoolId });
    const LambdaArn = arnOf("PreTokenGeneration");
    expect(UserPool?.LambdaConfig).toEqual({
      PreTokenGeneration: LambdaArn,
      PreTokenGenerationConfig: { LambdaArn, LambdaVersion: "V1_0" },
    });
    const PreTokenGenerationConfig = { LambdaArn, LambdaVersion: "V2_0" as const };
    const LambdaConfig = { PreTokenGenerationConfig };
    expect(await refusal(api("UpdateUserPool", { UserPoolId, UserPoolTier: "LITE", LambdaConfig }))).toMatch(
      /^FeatureUnavailableInTierException/,
    );
  });
});
