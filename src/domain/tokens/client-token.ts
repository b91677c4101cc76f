import type { ClientAuthenticationResultType } from "../../api/generated/shapes.ts";
import { type Client, clientValidity } from "../clients/index.ts";
import { clientHasNoScopes, scopeNotOfClient } from "../errors.ts";
import { clientTokenGeneration, type TriggerCall } from "../triggers/index.ts";
import type { UserPool } from "../user-pools/index.ts";
import { type Claims, changedAccessClaims, requireBounded } from "./claim-changes.ts";
import { clientTokenClaims } from "./claims.ts";
import { type IssuerServices, signJwt } from "./token-issuer.ts";

/** A resource server's: `identifier/name`. The scopes that exist without one are for people. */
const isCustom = (scope: string): boolean => scope.includes("/");

/** @throws InvalidParameterException for a scope that is none of the client's, or when the client has none */
function grantedScopes(client: Client, requested: readonly string[]): readonly string[] {
  const allowed = (client.settings.AllowedOAuthScopes ?? []).filter(isCustom);
  const foreign = requested.find((scope) => !allowed.includes(scope));
  if (foreign !== undefined) throw scopeNotOfClient(foreign);
  if (allowed.length === 0) throw clientHasNoScopes();
  return requested.length ? [...new Set(requested)] : allowed;
}

/**
 * An access token for a program, which stands for no user: it authorizes calls to resource servers and none to this API.
 * @param requested the custom scopes wanted; all that the client may have when none is named
 * @throws InvalidParameterException, and as PreTokenGeneration makes it
 */
export async function issueClientToken(
  services: IssuerServices,
  { pool, client }: { readonly pool: UserPool; readonly client: Client },
  requested: readonly string[],
  call: TriggerCall,
): Promise<ClientAuthenticationResultType> {
  const scopes = grantedScopes(client, requested);
  const validityMs = clientValidity(client.settings).accessTokenMs;
  const claims: Claims = clientTokenClaims({
    issuer: services.issuer(pool),
    clientId: client.id,
    scopes,
    jti: services.identifiers.uuid(),
    times: { issuedAt: services.clock.now(), validityMs },
  });
  const changes = await clientTokenGeneration(services, { pool, client, call }, scopes);
  const changed = changes ? changedAccessClaims(claims, { ...changes, groups: undefined }) : claims;
  if (changes) requireBounded({}, changed);
  const key = await services.tokenKeys.signingKey(pool, "access");
  return {
    AccessToken: await signJwt(key, changed),
    ExpiresIn: validityMs / 1000,
    TokenType: "Bearer",
  };
}
