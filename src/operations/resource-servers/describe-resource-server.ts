import { resourceServerDoesNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { resourceServerType } from "../wire/resource-server-type.ts";

export const describeResourceServer: OperationHandler<"DescribeResourceServer"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  const server = await context.services.store.resourceServers.find(pool.key, input.Identifier);
  if (!server) throw resourceServerDoesNotExist(input.Identifier);
  return { ResourceServer: resourceServerType(pool, server) };
};
