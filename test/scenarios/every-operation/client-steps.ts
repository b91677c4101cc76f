import assert from "node:assert/strict";
import type { Steps, Walk } from "./step.ts";

const FLOWS = [
  "ALLOW_USER_PASSWORD_AUTH",
  "ALLOW_ADMIN_USER_PASSWORD_AUTH",
  "ALLOW_REFRESH_TOKEN_AUTH",
] as const;
const API = { Identifier: "https://api.example.com", Name: "Api" };
const READ = { ScopeName: "read", ScopeDescription: "reading" };
const WRITE = { ScopeName: "write", ScopeDescription: "writing" };
const OIDC = {
  client_id: "id",
  authorize_scopes: "openid",
  oidc_issuer: "https://login.example.com",
  attributes_request_method: "GET",
};

const described = async ({ api, UserPoolId, ClientId }: Walk) =>
  (await api("DescribeUserPoolClient", { UserPoolId, ClientId })).UserPoolClient ?? {};
const place = ({ UserPoolId, ClientId }: Walk) => ({ UserPoolId, ClientId });
/** The client with a secret that AddUserPoolClientSecret's step makes. */
const confidential = (walk: Walk) => ({ UserPoolId: walk.UserPoolId, ClientId: walk.kept("confidential") });
const secretsOf = async (walk: Walk) =>
  ((await walk.api("ListUserPoolClientSecrets", confidential(walk))).ClientSecrets ?? []).map(
    ({ ClientSecretId }) => ClientSecretId,
  );
const resourceServer = async ({ api, UserPoolId }: Walk) =>
  (await api("DescribeResourceServer", { UserPoolId, Identifier: API.Identifier })).ResourceServer;
const provider = async ({ api, UserPoolId }: Walk) =>
  (await api("DescribeIdentityProvider", { UserPoolId, ProviderName: "Corp" })).IdentityProvider;

