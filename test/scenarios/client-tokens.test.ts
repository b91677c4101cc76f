import { GetClientTokenCommand } from "@aws-sdk/client-cognito-identity-provider";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { type Api, apiOf, claimsOf, refusal } from "../support/api.ts";
import {
  closeWithinModel,
  makeClient,
  makePool,
  makeUser,
  PASSWORD,
  startSignIn,
} from "../support/builders.ts";
import { arnOf, type FakeLambda, mappedTo, startFakeLambda } from "../support/fake-lambda.ts";
import { startWorld, type World } from "../support/world.ts";

let lambda: FakeLambda;
let world: World;
let api: Api;
beforeAll(async () => {
  lambda = await startFakeLambda();
  world = await startWorld({ triggers: mappedTo(lambda.endpoint, ["tokens"]) });
  api = apiOf(world);
});
beforeEach(() => lambda.reset());
afterAll(async () => {
  await closeWithinModel(world);
  await lambda.close();
});

const PROGRAM = ["ALLOW_CLIENT_TOKEN_AUTH"] as const;

async function program(scopes: readonly string[], settings = {}, pool = {}) {
  const { Id: UserPoolId } = await makePool(api, pool);
  const client = await makeClient(api, UserPoolId, {
    GenerateSecret: true,
    ExplicitAuthFlows: [...PROGRAM],
    ...settings,
  });
  const { ClientId, ClientSecret: Secret = "" } = client;
  // The scopes of resource servers, as UpdateUserPoolClient stores them.
  const { store } = world.server.services;
  const stored = await store.clients.find(ClientId);
  if (!stored) throw new Error("No client");
  await store.clients.save({ ...stored, settings: { ...stored.settings, AllowedOAuthScopes: [...scopes] } });
  const place = { ClientId, Secret };
  return {
    UserPoolId,
    client,
    place,
    get: async (more: Partial<Input<"GetClientToken">> = {}) =>
      (await api("GetClientToken", { ...place, ...more })).ClientAuthenticationResult ?? {},
  };
}

