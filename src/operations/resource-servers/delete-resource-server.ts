import { resourceServerDoesNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const deleteResourceServer: OperationHandler<"DeleteResourceServer"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  if (!(await context.services.store.resourceServers.remove(pool.key, input.Identifier)))
    throw resourceServerDoesNotExist(input.Identifier);
};
