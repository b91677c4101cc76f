import { configuredAuthFactors } from "../../domain/authentication/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";
import { mfaMembers } from "../wire/user-type.ts";

export const getUserAuthFactors: OperationHandler<"GetUserAuthFactors"> = async (input, { services }) => {
  const { pool, user } = await authenticateAccessToken(services, input.AccessToken);
  return {
    Username: user.username,
    ...mfaMembers(user),
    ConfiguredUserAuthFactors: await configuredAuthFactors(services, pool, user),
  };
};
