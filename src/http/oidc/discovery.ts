import type { Services } from "../../domain/services.ts";

type DiscoveryServices = Pick<Services, "store" | "tokenKeys" | "issuer">;

/** The pool's key set (RFC 7517), or null for an unknown pool. */
export async function jwks(services: DiscoveryServices, userPoolId: string): Promise<object | null> {
  const pool = await services.store.userPools.find(userPoolId);
  return pool && services.tokenKeys.jwks(pool);
}

/**
 * OpenID Connect discovery with the members Cognito's document has, or null for an unknown pool.
 * @param baseUrl where this server is reached, without a slash at the end
 */
export async function openidConfiguration(
  services: DiscoveryServices,
  baseUrl: string,
  userPoolId: string,
): Promise<object | null> {
  const pool = await services.store.userPools.find(userPoolId);
  if (!pool) return null;
  return {
    authorization_endpoint: `${baseUrl}/oauth2/authorize`,
    end_session_endpoint: `${baseUrl}/logout`,
    id_token_signing_alg_values_supported: ["RS256"],
    issuer: services.issuer(pool),
    jwks_uri: `${baseUrl}/${pool.id}/.well-known/jwks.json`,
    response_types_supported: ["code", "token"],
    revocation_endpoint: `${baseUrl}/oauth2/revoke`,
    scopes_supported: ["openid", "email", "phone", "profile"],
    subject_types_supported: ["public"],
    token_endpoint: `${baseUrl}/oauth2/token`,
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    userinfo_endpoint: `${baseUrl}/oauth2/userInfo`,
  };
}
