import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { refusal } from "../support/api.ts";
import { closeWithinModel, PASSWORD } from "../support/builders.ts";
import { arnOf, type FakeLambda, mappedTo, startFakeLambda } from "../support/fake-lambda.ts";
import { scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

describe("users whom another directory knows", () => {
  let lambda: FakeLambda;
  let world: World;
  beforeAll(async () => {
    lambda = await startFakeLambda();
    world = await startWorld({ triggers: mappedTo(lambda.endpoint, ["migrate", "pre"]) });
  });
  beforeEach(() => lambda.reset());
  afterAll(async () => {
    await closeWithinModel(world);
    await lambda.close();
  });

  const prepared = (pool: object = {}, client: object = {}) =>
    scene(world, { LambdaConfig: { UserMigration: arnOf("migrate") }, ...pool }, client);

  /** A directory with one person, who has PASSWORD. */
  const knows = (userAttributes: Record<string, string>, more: object = { finalUserStatus: "CONFIRMED" }) =>
    lambda.on("migrate", (event) => {
      if (event.request.password !== undefined && event.request.password !== PASSWORD)
        throw new Error("Bad password");
      return { ...event, response: { userAttributes, ...more } };
    });

  it("sign in at once, with the password they had, and are asked about once", async () => {
    const at = await prepared();
    knows({ email: "ana@example.com", email_verified: "true" });
    await at.api("InitiateAuth", {
      ClientId: at.ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "ana", PASSWORD },
      ClientMetadata: { from: "app" },
    });
    expect(lambda.events).toEqual([
      {
        version: "1",
        triggerSource: "UserMigration_Authentication",
        region: "us-east-1",
        userPoolId: at.UserPoolId,
        userName: "ana",
        callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId: at.ClientId },
        request: { password: PASSWORD, validationData: { from: "app" } },
        response: {
          userAttributes: null,
          forceAliasCreation: null,
          enableSMSMFA: null,
          finalUserStatus: null,
          messageAction: null,
          desiredDeliveryMediums: null,
        },
      },
    ]);
    expect(await at.status("ana")).toBe("CONFIRMED");
    expect(await at.attributes("ana")).toEqual({ email: "ana@example.com", email_verified: "true" });
    await at.tokens("ana");
    expect(lambda.events).toHaveLength(1);
  });

  it("have to reset their password when the function does not say that they are confirmed", async () => {
    const at = await prepared();
    knows({ email: "bo@example.com", email_verified: "true" }, {});
    expect(await refusal(at.signIn("bo"))).toMatch(/^PasswordResetRequiredException/);
    expect(await at.status("bo")).toBe("RESET_REQUIRED");
    const ConfirmationCode = async () => at.code("bo@example.com");
    await at.api("ForgotPassword", { ClientId: at.ClientId, Username: "bo" });
    await at.api("ConfirmForgotPassword", {
      ClientId: at.ClientId,
      Username: "bo",
      ConfirmationCode: await ConfirmationCode(),
      Password: "Second-Horse-7",
    });
    await at.tokens("bo", "Second-Horse-7");
  });

  it("recover a forgotten password", async () => {
    const at = await prepared();
    knows({ email: "cy@example.com", email_verified: "true" }, { finalUserStatus: "RESET_REQUIRED" });
    const { CodeDeliveryDetails } = await at.api("ForgotPassword", {
      ClientId: at.ClientId,
      Username: "cy",
      ClientMetadata: { a: "b" },
    });
    expect(CodeDeliveryDetails?.Destination).toBe("c***@e***");
    expect(lambda.events[0]).toMatchObject({
      triggerSource: "UserMigration_ForgotPassword",
      request: { clientMetadata: { a: "b" } },
    });
    expect(lambda.events[0]?.request).not.toHaveProperty("password");
    expect(await at.messagesTo("cy@example.com")).toBe(1);
  });

  it("go on as every sign-in: PreAuthentication is called for the user they have become", async () => {
    const at = await prepared({
      LambdaConfig: { UserMigration: arnOf("migrate"), PreAuthentication: arnOf("pre") },
    });
    knows({ email: "di@example.com" });
    await at.tokens("di");
    expect(lambda.events.map((event) => event.triggerSource)).toEqual([
      "UserMigration_Authentication",
      "PreAuthentication_Authentication",
    ]);
    expect(lambda.events[1]?.request.userAttributes).toMatchObject({ email: "di@example.com" });
  });

  it("get a UUID as username where people sign in with an address", async () => {
    const at = await prepared({ UsernameAttributes: ["email"] });
    knows({ email_verified: "true" });
    await at.tokens("ed@example.com");
    expect(await at.attributes("ed@example.com")).toEqual({
      email: "ed@example.com",
      email_verified: "true",
    });
  });

  it("need a username from the function when the name given is an alias", async () => {
    const at = await prepared({ AliasAttributes: ["email"] });
    const email = { email: "fi@example.com", email_verified: "true" };
    knows(email);
    expect(await refusal(at.signIn("fi@example.com"))).toMatch(/^UserNotFoundException/);
    knows({ ...email, username: "fi" });
    await at.tokens("fi@example.com");
    expect((await at.api("AdminGetUser", { UserPoolId: at.UserPoolId, Username: "fi" })).Username).toBe("fi");
  });

  it("are not found when the function throws or gives nothing", async () => {
    const at = await prepared();
    const text = `UserNotFoundException: Exception migrating user in app client ${at.ClientId}`;
    knows({ email: "gil@example.com" });
    expect(await refusal(at.signIn("gil", "Wrong-horse-1"))).toBe(text);
    lambda.on("migrate", (event) => event);
    expect(await refusal(at.signIn("gil"))).toBe(text);
    expect(await refusal(at.api("ForgotPassword", { ClientId: at.ClientId, Username: "gil" }))).toBe(text);
  });

  it("are refused like a wrong password where the client hides who exists, whatever goes wrong", async () => {
    const at = await prepared(
      {},
      { ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"], PreventUserExistenceErrors: "ENABLED" },
    );
    const text = "NotAuthorizedException: Incorrect username or password.";
    lambda.on("migrate", () => {
      throw new Error("Bad password");
    });
    expect(await refusal(at.signIn("hal"))).toBe(text);
    lambda.on("migrate", () => "garbage");
    expect(await refusal(at.signIn("hal"))).toBe(text);
    lambda.raw("migrate", (_, response) => response.writeHead(403).end("{}"));
    expect(await refusal(at.signIn("hal"))).toBe(text);
    const { CodeDeliveryDetails } = await at.api("ForgotPassword", {
      ClientId: at.ClientId,
      Username: "hal@example.com",
    });
    expect(CodeDeliveryDetails?.Destination).toBe("h***@e***");
  });

  it("cannot be guessed at faster than users of this server", async () => {
    const at = await prepared();
    knows({ email: "ida@example.com" });
    for (let i = 0; i < 5; i++) await refusal(at.signIn("ida", "Wrong-horse-1"));
    expect(await refusal(at.signIn("ida"))).toBe("NotAuthorizedException: Password attempts exceeded");
    expect(lambda.events).toHaveLength(5);
  });

  it("become one user when they sign in twice at once", async () => {
    const at = await prepared();
    knows({ email: "jo@example.com" });
    await Promise.all([at.tokens("jo"), at.tokens("jo"), at.tokens("jo")]);
    expect(lambda.events).toHaveLength(1);
  });

  it("do not come by SRP, which carries no password", async () => {
    const at = await prepared({}, { ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH"] });
    knows({ email: "kai@example.com" });
    const srp = at.api("InitiateAuth", {
      ClientId: at.ClientId,
      AuthFlow: "USER_SRP_AUTH",
      AuthParameters: { USERNAME: "kai", SRP_A: "abc123" },
    });
    expect(await refusal(srp)).toMatch(/^UserNotFoundException/);
    expect(lambda.events).toHaveLength(0);
  });
});
