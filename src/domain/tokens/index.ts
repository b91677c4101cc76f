export { authenticateAccessToken, type TokenBearer } from "./access-token.ts";
export { USER_ADMIN_SCOPE } from "./claims.ts";
export { issueClientToken } from "./client-token.ts";
export { rotateOldSigningKeys } from "./key-rotation.ts";
export { type SigningKey, TokenKeys } from "./keys.ts";
export type {
  RefreshSession,
  RefreshSessions,
  SessionActivity,
  SessionDevice,
  SessionDeviceState,
  TrackedSession,
} from "./ports.ts";
export {
  authenticateRefreshToken,
  type PresentedRefresh,
  type RefreshBearer,
  refreshTokens,
  tokensFromRefreshToken,
} from "./refresh.ts";
export { openRefreshToken } from "./refresh-token.ts";
export { revokeToken } from "./revocation.ts";
export { issueTokens, type TokenSubject } from "./token-issuer.ts";
export {
  revokeUserSession,
  type Sighting,
  startSession,
  type UserSession,
  userSessions,
} from "./user-sessions.ts";
