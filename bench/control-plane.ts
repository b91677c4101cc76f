import type { MeasuredPool, Operation } from "./operations.ts";
import { calls } from "./work.ts";

/** Server CPU milliseconds that one write of configuration may take. */
const WRITE_BAR_MS = 3;

type Call = readonly [operation: string, input: unknown];
type Names = Readonly<Record<"UserPoolId" | "ClientId" | "n", string>>;

let made = 0;

/**
 * Writes of configuration. What a round makes it also removes, so that the figures are those of a pool of usual size; the bar is for
 * each call of the round.
 */
function writes(name: string, ofRound: (names: Names) => readonly Call[]): Operation {
  const blank: Names = { UserPoolId: "", ClientId: "", n: "0" };
  return {
    name,
    calls: ofRound(blank).map(([operation]) => operation),
    barMs: WRITE_BAR_MS * ofRound(blank).length,
    pool: "srp",
    ownOnly: true,
    work: ({ host, userPoolId, clientId }: MeasuredPool) =>
      calls(host, () => ofRound({ UserPoolId: userPoolId, ClientId: clientId, n: String(made++) })),
  };
}

/** The calls that need an id from an answer make their own requests. */
function poolLife(name: string, between: (UserPoolId: string) => readonly Call[]): Operation {
  const all = ["CreateUserPool", ...between("").map(([operation]) => operation), "DeleteUserPool"];
  return {
    name,
    calls: all,
    barMs: WRITE_BAR_MS * all.length,
    pool: "srp",
    ownOnly: true,
    work: ({ host }) => ({
      async run(round, send) {
        const one = async (operation: string, input: unknown) => {
          let body = "";
          await calls(host, () => [[operation, input]]).run(
            round,
            async (request) => (body = await send(request)),
          );
          return body === "" ? {} : JSON.parse(body);
        };
        const { UserPool } = await one("CreateUserPool", { PoolName: `made ${made++}`, ...POOL_SETTINGS });
        for (const [operation, input] of between(UserPool.Id)) await one(operation, input);
        await one("DeleteUserPool", { UserPoolId: UserPool.Id });
      },
    }),
  };
}

const POOL_SETTINGS = {
  AutoVerifiedAttributes: ["email"],
  AliasAttributes: ["email"],
  Policies: { PasswordPolicy: { MinimumLength: 10, RequireNumbers: true } },
  Schema: [{ Name: "tenant", AttributeDataType: "String", Mutable: true }],
  UserPoolTags: { stage: "bench" },
};
const UPDATED_SETTINGS = {
  AutoVerifiedAttributes: ["email"],
  Policies: { PasswordPolicy: { MinimumLength: 12, RequireNumbers: true } },
};
const GROUP = { Description: "measured", Precedence: 7 };
const CLIENT = {
  ClientName: "measured",
  ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
};
const SCOPES = [{ ScopeName: "read", ScopeDescription: "read" }];
const OIDC = {
  client_id: "client",
  client_secret: "secret",
  attributes_request_method: "GET",
  oidc_issuer: "https://issuer.example",
  authorize_scopes: "openid",
  authorize_url: "https://issuer.example/authorize",
  token_url: "https://issuer.example/token",
  attributes_url: "https://issuer.example/userinfo",
  jwks_uri: "https://issuer.example/jwks",
};

export const controlPlane: readonly Operation[] = [
  poolLife("CreateUserPool + DeleteUserPool", () => []),
  poolLife("CreateUserPool + AddCustomAttributes + CreateUserPoolClient + DeleteUserPool", (UserPoolId) => [
    [
      "AddCustomAttributes",
      { UserPoolId, CustomAttributes: [{ Name: "plan", AttributeDataType: "String" }] },
    ],
    ["CreateUserPoolClient", { UserPoolId, ...CLIENT }],
  ]),
  writes("UpdateUserPool", ({ UserPoolId }) => [["UpdateUserPool", { UserPoolId, ...UPDATED_SETTINGS }]]),
  writes("SetUserPoolMfaConfig", ({ UserPoolId }) => [
    [
      "SetUserPoolMfaConfig",
      { UserPoolId, SoftwareTokenMfaConfiguration: { Enabled: true }, MfaConfiguration: "OPTIONAL" },
    ],
    ["SetUserPoolMfaConfig", { UserPoolId, MfaConfiguration: "OFF" }],
  ]),
  writes("UpdateUserPoolClient", ({ UserPoolId, ClientId }) => [
    ["UpdateUserPoolClient", { UserPoolId, ClientId, ...CLIENT }],
  ]),
  writes("CreateGroup + UpdateGroup + DeleteGroup", ({ UserPoolId, n }) => {
    const GroupName = `group-${n}`;
    return [
      ["CreateGroup", { UserPoolId, GroupName, ...GROUP }],
      ["UpdateGroup", { UserPoolId, GroupName, ...GROUP, Precedence: 8 }],
      ["DeleteGroup", { UserPoolId, GroupName }],
    ];
  }),
  writes("CreateResourceServer + UpdateResourceServer + DeleteResourceServer", ({ UserPoolId, n }) => {
    const server = { UserPoolId, Identifier: `https://api-${n}.example` };
    return [
      ["CreateResourceServer", { ...server, Name: "api", Scopes: SCOPES }],
      ["UpdateResourceServer", { ...server, Name: "API", Scopes: SCOPES }],
      ["DeleteResourceServer", server],
    ];
  }),
  writes("CreateIdentityProvider + UpdateIdentityProvider + DeleteIdentityProvider", ({ UserPoolId, n }) => {
    const provider = { UserPoolId, ProviderName: `provider-${n}` };
    return [
      ["CreateIdentityProvider", { ...provider, ProviderType: "OIDC", ProviderDetails: OIDC }],
      ["UpdateIdentityProvider", { ...provider, ProviderDetails: OIDC }],
      ["DeleteIdentityProvider", provider],
    ];
  }),
  writes("CreateUserPoolDomain + DeleteUserPoolDomain", ({ UserPoolId, n }) => {
    const domain = { UserPoolId, Domain: `bench-${n}` };
    return [
      ["CreateUserPoolDomain", domain],
      ["DeleteUserPoolDomain", domain],
    ];
  }),
];
