import { setMfaOptions } from "../../domain/accounts/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";

export const setUserSettings: OperationHandler<"SetUserSettings"> = async (input, { services }) => {
  const { pool, user } = await authenticateAccessToken(services, input.AccessToken);
  await setMfaOptions(services, pool, user, input.MFAOptions);
  return {};
};
