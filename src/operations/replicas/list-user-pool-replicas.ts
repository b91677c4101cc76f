import { pagePosition } from "../../domain/paging/page-token.ts";
import { presentReplicas } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { primaryType, replicaType } from "./replica-type.ts";

/** The primary among the others, by region. All are one page, so that any token for another is none of ours. */
export const listUserPoolReplicas: OperationHandler<"ListUserPoolReplicas"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  pagePosition(services, ["ListUserPoolReplicas"], input.NextToken);
  const replicas = presentReplicas(await services.store.replicas.ofPool(pool.key), services.clock.now());
  const before = replicas.filter(({ region }) => region < pool.region);
  const after = replicas.filter(({ region }) => region > pool.region);
  const secondary = (list: typeof replicas) => list.map((replica) => replicaType(pool, replica));
  return { UserPoolReplicas: [...secondary(before), primaryType(pool), ...secondary(after)] };
};
