import { authenticateAccessToken, revokeUserSession as revoke } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";

export const revokeUserSession: OperationHandler<"RevokeUserSession"> = async (input, { services }) => {
  const { pool, user, session } = await authenticateAccessToken(services, input.AccessToken);
  await revoke(services, pool, user, input.SessionId, session);
  return {};
};
