import {
  DescribeUserPoolClientCommand,
  paginateListUserPoolClients,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiOf, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, makeClient, makePool } from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const world = await startWorld();
const api = apiOf(world);
afterAll(() => closeWithinModel(world));

let poolId = "";
beforeAll(async () => {
  poolId = (await makePool(api)).Id;
});

/** What a client has of which only the name was given. */
const defaultClient = (clientId: string, name: string, userPoolId: string) => ({
  UserPoolId: userPoolId,
  ClientName: name,
  ClientId: clientId,
  LastModifiedDate: expect.anything(),
  CreationDate: expect.anything(),
  RefreshTokenValidity: 30,
  TokenValidityUnits: {},
  AllowedOAuthFlowsUserPoolClient: false,
  EnableTokenRevocation: true,
  EnablePropagateAdditionalUserContextData: false,
  AuthSessionValidity: 3,
  ClientType: "REGULAR",
});

/** As the AWS CLI shows it, whose model knows no types of clients. */
const cliClient = (...names: Parameters<typeof defaultClient>) => {
  const { ClientType: _, ...known } = defaultClient(...names);
  return known;
};

/** Only the name: none of what makeClient adds. */
const bare = { ExplicitAuthFlows: undefined };

const describeClient = async (clientId: string, userPoolId = poolId) =>
  (await api("DescribeUserPoolClient", { UserPoolId: userPoolId, ClientId: clientId })).UserPoolClient ?? {};

describe.skipIf(awsCliMissing)(`a user pool client, by the AWS CLI (${awsCliMissing ?? "installed"})`, () => {
  const aws = awsCli(world.url);

  it("is made with a secret, described, changed, listed and deleted", async () => {
    const place = ["--user-pool-id", poolId];
    const made = await aws("create-user-pool-client", ...place, "--client-name", "web", "--generate-secret");
    const { ClientId: id, ClientSecret: secret } = made.output.UserPoolClient;
    expect(id).toMatch(/^[0-7][0-9a-v]{25}$/);
    expect(secret).toMatch(/^[0-9a-v]{51}$/);
    expect(made.output).toEqual({
      UserPoolClient: { ...cliClient(id, "web", poolId), ClientSecret: secret },
    });
    const named = [...place, "--client-id", id];
    expect((await aws("describe-user-pool-client", ...named)).output).toEqual(made.output);
    const updated = await aws(
      "update-user-pool-client",
      ...named,
      "--explicit-auth-flows",
      "ALLOW_USER_PASSWORD_AUTH",
      "--auth-session-validity",
      "15",
    );
    expect(updated.output.UserPoolClient).toEqual({
      ...cliClient(id, "web", poolId),
      ClientSecret: secret,
      ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
      AuthSessionValidity: 15,
    });
    const listed = await aws("list-user-pool-clients", ...place);
    expect(listed.output).toEqual({
      UserPoolClients: [{ ClientId: id, UserPoolId: poolId, ClientName: "web" }],
    });
    const deleted = await aws("delete-user-pool-client", ...named);
    expect([deleted.status, deleted.output]).toEqual([0, undefined]);
    const again = await aws("delete-user-pool-client", ...named);
    expect([again.errorCode, again.errorMessage]).toEqual([
      "ResourceNotFoundException",
      `User pool client ${id} does not exist.`,
    ]);
  });
});

