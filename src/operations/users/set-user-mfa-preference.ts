import { setMfaPreference } from "../../domain/accounts/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";

export const setUserMfaPreference: OperationHandler<"SetUserMFAPreference"> = async (input, { services }) => {
  const { pool, user } = await authenticateAccessToken(services, input.AccessToken);
  await setMfaPreference(services, pool, user, input);
  return {};
};