export const clientSteps = {
  CreateUserPoolClient: {
    exercised: "a public client for sign-in by password",
    input: ({ UserPoolId }) => ({ UserPoolId, ClientName: "app", ExplicitAuthFlows: [...FLOWS] }),
    async check(walk, { UserPoolClient }) {
      walk.keep("ClientId", UserPoolClient?.ClientId);
      assert.deepEqual((await described(walk)).ExplicitAuthFlows, FLOWS);
    },
  },
  DescribeUserPoolClient: {
    exercised: "what was set, and defaults for the rest",
    input: place,
    check: (walk, { UserPoolClient }) =>
      assert.partialDeepStrictEqual(UserPoolClient, {
        ...place(walk),
        ClientName: "app",
        RefreshTokenValidity: 30,
      }),
  },
  ListUserPoolClients: {
    exercised: "the clients of a pool",
    input: ({ UserPoolId }) => ({ UserPoolId, MaxResults: 60 }),
    check: (walk, { UserPoolClients = [] }) =>
      assert.deepEqual(
        UserPoolClients.map(({ ClientId, ClientName }) => [ClientId, ClientName]),
        [[walk.ClientId, "app"]],
      ),
  },
  UpdateUserPoolClient: {
    exercised: "another validity, seen in the lifetime of tokens",
    input: (walk) => ({
      ...place(walk),
      ClientName: "renamed",
      ExplicitAuthFlows: [...FLOWS],
      AccessTokenValidity: 2,
    }),
    async check(walk) {
      assert.partialDeepStrictEqual(await described(walk), { ClientName: "renamed", AccessTokenValidity: 2 });
      await walk.user("ulla");
      assert.equal((await walk.signIn("ulla")).ExpiresIn, 7200);
    },
  },
  AddUserPoolClientSecret: {
    exercised: "a second secret beside the first",
    async input(walk) {
      const { UserPoolId, api } = walk;
      const made = await api("CreateUserPoolClient", { UserPoolId, ClientName: "s", GenerateSecret: true });
      walk.keep("confidential", made.UserPoolClient?.ClientId);
      return confidential(walk);
    },
    async check(walk, { ClientSecretDescriptor }) {
      walk.keep("secret", ClientSecretDescriptor?.ClientSecretId);
      assert.ok(ClientSecretDescriptor?.ClientSecretValue);
      const secrets = await secretsOf(walk);
      assert.deepEqual([secrets.length, secrets.includes(walk.kept("secret"))], [2, true]);
    },
  },
  ListUserPoolClientSecrets: {
    exercised: "both secrets, without their values",
    input: confidential,
    check: (walk, { ClientSecrets = [] }) => {
      assert.equal(ClientSecrets.length, 2);
      assert.ok(ClientSecrets.some(({ ClientSecretId }) => ClientSecretId === walk.kept("secret")));
      assert.ok(ClientSecrets.every(({ ClientSecretValue }) => ClientSecretValue === undefined));
    },
  },
  DeleteUserPoolClientSecret: {
    exercised: "one of two secrets deleted",
    input: (walk) => ({ ...confidential(walk), ClientSecretId: walk.kept("secret") }),
    async check(walk) {
      const secrets = await secretsOf(walk);
      assert.deepEqual([secrets.length, secrets.includes(walk.kept("secret"))], [1, false]);
    },
  },
  SetUserPoolClientSessionConfiguration: {
    exercised: "how long SSO sessions last at a client",
    input: (walk) => ({ ...place(walk), SSOSession: { MaxValidityMinutes: 30 } }),
    async check(walk) {
      const { SSOSession } = await walk.api("GetUserPoolClientSessionConfiguration", place(walk));
      assert.equal(SSOSession?.MaxValidityMinutes, 30);
    },
  },
  GetUserPoolClientSessionConfiguration: {
    exercised: "the duration as it was set",
    input: place,
    check: (walk, output) =>
      assert.partialDeepStrictEqual(output, { ...place(walk), SSOSession: { MaxValidityMinutes: 30 } }),
  },
  CreateResourceServer: {
    exercised: "an API with a scope",
    input: ({ UserPoolId }) => ({ UserPoolId, ...API, Scopes: [READ] }),
    check: async (walk) => assert.deepEqual((await resourceServer(walk))?.Scopes, [READ]),
  },
  DescribeResourceServer: {
    exercised: "the API as it was made",
    input: ({ UserPoolId }) => ({ UserPoolId, Identifier: API.Identifier }),
    check: ({ UserPoolId }, { ResourceServer }) =>
      assert.partialDeepStrictEqual(ResourceServer, { UserPoolId, ...API, Scopes: [READ] }),
  },
  UpdateResourceServer: {
    exercised: "a scope more",
    input: ({ UserPoolId }) => ({ UserPoolId, ...API, Scopes: [READ, WRITE] }),
    check: async (walk) => assert.deepEqual((await resourceServer(walk))?.Scopes, [READ, WRITE]),
  },
  ListResourceServers: {
    exercised: "the APIs of a pool",
    input: ({ UserPoolId }) => ({ UserPoolId, MaxResults: 50 }),
    check: (_, { ResourceServers = [] }) =>
      assert.deepEqual(
        ResourceServers.map(({ Identifier }) => Identifier),
        [API.Identifier],
      ),
  },
  GetClientToken: {
    exercised: "a program's access token with a scope of the API",
    async input({ api, UserPoolId }) {
      const { UserPoolClient } = await api("CreateUserPoolClient", {
        UserPoolId,
        ClientName: "program",
        GenerateSecret: true,
        ExplicitAuthFlows: ["ALLOW_CLIENT_TOKEN_AUTH"],
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ["client_credentials"],
        AllowedOAuthScopes: [`${API.Identifier}/read`, `${API.Identifier}/write`],
      });
      return {
        ClientId: UserPoolClient?.ClientId ?? "",
        Secret: UserPoolClient?.ClientSecret ?? "",
        Scopes: [`${API.Identifier}/read`],
      };
    },
    check(_, { ClientAuthenticationResult }) {
      const payload = ClientAuthenticationResult?.AccessToken?.split(".")[1] ?? "";
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
      assert.partialDeepStrictEqual(claims, { token_use: "access", scope: `${API.Identifier}/read` });
    },
  },
  DeleteResourceServer: {
    exercised: "the API gone",
    async input({ api, UserPoolId }) {
      await api("CreateResourceServer", { UserPoolId, Identifier: "unused", Name: "Unused" });
      return { UserPoolId, Identifier: "unused" };
    },
    async check({ api, UserPoolId }) {
      const { ResourceServers = [] } = await api("ListResourceServers", { UserPoolId });
      assert.deepEqual(
        ResourceServers.map(({ Identifier }) => Identifier),
        [API.Identifier],
      );
    },
  },
  CreateIdentityProvider: {
    exercised: "an OpenID Connect provider",
    input: ({ UserPoolId }) => ({
      UserPoolId,
      ProviderName: "Corp",
      ProviderType: "OIDC",
      ProviderDetails: OIDC,
      IdpIdentifiers: ["corp.example.com"],
    }),
    check: async (walk) => assert.partialDeepStrictEqual((await provider(walk))?.ProviderDetails, OIDC),
  },
  DescribeIdentityProvider: {
    exercised: "the provider by its name",
    input: ({ UserPoolId }) => ({ UserPoolId, ProviderName: "Corp" }),
    check: (_, { IdentityProvider }) =>
      assert.partialDeepStrictEqual(IdentityProvider, { ProviderType: "OIDC", ProviderDetails: OIDC }),
  },
  GetIdentityProviderByIdentifier: {
    exercised: "the provider by an identifier",
    input: ({ UserPoolId }) => ({ UserPoolId, IdpIdentifier: "corp.example.com" }),
    check: (_, { IdentityProvider }) => assert.equal(IdentityProvider?.ProviderName, "Corp"),
  },
  ListIdentityProviders: {
    exercised: "the providers of a pool",
    input: ({ UserPoolId }) => ({ UserPoolId, MaxResults: 60 }),
    check: (_, { Providers = [] }) =>
      assert.deepEqual(
        Providers.map(({ ProviderName, ProviderType }) => [ProviderName, ProviderType]),
        [["Corp", "OIDC"]],
      ),
  },
  UpdateIdentityProvider: {
    exercised: "a mapping of attributes",
    input: ({ UserPoolId }) => ({ UserPoolId, ProviderName: "Corp", AttributeMapping: { name: "fullname" } }),
    check: async (walk) =>
      assert.partialDeepStrictEqual((await provider(walk))?.AttributeMapping, { name: "fullname" }),
  },
  DeleteIdentityProvider: {
    exercised: "one of two providers gone",
    async input({ api, UserPoolId }) {
      const other = { UserPoolId, ProviderName: "Other" };
      await api("CreateIdentityProvider", { ...other, ProviderType: "OIDC", ProviderDetails: OIDC });
      return other;
    },
    async check({ api, UserPoolId }) {
      const { Providers = [] } = await api("ListIdentityProviders", { UserPoolId });
      assert.deepEqual(
        Providers.map(({ ProviderName }) => ProviderName),
        ["Corp"],
      );
    },
  },
} as const satisfies Partial<Steps>;
