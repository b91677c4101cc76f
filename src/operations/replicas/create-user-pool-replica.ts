import { createReplica } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { replicaType } from "./replica-type.ts";

export const createUserPoolReplica: OperationHandler<"CreateUserPoolReplica"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  const replica = await createReplica(context.services, pool, input.RegionName, input.UserPoolTags ?? {});
  return { UserPoolReplica: replicaType(pool, replica) };
};
