import { administratorCreatesUser } from "../../domain/accounts/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userType } from "../wire/user-type.ts";

export const adminCreateUser: OperationHandler<"AdminCreateUser"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  return { User: userType(await administratorCreatesUser(context.services, pool, input)) };
};