describe("GetClientToken", () => {
  it("gives a program an access token of its own, signed with the pool's key", async () => {
    const { get, place, UserPoolId } = await program(["rs/read", "https://api.example/write", "openid"]);
    const { AccessToken = "", ...rest } = await get();
    expect(rest).toEqual({ ExpiresIn: 3600, TokenType: "Bearer" });
    const claims = claimsOf(AccessToken);
    expect(claims).toEqual({
      sub: place.ClientId,
      client_id: place.ClientId,
      token_use: "access",
      scope: "rs/read https://api.example/write",
      auth_time: claims.iat,
      iss: `${world.url}/${UserPoolId}`,
      iat: expect.any(Number),
      exp: Number(claims.iat) + 3600,
      version: 2,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    const keys = createRemoteJWKSet(new URL(`${claims.iss}/.well-known/jwks.json`));
    expect((await jwtVerify(AccessToken, keys)).payload).toEqual(claims);
  });

  it("gives the scopes that are asked for, of those that the client has", async () => {
    const { get } = await program(["rs/read", "rs/write", "email"], {
      AccessTokenValidity: 10,
      TokenValidityUnits: { AccessToken: "minutes" },
    });
    const { AccessToken, ExpiresIn } = await get({ Scopes: ["rs/write", "rs/write"] });
    expect(claimsOf(AccessToken).scope).toBe("rs/write");
    expect(ExpiresIn).toBe(600);
    for (const scope of ["rs/delete", "email", "aws.cognito.signin.user.admin"])
      expect(await refusal(get({ Scopes: ["rs/read", scope] }))).toBe(
        `InvalidParameterException: Invalid scope requested: ${scope}`,
      );
    const without = await program(["email"]);
    expect(await refusal(without.get())).toMatch(/^InvalidParameterException: .* no scopes/);
  });

  it("takes either secret, and no other", async () => {
    const { get, place, UserPoolId } = await program(["rs/read"]);
    const { ClientSecretDescriptor } = await api("AddUserPoolClientSecret", {
      UserPoolId,
      ClientId: place.ClientId,
    });
    await get({ Secret: ClientSecretDescriptor?.ClientSecretValue ?? "" });
    await get();
    expect(await refusal(get({ Secret: "x".repeat(51) }))).toMatch(/^NotAuthorizedException: /);
    expect(await refusal(get({ ClientId: "unknown" }))).toBe(
      "ResourceNotFoundException: User pool client unknown does not exist.",
    );
  });

  it("is for clients with its flow, which takes no user and needs a secret", async () => {
    const { client, UserPoolId } = await program(["rs/read"]);
    await makeUser(api, UserPoolId, "ana", { password: PASSWORD });
    expect(await refusal(startSignIn(api, client, "ana"))).toMatch(
      /^InvalidParameterException: .*not enabled/,
    );
    const other = await program(["rs/read"], { ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"] });
    expect(await refusal(other.get())).toMatch(
      /^InvalidParameterException: CLIENT_TOKEN_AUTH flow not enabled/,
    );
    const make = (settings: object) =>
      refusal(
        makeClient(api, UserPoolId, { GenerateSecret: true, ExplicitAuthFlows: [...PROGRAM], ...settings }),
      );
    const ExplicitAuthFlows = [...PROGRAM, "ALLOW_USER_SRP_AUTH"];
    expect(await make({ ExplicitAuthFlows })).toMatch(/^InvalidParameterException: .* other auth flows/);
    expect(await make({ GenerateSecret: false })).toMatch(/^InvalidParameterException: .* client secret/);
  });

  it("gives tokens that this API does not take", async () => {
    const { get } = await program(["rs/read"]);
    const { AccessToken = "" } = await get();
    expect(await refusal(api("GetUser", { AccessToken }))).toBe(
      "NotAuthorizedException: Access Token does not have required scopes",
    );
  });

  it("asks a function of version 3, which may change claims and scopes and knows no user", async () => {
    const { get } = await program(
      ["rs/read", "rs/write"],
      {},
      {
        LambdaConfig: {
          PreTokenGenerationConfig: { LambdaArn: arnOf("tokens"), LambdaVersion: "V3_0" },
        },
      },
    );
    lambda.on("tokens", (event) => ({
      ...event,
      response: {
        claimsAndScopeOverrideDetails: {
          accessTokenGeneration: {
            claimsToAddOrOverride: { tenant: "blue", sub: "somebody", scope: "all" },
            scopesToAdd: ["rs/more", "aws.cognito.signin.user.admin"],
            scopesToSuppress: ["rs/write"],
          },
          groupOverrideDetails: { groupsToOverride: ["admins"] },
        },
      },
    }));
    const { AccessToken = "" } = await get({ Scopes: ["rs/write"], ClientMetadata: { reason: "nightly" } });
    expect(lambda.events[0]).toMatchObject({
      version: "3",
      triggerSource: "TokenGeneration_ClientCredentials",
      userName: "ClientCredentials",
      request: {
        userAttributes: {},
        groupConfiguration: null,
        scopes: ["rs/write"],
        clientMetadata: { reason: "nightly" },
      },
    });
    const claims = claimsOf(AccessToken);
    expect(claims).toMatchObject({ tenant: "blue", scope: "rs/more aws.cognito.signin.user.admin" });
    expect(claims.sub).toBe(claims.client_id);
    expect(claims).not.toHaveProperty("cognito:groups");
    expect(await refusal(api("GetUser", { AccessToken }))).toMatch(/^UserNotFoundException: /);
  });

  it("asks no function of an earlier version", async () => {
    const { get } = await program(
      ["rs/read"],
      {},
      {
        LambdaConfig: {
          PreTokenGenerationConfig: { LambdaArn: arnOf("tokens"), LambdaVersion: "V2_0" },
        },
      },
    );
    await get();
    expect(lambda.events).toEqual([]);
  });

  it("answers the AWS SDK", async () => {
    const { place } = await program(["rs/read"]);
    const { ClientAuthenticationResult } = await world.client().send(new GetClientTokenCommand(place));
    expect(claimsOf(ClientAuthenticationResult?.AccessToken).scope).toBe("rs/read");
  });
});