describe("CreateUserPoolClient", () => {
  it("answers with the defaults, whose member set is Cognito's, and without a secret", async () => {
    const client = await makeClient(api, poolId, { ...bare, ClientName: "plain" });
    expect(client).toEqual(defaultClient(client.ClientId, "plain", poolId));
    expect(client.CreationDate).toBe(client.LastModifiedDate);
    expect(typeof client.CreationDate).toBe("number");
    expect(await describeClient(client.ClientId)).toEqual(client);
  });

  it("shows a generated secret again and again", async () => {
    const client = await makeClient(api, poolId, { GenerateSecret: true });
    expect(client.ClientSecret).toMatch(/^[0-9a-v]{51}$/);
    expect((await describeClient(client.ClientId)).ClientSecret).toBe(client.ClientSecret);
    const sdk = world.client();
    const seen = await sdk.send(
      new DescribeUserPoolClientCommand({ UserPoolId: poolId, ClientId: client.ClientId }),
    );
    expect(seen.UserPoolClient?.ClientSecret).toBe(client.ClientSecret);
    const { UserPoolClient } = await api("UpdateUserPoolClient", {
      UserPoolId: poolId,
      ClientId: client.ClientId,
    });
    expect(UserPoolClient?.ClientSecret).toBe(client.ClientSecret);
  });

  it("takes a secret that the caller brings", async () => {
    const client = await makeClient(api, poolId, { ClientSecret: "0123456789abcdef0123456789abcdef" });
    expect(client.ClientSecret).toBe("0123456789abcdef0123456789abcdef");
  });

  it("echoes what was given", async () => {
    const given = {
      RefreshTokenValidity: 90,
      AccessTokenValidity: 10,
      IdTokenValidity: 20,
      TokenValidityUnits: { AccessToken: "minutes", IdToken: "minutes", RefreshToken: "minutes" },
      ReadAttributes: ["email", "name"],
      WriteAttributes: ["name"],
      ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"],
      SupportedIdentityProviders: ["COGNITO"],
      CallbackURLs: ["https://app.example.com/in", "myapp://in", "http://localhost:3000/in"],
      LogoutURLs: ["https://app.example.com/out"],
      DefaultRedirectURI: "https://app.example.com/in",
      AllowedOAuthFlows: ["code"],
      AllowedOAuthScopes: ["openid", "email"],
      AllowedOAuthFlowsUserPoolClient: true,
      PreventUserExistenceErrors: "ENABLED",
      EnableTokenRevocation: false,
      AuthSessionValidity: 15,
      RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: 10 },
    } as const;
    const client = await makeClient(api, poolId, given as never);
    expect(client).toMatchObject(given);
    expect(await describeClient(client.ClientId)).toEqual(client);
  });

  it("shows only the units that were given", async () => {
    const client = await makeClient(api, poolId, {
      AccessTokenValidity: 300,
      TokenValidityUnits: { AccessToken: "seconds" },
    });
    expect(client.TokenValidityUnits).toEqual({ AccessToken: "seconds" });
  });

  it("takes a refresh validity of 0 for 30 days", async () => {
    expect((await makeClient(api, poolId, { RefreshTokenValidity: 0 })).RefreshTokenValidity).toBe(30);
  });

  it("accepts OAuth settings that are not in effect", async () => {
    const client = await makeClient(api, poolId, {
      AllowedOAuthFlows: ["code"],
      AllowedOAuthScopes: ["openid"],
      CallbackURLs: ["https://app.example.com/in"],
    } as never);
    expect(client).toMatchObject({ AllowedOAuthFlows: ["code"], AllowedOAuthFlowsUserPoolClient: false });
  });

  const range = "InvalidParameterException: Invalid range for token validity.";
  it.each([
    [
      "an access token of 4 minutes",
      { AccessTokenValidity: 4, TokenValidityUnits: { AccessToken: "minutes" } },
    ],
    ["an access token of 25 hours", { AccessTokenValidity: 25 }],
    ["an access token of 2 days", { AccessTokenValidity: 2, TokenValidityUnits: { AccessToken: "days" } }],
    ["an ID token of 299 seconds", { IdTokenValidity: 299, TokenValidityUnits: { IdToken: "seconds" } }],
    [
      "a refresh token of 59 minutes",
      { RefreshTokenValidity: 59, TokenValidityUnits: { RefreshToken: "minutes" } },
    ],
    ["a refresh token of 3651 days", { RefreshTokenValidity: 3651 }],
    [
      "an access token that outlives the refresh token",
      { AccessTokenValidity: 3, RefreshTokenValidity: 2, TokenValidityUnits: { RefreshToken: "hours" } },
    ],
  ])("refuses %s", async (_what, given) => {
    expect(await refusal(makeClient(api, poolId, given as never))).toBe(range);
  });

  it.each([
    [
      "5 minutes to a day",
      { AccessTokenValidity: 5, IdTokenValidity: 24, TokenValidityUnits: { AccessToken: "minutes" } },
    ],
    [
      "a refresh token of an hour",
      { RefreshTokenValidity: 60, TokenValidityUnits: { RefreshToken: "minutes" } },
    ],
    ["a refresh token of ten years", { RefreshTokenValidity: 3650 }],
  ])("accepts %s", async (_what, given) => {
    expect(await makeClient(api, poolId, given as never)).toMatchObject(given);
  });

  const https = "https://app.example.com/in";
  it.each([
    [
      "old and new names of flows together",
      { ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"] },
      "InvalidParameterException: Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
    ],
    [
      "OAuth in effect without flows",
      { AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthScopes: ["openid"] },
      "InvalidParameterException: AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
    ],
    [
      "OAuth in effect without scopes",
      { AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthFlows: ["code"], CallbackURLs: [https] },
      "InvalidParameterException: AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
    ],
    [
      "the code flow without callbacks",
      { AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthFlows: ["code"], AllowedOAuthScopes: ["openid"] },
      "InvalidOAuthFlowException: CallbackUrls can not be empty when code flow or implicit flow is selected",
    ],
    [
      "client credentials beside the code flow",
      {
        GenerateSecret: true,
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ["code", "client_credentials"],
        AllowedOAuthScopes: ["openid"],
        CallbackURLs: [https],
      },
      "InvalidOAuthFlowException: client_credentials flow can not be selected along with code flow or implicit flow.",
    ],
    [
      "client credentials without a secret",
      {
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ["client_credentials"],
        AllowedOAuthScopes: ["openid"],
      },
      "InvalidOAuthFlowException: client_credentials flow can not be selected if client does not have a client secret.",
    ],
    [
      "plain HTTP beyond this machine",
      { CallbackURLs: ["http://app.example.com/in"] },
      "InvalidParameterException: http://app.example.com/in cannot use the HTTP protocol.",
    ],
    [
      "plain HTTP to a host that only begins like this machine",
      { LogoutURLs: ["http://localhost.example.com/out"] },
      "InvalidParameterException: http://localhost.example.com/out cannot use the HTTP protocol.",
    ],
    [
      "a fragment",
      { CallbackURLs: [`${https}#here`] },
      `InvalidParameterException: ${https}#here cannot use fragment`,
    ],
    [
      "context data without a secret",
      { EnablePropagateAdditionalUserContextData: true },
      "InvalidParameterException: Client Secret is required to set EnablePropagateAdditionalUserContextData as true",
    ],
    [
      "half an analytics configuration",
      { AnalyticsConfiguration: { ApplicationId: "0123456789abcdef0123456789abcdef" } },
      "InvalidParameterException: Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid",
    ],
    [
      "unknown attributes to read",
      { ReadAttributes: ["email", "custom:nothing"] },
      "InvalidParameterException: Invalid read attributes specified while creating a client",
    ],
    [
      "unknown attributes to write",
      { WriteAttributes: ["shoe_size"] },
      "InvalidParameterException: Invalid write attributes specified while creating a client",
    ],
    [
      "the sub among the attributes to write",
      { WriteAttributes: ["name", "sub"] },
      "InvalidParameterException: Invalid write attributes specified while creating a client",
    ],
    [
      "a session of 2 minutes",
      { AuthSessionValidity: 2 },
      "InvalidParameterException: 1 validation error detected: Value '2' at 'authSessionValidity' failed to satisfy constraint: Member must have value greater than or equal to 3",
    ],
    [
      "a session of 16 minutes",
      { AuthSessionValidity: 16 },
      "InvalidParameterException: 1 validation error detected: Value '16' at 'authSessionValidity' failed to satisfy constraint: Member must have value less than or equal to 15",
    ],
    [
      "an access token of 0",
      { AccessTokenValidity: 0 },
      "InvalidParameterException: 1 validation error detected: Value '0' at 'accessTokenValidity' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
  ])("refuses %s", async (_what, given, sentence) => {
    expect(await refusal(makeClient(api, poolId, given as never))).toBe(sentence);
  });

  // Texts that the reference does not vouch for.
  it.each([
    [
      "a default redirect that is no callback",
      { CallbackURLs: [https], DefaultRedirectURI: "https://else.example.com" },
      /^InvalidParameterException: .*DefaultRedirectURI/,
    ],
    [
      "an unknown scope",
      { AllowedOAuthScopes: ["orders/read"] },
      /^ScopeDoesNotExistException: .*orders\/read/,
    ],
    [
      "rotation beside the refresh flow",
      { ExplicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH"], RefreshTokenRotation: { Feature: "ENABLED" } },
      /^InvalidParameterException: /,
    ],
    [
      "a secret both made and brought",
      { GenerateSecret: true, ClientSecret: "0123456789abcdef0123456789abcdef" },
      /^InvalidParameterException: /,
    ],
  ])("refuses %s", async (_what, given, sentence) => {
    expect(await refusal(makeClient(api, poolId, given as never))).toMatch(sentence);
  });

  it("refuses an identity provider that the pool does not have", async () => {
    expect(
      await refusal(makeClient(api, poolId, { SupportedIdentityProviders: ["COGNITO", "Google"] })),
    ).toBe(`InvalidParameterException: The provider Google does not exist for User Pool ${poolId}.`);
  });

  it("wants required attributes among those that may be written", async () => {
    const strict = await makePool(api, { Schema: [{ Name: "email", Required: true }] });
    expect(await refusal(makeClient(api, strict.Id, { WriteAttributes: ["name"] }))).toBe(
      "InvalidParameterException: Invalid write attributes specified while creating a client",
    );
    await makeClient(api, strict.Id, { WriteAttributes: ["name", "email"] });
  });
});

describe("UpdateUserPoolClient", () => {
  it("takes every omitted member back to its default, but keeps name and secret", async () => {
    const client = await makeClient(api, poolId, {
      ClientName: "kept",
      GenerateSecret: true,
      ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
      AccessTokenValidity: 2,
      IdTokenValidity: 2,
      RefreshTokenValidity: 60,
      TokenValidityUnits: { AccessToken: "hours" },
      ReadAttributes: ["email"],
      WriteAttributes: ["email"],
      CallbackURLs: ["https://app.example.com/in"],
      LogoutURLs: ["https://app.example.com/out"],
      DefaultRedirectURI: "https://app.example.com/in",
      AllowedOAuthFlows: ["code"],
      AllowedOAuthScopes: ["openid"],
      AllowedOAuthFlowsUserPoolClient: true,
      SupportedIdentityProviders: ["COGNITO"],
      PreventUserExistenceErrors: "ENABLED",
      EnableTokenRevocation: false,
      EnablePropagateAdditionalUserContextData: true,
      AuthSessionValidity: 15,
    } as never);
    await world.advanceSeconds(60);
    const { UserPoolClient } = await api("UpdateUserPoolClient", {
      UserPoolId: poolId,
      ClientId: client.ClientId,
    });
    expect(UserPoolClient).toEqual({
      ...defaultClient(client.ClientId, "kept", poolId),
      ClientSecret: client.ClientSecret,
    });
    expect(UserPoolClient?.CreationDate).toBe(client.CreationDate);
    expect(UserPoolClient?.LastModifiedDate).toBeGreaterThan(client.LastModifiedDate ?? 0);
    expect(await describeClient(client.ClientId)).toEqual(UserPoolClient);
  });

  it("changes the name when it is given", async () => {
    const client = await makeClient(api, poolId);
    const change = { UserPoolId: poolId, ClientId: client.ClientId, ClientName: "renamed" };
    expect((await api("UpdateUserPoolClient", change)).UserPoolClient?.ClientName).toBe("renamed");
  });

  it("checks like CreateUserPoolClient, with the secret that the client has", async () => {
    const context = { EnablePropagateAdditionalUserContextData: true };
    const place = { UserPoolId: poolId };
    const open = await makeClient(api, poolId);
    expect(
      await refusal(api("UpdateUserPoolClient", { ...place, ClientId: open.ClientId, ...context })),
    ).toBe(
      "InvalidParameterException: Client Secret is required to set EnablePropagateAdditionalUserContextData as true",
    );
    expect(await describeClient(open.ClientId)).toEqual(open);
    const confidential = await makeClient(api, poolId, { GenerateSecret: true });
    await api("UpdateUserPoolClient", { ...place, ClientId: confidential.ClientId, ...context });
  });
});

describe("a client that is not there", () => {
  it("is answered with ResourceNotFoundException by every operation, in the pool of others too", async () => {
    const elsewhere = await makePool(api);
    const foreign = await makeClient(api, elsewhere.Id);
    for (const ClientId of ["unknownclient", foreign.ClientId]) {
      const there = { UserPoolId: poolId, ClientId };
      const sentence = `ResourceNotFoundException: User pool client ${ClientId} does not exist.`;
      expect(await refusal(api("DescribeUserPoolClient", there))).toBe(sentence);
      expect(await refusal(api("UpdateUserPoolClient", there))).toBe(sentence);
      expect(await refusal(api("DeleteUserPoolClient", there))).toBe(sentence);
      const flow = { ...there, AuthFlow: "ADMIN_USER_PASSWORD_AUTH" } as const;
      expect(await refusal(api("AdminInitiateAuth", flow))).toBe(sentence);
      const answer = { ...there, ChallengeName: "NEW_PASSWORD_REQUIRED" } as const;
      expect(await refusal(api("AdminRespondToAuthChallenge", answer))).toBe(sentence);
    }
    expect(await describeClient(foreign.ClientId, elsewhere.Id)).toEqual(foreign);
    const unknown = { ClientId: "unknownclient" };
    const person = { ...unknown, Username: "ana" };
    for (const call of [
      api("InitiateAuth", { ...unknown, AuthFlow: "USER_PASSWORD_AUTH" }),
      api("RespondToAuthChallenge", { ...unknown, ChallengeName: "NEW_PASSWORD_REQUIRED" }),
      api("SignUp", { ...person, Password: "Correct-Horse-9" }),
      api("ConfirmSignUp", { ...person, ConfirmationCode: "1" }),
      api("ResendConfirmationCode", person),
      api("ForgotPassword", person),
      api("ConfirmForgotPassword", { ...person, ConfirmationCode: "1", Password: "Correct-Horse-9" }),
    ])
      expect(await refusal(call)).toBe(
        "ResourceNotFoundException: User pool client unknownclient does not exist.",
      );
  });

  it("goes with its pool", async () => {
    const pool = await makePool(api);
    const client = await makeClient(api, pool.Id);
    await api("DeleteUserPool", { UserPoolId: pool.Id });
    const flow = { ClientId: client.ClientId, AuthFlow: "USER_PASSWORD_AUTH" } as const;
    expect(await refusal(api("InitiateAuth", flow))).toBe(
      `ResourceNotFoundException: User pool client ${client.ClientId} does not exist.`,
    );
  });

  it("has an id that the model allows, or the refusal names the pattern", async () => {
    expect(
      await refusal(api("InitiateAuth", { ClientId: "not-an-id", AuthFlow: "USER_PASSWORD_AUTH" })),
    ).toBe(
      "InvalidParameterException: 1 validation error detected: Value 'not-an-id' at 'clientId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+]+",
    );
  });
});

describe("ListUserPoolClients", () => {
  it("goes through all clients of the pool in pages, each once, with three members", async () => {
    const pool = await makePool(api);
    const made = new Set<string>();
    for (let i = 0; i < 5; i++) made.add((await makeClient(api, pool.Id, { GenerateSecret: true })).ClientId);
    const seen: string[] = [];
    const sizes: number[] = [];
    const input = { UserPoolId: pool.Id, MaxResults: 2 };
    for await (const page of paginateListUserPoolClients({ client: world.client(), pageSize: 2 }, input)) {
      sizes.push(page.UserPoolClients?.length ?? 0);
      for (const client of page.UserPoolClients ?? []) {
        expect(client).toEqual({ ClientId: client.ClientId, UserPoolId: pool.Id, ClientName: "client" });
        seen.push(client.ClientId ?? "");
      }
    }
    expect(sizes).toEqual([2, 2, 1]);
    expect(seen.length).toBe(5);
    expect(new Set(seen)).toEqual(made);
  });

  it("answers an empty list for a pool without clients", async () => {
    const pool = await makePool(api);
    expect(await api("ListUserPoolClients", { UserPoolId: pool.Id })).toEqual({ UserPoolClients: [] });
  });

  it("refuses the token of another pool's list", async () => {
    const [one, other] = [await makePool(api), await makePool(api)];
    for (const { Id } of [one, one, other, other]) await makeClient(api, Id);
    const { NextToken } = await api("ListUserPoolClients", { UserPoolId: one.Id, MaxResults: 1 });
    expect(NextToken).toBeDefined();
    expect(
      await refusal(api("ListUserPoolClients", { UserPoolId: other.Id, MaxResults: 1, NextToken })),
    ).toBe("InvalidParameterException: Invalid pagination token");
  });
});
