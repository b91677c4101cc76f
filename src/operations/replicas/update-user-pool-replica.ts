import { moveReplica } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { replicaType } from "./replica-type.ts";

export const updateUserPoolReplica: OperationHandler<"UpdateUserPoolReplica"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  const replica = await moveReplica(context.services, pool, input.RegionName, input.Status);
  return { UserPoolReplica: replicaType(pool, replica) };
};
