import type { AuthenticationResultType } from "../../api/generated/shapes.ts";
import type { Client } from "../clients/index.ts";
import { refreshTokenExpired, refreshTokenInvalid, refreshTokenRevoked, userDisabled } from "../errors.ts";
import type { Services } from "../services.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";
import type { RefreshSession } from "./ports.ts";
import { openRefreshToken } from "./refresh-token.ts";
import { issueTokens } from "./token-issuer.ts";

type RefreshServices = Pick<
  Services,
  "store" | "clock" | "identifiers" | "tokenKeys" | "keyEncryptionKey" | "issuer"
>;

/** What a refresh token leads to: the live session and its user. */
export interface RefreshBearer {
  readonly session: RefreshSession;
  readonly user: User;
}

/**
 * Opens a refresh token that this client presents.
 * @throws NotAuthorizedException: invalid, revoked, expired, user disabled
 */
export async function authenticateRefreshToken(
  services: Pick<Services, "store" | "clock" | "keyEncryptionKey">,
  pool: UserPool,
  client: Client,
  token: string,
): Promise<RefreshBearer> {
  const content = openRefreshToken(services.keyEncryptionKey, pool, client.id, token);
  const found = content && (await services.store.refreshSessions.findWithUser(content.sessionId));
  if (!found || found.session.clientId !== client.id || found.user.poolKey !== pool.key)
    throw refreshTokenInvalid();
  if (found.session.revokedAt !== null) throw refreshTokenRevoked();
  if (found.session.expiresAt <= services.clock.now()) throw refreshTokenExpired();
  if (!found.user.enabled) throw userDisabled();
  return found;
}

/** New ID and access token of the same sign-in: auth_time, origin_jti and event_id stay, groups and attributes are read afresh. */
export function refreshTokens(
  services: RefreshServices,
  pool: UserPool,
  client: Client,
  { session, user }: RefreshBearer,
): Promise<AuthenticationResultType> {
  return issueTokens(services, { pool, client, user }, session, "without-refresh-token");
}
