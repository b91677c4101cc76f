import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuthFlowType, ExplicitAuthFlowsType } from "../../src/api/generated/shapes.ts";
import { apiOf, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import {
  closeWithinModel,
  makeClient,
  makePool,
  makeUser,
  PASSWORD,
  startSignIn,
  TEMPORARY_PASSWORD,
} from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const world = await startWorld();
const api = apiOf(world);
afterAll(() => closeWithinModel(world));

const TOKENS = {
  ChallengeParameters: {},
  AuthenticationResult: {
    AccessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    ExpiresIn: 3600,
    TokenType: "Bearer",
    RefreshToken: expect.stringMatching(
      /^eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ(\.[\w-]+){4}$/,
    ),
    IdToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
  },
};

const { RefreshToken: _, ...newTokens } = TOKENS.AuthenticationResult;
/** A refresh gives no refresh token. */
const REFRESHED = { ...TOKENS, AuthenticationResult: newTokens };

let poolId = "";
let client: Awaited<ReturnType<typeof makeClient>>;
beforeAll(async () => {
  poolId = (await makePool(api)).Id;
  client = await makeClient(api, poolId);
  await makeUser(api, poolId, "ana", { password: PASSWORD });
});

const right = { USERNAME: "ana", PASSWORD };
const begin = (AuthFlow: AuthFlowType, AuthParameters: Record<string, string>, ClientId = client.ClientId) =>
  api("InitiateAuth", { ClientId, AuthFlow, AuthParameters });
const adminBegin = (
  AuthFlow: AuthFlowType,
  AuthParameters: Record<string, string>,
  ClientId = client.ClientId,
) => api("AdminInitiateAuth", { UserPoolId: poolId, ClientId, AuthFlow, AuthParameters });

describe.skipIf(awsCliMissing)(`ADMIN_NO_SRP_AUTH (${awsCliMissing ?? "by the AWS CLI"})`, () => {
  it("goes from a temporary password through NEW_PASSWORD_REQUIRED to tokens", async () => {
    const aws = awsCli(world.url);
    await makeUser(api, poolId, "by-cli");
    const place = ["--user-pool-id", poolId, "--client-id", client.ClientId];
    const started = await aws(
      "admin-initiate-auth",
      ...place,
      ...["--auth-flow", "ADMIN_NO_SRP_AUTH"],
      ...["--auth-parameters", `USERNAME=by-cli,PASSWORD=${TEMPORARY_PASSWORD}`],
    );
    expect(started.output).toEqual({
      ChallengeName: "NEW_PASSWORD_REQUIRED",
      Session: expect.any(String),
      ChallengeParameters: { USER_ID_FOR_SRP: "by-cli", requiredAttributes: "[]", userAttributes: "{}" },
    });
    const done = await aws(
      "admin-respond-to-auth-challenge",
      ...place,
      ...["--challenge-name", "NEW_PASSWORD_REQUIRED", "--session", started.output.Session],
      ...["--challenge-responses", `USERNAME=by-cli,NEW_PASSWORD=${PASSWORD}`],
    );
    expect(done.output).toEqual(TOKENS);
    const wrong = await aws(
      "admin-initiate-auth",
      ...place,
      ...["--auth-flow", "ADMIN_USER_PASSWORD_AUTH"],
      ...["--auth-parameters", `USERNAME=by-cli,PASSWORD=${TEMPORARY_PASSWORD}`],
    );
    expect(wrong.status).not.toBe(0);
    expect([wrong.errorCode, wrong.errorMessage]).toEqual([
      "NotAuthorizedException",
      "Incorrect username or password.",
    ]);
  });
});

describe("USER_PASSWORD_AUTH", () => {
  it("answers a right password with three tokens", async () => {
    expect(await begin("USER_PASSWORD_AUTH", right)).toEqual(TOKENS);
  });

  it("refuses a wrong password, and an empty one as missing", async () => {
    expect(await refusal(begin("USER_PASSWORD_AUTH", { ...right, PASSWORD: "Wrong-Horse-9" }))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
    expect(await refusal(begin("USER_PASSWORD_AUTH", { ...right, PASSWORD: "" }))).toBe(
      "InvalidParameterException: Missing required parameter PASSWORD",
    );
  });

  it("distinguishes every character of a password", async () => {
    await makeUser(api, poolId, "exact", { password: PASSWORD });
    for (const almost of [`${PASSWORD} `, PASSWORD.toLowerCase(), PASSWORD.slice(0, -1), `${PASSWORD}\0`])
      expect(await refusal(startSignIn(api, client, "exact", almost))).toBe(
        "NotAuthorizedException: Incorrect username or password.",
      );
    expect(await startSignIn(api, client, "exact")).toEqual(TOKENS);
  });

  it.each([
    [{}, "USERNAME"],
    [{ PASSWORD }, "USERNAME"],
    [{ USERNAME: "ana" }, "PASSWORD"],
  ])("refuses the parameters %j for what is missing", async (parameters, missing) => {
    const sentence = `InvalidParameterException: Missing required parameter ${missing}`;
    expect(await refusal(begin("USER_PASSWORD_AUTH", parameters as Record<string, string>))).toBe(sentence);
    expect(await refusal(adminBegin("ADMIN_NO_SRP_AUTH", parameters as Record<string, string>))).toBe(
      sentence,
    );
  });

  it("refuses a call without parameters in the same words", async () => {
    const call = api("InitiateAuth", { ClientId: client.ClientId, AuthFlow: "USER_PASSWORD_AUTH" });
    expect(await refusal(call)).toBe("InvalidParameterException: Missing required parameter USERNAME");
  });

  it("ignores a SECRET_HASH where the client has no secret", async () => {
    expect(await begin("USER_PASSWORD_AUTH", { ...right, SECRET_HASH: "anything" })).toEqual(TOKENS);
  });

  it("says what keeps a user out who has the right password", async () => {
    const named = (Username: string) => ({ UserPoolId: poolId, Username });
    await api("SignUp", { ClientId: client.ClientId, Username: "unconfirmed", Password: PASSWORD });
    expect(await refusal(startSignIn(api, client, "unconfirmed"))).toBe(
      "UserNotConfirmedException: User is not confirmed.",
    );
    expect(await refusal(startSignIn(api, client, "unconfirmed", "Wrong-Horse-9"))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
    await makeUser(api, poolId, "disabled", { password: PASSWORD });
    await api("AdminDisableUser", named("disabled"));
    expect(await refusal(startSignIn(api, client, "disabled"))).toBe(
      "NotAuthorizedException: User is disabled.",
    );
    expect(await refusal(startSignIn(api, client, "disabled", "Wrong-Horse-9"))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
    const address = { email: "reset@example.com", email_verified: "true" };
    await makeUser(api, poolId, "reset", { password: PASSWORD, attributes: address });
    await api("AdminResetUserPassword", named("reset"));
    expect(await refusal(startSignIn(api, client, "reset"))).toBe(
      "PasswordResetRequiredException: Password reset required for the user",
    );
  });
});

describe("ADMIN_USER_PASSWORD_AUTH and its older name ADMIN_NO_SRP_AUTH", () => {
  it.each(["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"] as const)("sign in by %s", async (flow) => {
    expect(await adminBegin(flow, right)).toEqual(TOKENS);
    expect(await refusal(adminBegin(flow, { ...right, PASSWORD: "Wrong-Horse-9" }))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
  });

  it("answer NEW_PASSWORD_REQUIRED through AdminRespondToAuthChallenge", async () => {
    await makeUser(api, poolId, "admin-first");
    const first = { USERNAME: "admin-first", PASSWORD: TEMPORARY_PASSWORD };
    const { Session } = await adminBegin("ADMIN_NO_SRP_AUTH", first);
    const place = { UserPoolId: poolId, ClientId: client.ClientId, Session };
    const answer = (NEW_PASSWORD: string) =>
      api("AdminRespondToAuthChallenge", {
        ...place,
        ChallengeName: "NEW_PASSWORD_REQUIRED",
        ChallengeResponses: { USERNAME: "admin-first", NEW_PASSWORD },
      });
    expect(await refusal(answer("weak"))).toBe(
      "InvalidPasswordException: Password does not conform to policy: Password not long enough",
    );
    expect(await answer(PASSWORD)).toEqual(TOKENS);
    expect(await refusal(answer(PASSWORD))).toBe(
      "NotAuthorizedException: Invalid session for the user, session can only be used once.",
    );
  });
});

describe("a flow", () => {
  const wrongOperation = "InvalidParameterException: Initiate Auth method not supported.";

  it("belongs to one of the two operations where it is a password flow", async () => {
    expect(await refusal(begin("ADMIN_NO_SRP_AUTH", right))).toBe(wrongOperation);
    expect(await refusal(begin("ADMIN_USER_PASSWORD_AUTH", right))).toBe(wrongOperation);
    expect(await refusal(adminBegin("USER_PASSWORD_AUTH", right))).toBe(wrongOperation);
  });

  it("must be one of the API's", async () => {
    expect(await refusal(begin("PASSWORD_AUTH" as never, right))).toBe(
      "InvalidParameterException: 1 validation error detected: Value 'PASSWORD_AUTH' at 'authFlow' failed to satisfy constraint: Member must satisfy enum value set: [USER_SRP_AUTH, REFRESH_TOKEN_AUTH, REFRESH_TOKEN, CUSTOM_AUTH, ADMIN_NO_SRP_AUTH, USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, USER_AUTH]",
    );
  });

  const off = {
    USER_PASSWORD_AUTH: "USER_PASSWORD_AUTH flow not enabled for this client",
    ADMIN_NO_SRP_AUTH: "Auth flow not enabled for this client",
    ADMIN_USER_PASSWORD_AUTH: "Auth flow not enabled for this client",
    USER_SRP_AUTH: "USER_SRP_AUTH is not enabled for the client.",
    CUSTOM_AUTH: "CUSTOM_AUTH is not enabled for the client.",
  } as const;
  const attempt = (flow: AuthFlowType, clientId: string) =>
    flow.startsWith("ADMIN_") ? adminBegin(flow, right, clientId) : begin(flow, right, clientId);

  it.each(Object.entries(off))("%s is refused where the client does not allow it", async (flow, sentence) => {
    const other =
      flow === "USER_PASSWORD_AUTH" ? "ALLOW_ADMIN_USER_PASSWORD_AUTH" : "ALLOW_USER_PASSWORD_AUTH";
    const ExplicitAuthFlows: ExplicitAuthFlowsType[] = [other];
    const { ClientId } = await makeClient(api, poolId, { ExplicitAuthFlows });
    expect(await refusal(attempt(flow as AuthFlowType, ClientId))).toBe(
      `InvalidParameterException: ${sentence}`,
    );
  });

  it("with a password is not among those of a client that names none", async () => {
    const { ClientId } = await makeClient(api, poolId, { ExplicitAuthFlows: undefined });
    for (const flow of ["USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"] as const)
      expect(await refusal(attempt(flow, ClientId))).toBe(`InvalidParameterException: ${off[flow]}`);
  });

  it("is allowed by its older permission as by its newer", async () => {
    const legacy = async (...ExplicitAuthFlows: ExplicitAuthFlowsType[]) =>
      (await makeClient(api, poolId, { ExplicitAuthFlows })).ClientId;
    const byUser = await legacy("USER_PASSWORD_AUTH");
    const byAdmin = await legacy("ADMIN_NO_SRP_AUTH");
    const custom = await legacy("CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH");
    expect(await begin("USER_PASSWORD_AUTH", right, byUser)).toEqual(TOKENS);
    expect(await adminBegin("ADMIN_USER_PASSWORD_AUTH", right, byAdmin)).toEqual(TOKENS);
    expect(await refusal(attempt("ADMIN_NO_SRP_AUTH", byUser))).toBe(
      "InvalidParameterException: Auth flow not enabled for this client",
    );
    expect(await refusal(attempt("USER_PASSWORD_AUTH", byAdmin))).toBe(
      "InvalidParameterException: USER_PASSWORD_AUTH flow not enabled for this client",
    );
    for (const flow of ["USER_PASSWORD_AUTH", "USER_SRP_AUTH"] as const)
      expect(await refusal(attempt(flow, custom))).toBe(`InvalidParameterException: ${off[flow]}`);
  });

  it("for refreshing has two names, is always on for older clients, and can be left out by newer ones", async () => {
    const legacy = await makeClient(api, poolId, { ExplicitAuthFlows: ["USER_PASSWORD_AUTH"] });
    const { AuthenticationResult } = await begin("USER_PASSWORD_AUTH", right, legacy.ClientId);
    const token = { REFRESH_TOKEN: AuthenticationResult?.RefreshToken ?? "" };
    for (const flow of ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"] as const) {
      expect(await begin(flow, token, legacy.ClientId)).toEqual(REFRESHED);
      expect(await adminBegin(flow, token, legacy.ClientId)).toEqual(REFRESHED);
    }
    const without = await makeClient(api, poolId, { ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"] });
    expect(await refusal(begin("REFRESH_TOKEN_AUTH", token, without.ClientId))).toMatch(
      /^InvalidParameterException: .*REFRESH_TOKEN_AUTH/,
    );
  });
});
