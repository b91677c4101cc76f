import { sessionConfiguration } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const getUserPoolSessionConfiguration: OperationHandler<"GetUserPoolSessionConfiguration"> = async (
  input,
  context,
) => {
  const pool = await namedPool(context, input.UserPoolId);
  return { UserPoolId: pool.id, ...sessionConfiguration(pool) };
};
