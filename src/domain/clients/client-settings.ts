import type { CreateUserPoolClientRequest, UpdateUserPoolClientRequest } from "../../api/generated/shapes.ts";
import { invalidParameter, ServiceError } from "../errors.ts";
import type { UserPool } from "../user-pools/index.ts";
import { checkExplicitAuthFlows } from "./allowed-flows.ts";
import type { ClientSettings } from "./client.ts";
import { checkTokenValidity } from "./token-validity.ts";

/** Scopes that exist without a resource server. */
const BUILT_IN_SCOPES = new Set(["phone", "email", "openid", "profile", "aws.cognito.signin.user.admin"]);
const LOOPBACK_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

type Given = Omit<UpdateUserPoolClientRequest, "UserPoolId" | "ClientId" | "ClientName">;

const invalidOAuthFlow = (sentence: string) => new ServiceError("InvalidOAuthFlowException", sentence);

function checkUrl(url: string): void {
  if (url.includes("#")) throw invalidParameter(`${url} cannot use fragment`);
  const plainHttp = /^http:\/\/([^/?#]*)/i.exec(url);
  if (!plainHttp) return;
  const host = (plainHttp[1] ?? "").replace(/:\d+$/, "").toLowerCase();
  if (!LOOPBACK_HOSTS.has(host)) throw invalidParameter(`${url} cannot use the HTTP protocol.`);
}

function checkOAuth(given: Given, hasSecret: boolean): void {
  for (const url of [...(given.CallbackURLs ?? []), ...(given.LogoutURLs ?? [])]) checkUrl(url);
  if (given.DefaultRedirectURI !== undefined && !given.CallbackURLs?.includes(given.DefaultRedirectURI))
    throw invalidParameter("DefaultRedirectURI must be one of the CallbackURLs.");
  const flows = given.AllowedOAuthFlows ?? [];
  if (given.AllowedOAuthFlowsUserPoolClient && (!flows.length || !given.AllowedOAuthScopes?.length))
    throw invalidParameter(
      "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
    );
  const interactive = flows.includes("code") || flows.includes("implicit");
  if (flows.includes("client_credentials")) {
    if (interactive)
      throw invalidOAuthFlow(
        "client_credentials flow can not be selected along with code flow or implicit flow.",
      );
    if (!hasSecret)
      throw invalidOAuthFlow(
        "client_credentials flow can not be selected if client does not have a client secret.",
      );
  }
  if (interactive && !given.CallbackURLs?.length)
    throw invalidOAuthFlow("CallbackUrls can not be empty when code flow or implicit flow is selected");
  for (const scope of given.AllowedOAuthScopes ?? [])
    if (!BUILT_IN_SCOPES.has(scope))
      throw new ServiceError("ScopeDoesNotExistException", `Invalid scope requested: ${scope}`);
}

function checkAttributeLists(given: Given, pool: UserPool): void {
  const schema = pool.settings.SchemaAttributes ?? [];
  const names = new Set(schema.map((attribute) => attribute.Name));
  const unknown = (list: readonly string[] | undefined) => (list ?? []).some((name) => !names.has(name));
  if (unknown(given.ReadAttributes))
    throw invalidParameter("Invalid read attributes specified while creating a client");
  const required = schema.filter((attribute) => attribute.Required && attribute.Name !== "sub");
  const readOnly = (name: string) => name === "sub" || name === "identities" || name.endsWith("_verified");
  if (
    unknown(given.WriteAttributes) ||
    given.WriteAttributes?.some(readOnly) ||
    (given.WriteAttributes && required.some((a) => !given.WriteAttributes?.includes(a.Name ?? "")))
  )
    throw invalidParameter("Invalid write attributes specified while creating a client");
}

function checkSettings(given: Given, pool: UserPool, hasSecret: boolean): void {
  checkExplicitAuthFlows(given.ExplicitAuthFlows ?? [], hasSecret);
  checkTokenValidity(given);
  checkAttributeLists(given, pool);
  checkOAuth(given, hasSecret);
  for (const provider of given.SupportedIdentityProviders ?? [])
    if (provider !== "COGNITO")
      throw invalidParameter(`The provider ${provider} does not exist for User Pool ${pool.id}.`);
  if (given.EnablePropagateAdditionalUserContextData && !hasSecret)
    throw invalidParameter(
      "Client Secret is required to set EnablePropagateAdditionalUserContextData as true",
    );
  const analytics = given.AnalyticsConfiguration;
  if (
    analytics &&
    !analytics.ApplicationArn &&
    !(analytics.ApplicationId && analytics.RoleArn && analytics.ExternalId)
  )
    throw invalidParameter(
      "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid",
    );
  if (
    given.RefreshTokenRotation?.Feature === "ENABLED" &&
    given.ExplicitAuthFlows?.includes("ALLOW_REFRESH_TOKEN_AUTH")
  )
    throw invalidParameter(
      "ALLOW_REFRESH_TOKEN_AUTH cannot be used when refresh token rotation is enabled for the client.",
    );
}

/** What is given over the defaults; members that were never set stay absent, as DescribeUserPoolClient shows them. */
function settingsFrom(name: string, given: Given): ClientSettings {
  const optional = {
    ReadAttributes: given.ReadAttributes,
    WriteAttributes: given.WriteAttributes,
    ExplicitAuthFlows: given.ExplicitAuthFlows,
    SupportedIdentityProviders: given.SupportedIdentityProviders,
    CallbackURLs: given.CallbackURLs,
    LogoutURLs: given.LogoutURLs,
    DefaultRedirectURI: given.DefaultRedirectURI,
    AllowedOAuthFlows: given.AllowedOAuthFlows,
    AllowedOAuthScopes: given.AllowedOAuthScopes,
    AnalyticsConfiguration: given.AnalyticsConfiguration,
    PreventUserExistenceErrors: given.PreventUserExistenceErrors,
    AccessTokenValidity: given.AccessTokenValidity || undefined,
    IdTokenValidity: given.IdTokenValidity || undefined,
    RefreshTokenRotation: given.RefreshTokenRotation,
  };
  return {
    ClientName: name,
    RefreshTokenValidity: given.RefreshTokenValidity || 30,
    TokenValidityUnits: given.TokenValidityUnits ?? {},
    AllowedOAuthFlowsUserPoolClient: given.AllowedOAuthFlowsUserPoolClient ?? false,
    EnableTokenRevocation: given.EnableTokenRevocation ?? true,
    EnablePropagateAdditionalUserContextData: given.EnablePropagateAdditionalUserContextData ?? false,
    AuthSessionValidity: given.AuthSessionValidity ?? 3,
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<ClientSettings>),
  };
}

/**
 * A new client's settings.
 * @throws InvalidParameterException, InvalidOAuthFlowException, ScopeDoesNotExistException
 */
export function newClientSettings(input: CreateUserPoolClientRequest, pool: UserPool): ClientSettings {
  if (input.GenerateSecret && input.ClientSecret !== undefined)
    throw invalidParameter("GenerateSecret and ClientSecret cannot be used together.");
  checkSettings(input, pool, Boolean(input.GenerateSecret) || input.ClientSecret !== undefined);
  return settingsFrom(input.ClientName, input);
}

/**
 * The settings after UpdateUserPoolClient: an omitted member goes back to its default; only the name stays.
 * @throws as newClientSettings
 */
export function updatedClientSettings(
  current: ClientSettings,
  input: UpdateUserPoolClientRequest,
  pool: UserPool,
  hasSecret: boolean,
): ClientSettings {
  checkSettings(input, pool, hasSecret);
  return settingsFrom(input.ClientName ?? current.ClientName, input);
}
