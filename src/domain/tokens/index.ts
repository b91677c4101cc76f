export { authenticateAccessToken, type TokenBearer } from "./access-token.ts";
export { USER_ADMIN_SCOPE } from "./claims.ts";
export { rotateOldSigningKeys } from "./key-rotation.ts";
export { type SigningKey, TokenKeys } from "./keys.ts";
export type { RefreshSession, RefreshSessions, SessionDevice, SessionDeviceState } from "./ports.ts";
export {
  authenticateRefreshToken,
  type PresentedRefresh,
  type RefreshBearer,
  refreshTokens,
  tokensFromRefreshToken,
} from "./refresh.ts";
export { openRefreshToken } from "./refresh-token.ts";
export { revokeToken } from "./revocation.ts";
export { issueTokens, newRefreshSession, type TokenSubject } from "./token-issuer.ts";
