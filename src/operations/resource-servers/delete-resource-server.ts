import { resourceServerDoesNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const deleteResourceServer: OperationHandler<"DeleteResourceServer"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  const removed = await context.services.store.transaction(({ resourceServers }) =>
    resourceServers.remove(pool.key, input.Identifier),
  );
  if (!removed) throw resourceServerDoesNotExist(input.Identifier);
};
