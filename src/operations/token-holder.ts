import { accessTokenRevoked, ServiceError } from "../domain/errors.ts";
import { authenticateAccessToken, type TokenBearer } from "../domain/tokens/index.ts";
import type { OperationContext } from "./operation.ts";

/**
 * Whose access token it is, for the operations whose model declares no UserNotFoundException: to them the token of a user who is
 * gone is revoked.
 * @throws NotAuthorizedException
 */
export async function tokenHolder({ services }: OperationContext, accessToken: string): Promise<TokenBearer> {
  try {
    return await authenticateAccessToken(services, accessToken);
  } catch (error) {
    if (error instanceof ServiceError && error.code === "UserNotFoundException") throw accessTokenRevoked();
    throw error;
  }
}
