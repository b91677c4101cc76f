import type {
  AnalyticsConfigurationType,
  CreateUserPoolClientRequest,
  UpdateUserPoolClientRequest,
} from "../../api/generated/shapes.ts";
import { featureUnavailableInTier, invalidParameter, ServiceError } from "../errors.ts";
import { isBuiltInScope } from "../resource-servers/index.ts";
import type { UserPool } from "../user-pools/index.ts";
import { checkExplicitAuthFlows } from "./allowed-flows.ts";
import type { ClientSettings } from "./client.ts";
import { checkTokenValidity } from "./token-validity.ts";

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
    const personal = given.AllowedOAuthScopes?.find(isBuiltInScope);
    if (personal !== undefined)
      throw invalidOAuthFlow(`client_credentials flow can not be selected along with the scope ${personal}.`);
  }
  if (interactive && !given.CallbackURLs?.length)
    throw invalidOAuthFlow("CallbackUrls can not be empty when code flow or implicit flow is selected");
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

/** By ARN, with or without the role that it is shown with; or by the three members of the older form. */
function checkAnalytics(analytics: AnalyticsConfigurationType | undefined): void {
  if (!analytics) return;
  const { ApplicationArn, ApplicationId, RoleArn, ExternalId } = analytics;
  const valid = ApplicationArn ? !ApplicationId && !ExternalId : ApplicationId && RoleArn && ExternalId;
  if (!valid)
    throw invalidParameter(
      "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid",
    );
}

/** An application that is named by its ARN comes with the service-linked role. */
function analyticsConfiguration(
  given: AnalyticsConfigurationType | undefined,
  pool: UserPool,
): AnalyticsConfigurationType | undefined {
  if (!given) return undefined;
  const serviceRole = `arn:aws:iam::${pool.accountId}:role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp`;
  return {
    ...given,
    ...(given.ApplicationArn ? { RoleArn: serviceRole } : {}),
    UserDataShared: given.UserDataShared ?? false,
  };
}

/** Lists are sets: what stands twice counts once, and an empty one is as if not given. */
const set = <T>(list: readonly T[] | undefined): T[] | undefined =>
  list?.length ? [...new Set(list)] : undefined;

function checkSettings(given: Given, pool: UserPool, hasSecret: boolean): void {
  checkExplicitAuthFlows(given.ExplicitAuthFlows ?? [], hasSecret);
  checkTokenValidity(given);
  checkAttributeLists(given, pool);
  checkOAuth(given, hasSecret);
  if (given.EnablePropagateAdditionalUserContextData && !hasSecret)
    throw invalidParameter(
      "Client Secret is required to set EnablePropagateAdditionalUserContextData as true",
    );
  checkAnalytics(given.AnalyticsConfiguration);
  if (given.ExplicitAuthFlows?.includes("ALLOW_USER_AUTH") && pool.settings.UserPoolTier === "LITE")
    throw featureUnavailableInTier("Choice-Based Authentication");
  if (
    given.RefreshTokenRotation?.Feature === "ENABLED" &&
    given.ExplicitAuthFlows?.includes("ALLOW_REFRESH_TOKEN_AUTH")
  )
    throw invalidParameter(
      "ALLOW_REFRESH_TOKEN_AUTH cannot be used when refresh token rotation is enabled for the client.",
    );
}

/** What is given over the defaults; members that were never set stay absent, as DescribeUserPoolClient shows them. */
function settingsFrom(name: string, given: Given, pool: UserPool): ClientSettings {
  const optional = {
    ReadAttributes: set(given.ReadAttributes),
    WriteAttributes: set(given.WriteAttributes),
    ExplicitAuthFlows: set(given.ExplicitAuthFlows),
    SupportedIdentityProviders: set(given.SupportedIdentityProviders),
    CallbackURLs: set(given.CallbackURLs),
    LogoutURLs: set(given.LogoutURLs),
    DefaultRedirectURI: given.DefaultRedirectURI,
    AllowedOAuthFlows: set(given.AllowedOAuthFlows),
    AllowedOAuthScopes: set(given.AllowedOAuthScopes),
    AnalyticsConfiguration: analyticsConfiguration(given.AnalyticsConfiguration, pool),
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
 * A new client's settings. The scopes and identity providers that they name are checked by `requireNamedResources`.
 * @throws InvalidParameterException, InvalidOAuthFlowException, FeatureUnavailableInTierException
 */
export function newClientSettings(input: CreateUserPoolClientRequest, pool: UserPool): ClientSettings {
  if (input.GenerateSecret && input.ClientSecret !== undefined)
    throw invalidParameter("GenerateSecret and ClientSecret cannot be used together.");
  checkSettings(input, pool, Boolean(input.GenerateSecret) || input.ClientSecret !== undefined);
  return settingsFrom(input.ClientName, input, pool);
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
  return settingsFrom(input.ClientName ?? current.ClientName, input, pool);
}
