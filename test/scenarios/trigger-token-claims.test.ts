import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { claimsOf, refusal } from "../support/api.ts";
import { closeWithinModel } from "../support/builders.ts";
import { arnOf, type FakeLambda, mappedTo, startFakeLambda } from "../support/fake-lambda.ts";
import { scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

describe("a function before tokens are issued", () => {
  let lambda: FakeLambda;
  let world: World;
  beforeAll(async () => {
    lambda = await startFakeLambda();
    world = await startWorld({ triggers: mappedTo(lambda.endpoint, ["tokens"]) });
  });
  beforeEach(() => lambda.reset());
  afterAll(async () => {
    await closeWithinModel(world);
    await lambda.close();
  });

  const LambdaArn = arnOf("tokens");
  const versioned = (LambdaVersion: "V1_0" | "V2_0" | "V3_0") =>
    scene(world, { LambdaConfig: { PreTokenGenerationConfig: { LambdaArn, LambdaVersion } } });
  const answers = (response: Record<string, unknown>) =>
    lambda.on("tokens", (event) => ({ ...event, response }));

  it("sees the user's groups and roles, and changes what both tokens say of them", async () => {
    const at = await versioned("V1_0");
    const { api, UserPoolId } = at;
    await at.user("ana", { email: "ana@example.com" });
    const RoleArn = "arn:aws:iam::123456789012:role/editors";
    await api("CreateGroup", { UserPoolId, GroupName: "editors", Precedence: 1, RoleArn });
    await api("AdminAddUserToGroup", { UserPoolId, GroupName: "editors", Username: "ana" });
    answers({ claimsOverrideDetails: { groupOverrideDetails: { groupsToOverride: ["guests"] } } });
    const { IdToken, AccessToken } = await at.tokens("ana");
    expect(lambda.events[0]).toMatchObject({
      version: "1",
      request: {
        groupConfiguration: {
          groupsToOverride: ["editors"],
          iamRolesToOverride: [RoleArn],
          preferredRole: RoleArn,
        },
      },
    });
    expect(lambda.events[0]?.request).not.toHaveProperty("scopes");
    expect(claimsOf(IdToken)).toMatchObject({ "cognito:groups": ["guests"] });
    expect(claimsOf(IdToken)).not.toHaveProperty("cognito:roles");
    expect(claimsOf(AccessToken)).toMatchObject({ "cognito:groups": ["guests"] });
  });

  it.each(["V2_0", "V3_0"] as const)("of %s changes the access token and its scopes", async (version) => {
    const at = await versioned(version);
    await at.user("bo");
    answers({
      claimsAndScopeOverrideDetails: {
        idTokenGeneration: { claimsToAddOrOverride: { plan: "gold" } },
        accessTokenGeneration: { claimsToAddOrOverride: { tenant: { id: 7 } }, scopesToAdd: ["orders/read"] },
      },
    });
    const { IdToken, AccessToken } = await at.tokens("bo");
    expect(lambda.events[0]).toMatchObject({
      version: version[1],
      request: { scopes: ["aws.cognito.signin.user.admin"] },
      response: { claimsAndScopeOverrideDetails: null },
    });
    expect(claimsOf(IdToken).plan).toBe("gold");
    expect(claimsOf(AccessToken)).toMatchObject({
      tenant: { id: 7 },
      scope: "aws.cognito.signin.user.admin orders/read",
    });
    await at.api("GetUser", { AccessToken });
  });

  it("cannot make a token of someone else, for someone else or for longer", async () => {
    const at = await versioned("V2_0");
    await at.user("cy");
    await at.user("boss");
    const forged = {
      sub: "00000000-0000-0000-0000-000000000000",
      username: "boss",
      "cognito:username": "boss",
      iss: "https://evil.example.com",
      aud: "other",
      client_id: "other",
      exp: 9_999_999_999,
      auth_time: 1,
      token_use: "access",
      event_id: "x",
      jti: "x",
      "cognito:groups": ["admins"],
    };
    const generation = { claimsToAddOrOverride: forged };
    answers({
      claimsAndScopeOverrideDetails: { idTokenGeneration: generation, accessTokenGeneration: generation },
    });
    const { IdToken, AccessToken } = await at.tokens("cy");
    for (const token of [IdToken, AccessToken])
      for (const [name, value] of Object.entries(forged)) {
        if (name === "token_use" && token === AccessToken) continue;
        expect(claimsOf(token)[name]).not.toEqual(value);
      }
    expect((await at.api("GetUser", { AccessToken })).Username).toBe("cy");
  });

  it("is asked again at each refresh, by either operation, with that call's metadata", async () => {
    const at = await versioned("V1_0");
    await at.user("di");
    const { RefreshToken } = await at.tokens("di");
    answers({ claimsOverrideDetails: { claimsToAddOrOverride: { round: "two" } } });
    const ClientMetadata = { device: "tv" };
    const refreshed = await at.api("GetTokensFromRefreshToken", {
      ClientId: at.ClientId,
      RefreshToken,
      ClientMetadata,
    });
    expect(claimsOf(refreshed.AuthenticationResult?.IdToken).round).toBe("two");
    expect(lambda.events.at(-1)).toMatchObject({
      triggerSource: "TokenGeneration_RefreshTokens",
      request: { clientMetadata: ClientMetadata },
    });
    expect(claimsOf((await at.refresh(RefreshToken)).AuthenticationResult?.IdToken).round).toBe("two");
  });

  it("that fails costs a rotating client no refresh token", async () => {
    const at = await versioned("V1_0");
    const rotating = await at.client({
      ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
      RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: 0 },
    });
    await rotating.user("ed");
    const { RefreshToken } = await rotating.tokens("ed");
    const rotate = () =>
      rotating.api("GetTokensFromRefreshToken", { ClientId: rotating.ClientId, RefreshToken });
    lambda.on("tokens", () => {
      throw new Error("down");
    });
    expect(await refusal(rotate())).toBe(
      "UserLambdaValidationException: PreTokenGeneration failed with error down.",
    );
    lambda.reset();
    expect((await rotate()).AuthenticationResult?.RefreshToken).toBeTruthy();
    expect(await refusal(rotate())).toMatch(/^RefreshTokenReuseException/);
  });

  it("gives no tokens when its answer is not understood", async () => {
    const at = await versioned("V1_0");
    await at.user("fi", { email: "fi@example.com" });
    for (const response of [
      { claimsOverrideDetails: { claimsToAddOrOverride: { a: 1 } } },
      { claimsOverrideDetails: [] },
    ]) {
      answers(response);
      expect(await refusal(at.signIn("fi"))).toBe(
        "InvalidLambdaResponseException: Unrecognizable lambda output",
      );
    }
  });
});
