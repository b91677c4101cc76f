import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userPoolMfaConfig } from "../wire/user-pool-type.ts";

export const getUserPoolMfaConfig: OperationHandler<"GetUserPoolMfaConfig"> = async (input, context) =>
  userPoolMfaConfig(await namedPool(context, input.UserPoolId));
