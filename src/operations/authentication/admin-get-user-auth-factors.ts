import { configuredAuthFactors } from "../../domain/authentication/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { mfaMembers } from "../wire/user-type.ts";

export const adminGetUserAuthFactors: OperationHandler<"AdminGetUserAuthFactors"> = async (
  input,
  context,
) => {
  const { pool, user } = await namedUser(context, input);
  return {
    Username: user.username,
    ...mfaMembers(user),
    ConfiguredUserAuthFactors: await configuredAuthFactors(context.services, pool, user),
  };
};
