import { requireClientOf } from "../../domain/clients/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userPoolClientType } from "../wire/user-pool-client-type.ts";

export const describeUserPoolClient: OperationHandler<"DescribeUserPoolClient"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  const client = await requireClientOf(context.services.store, pool, input.ClientId);
  return { UserPoolClient: userPoolClientType(context.services, pool, client) };
};
