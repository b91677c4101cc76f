import { page, pagePosition, pageToken } from "../../domain/paging/page-token.ts";
import { presentReplicas } from "../../domain/user-pools/index.ts";
import type { OperationHandler } from "../operation.ts";
import { userPoolDescription } from "../wire/user-pool-type.ts";

export const listUserPools: OperationHandler<"ListUserPools"> = async (
  input,
  { services, region, accountId },
) => {
  const scope = ["ListUserPools", region, accountId];
  const afterKey = pagePosition<number>(services, scope, input.NextToken);
  const limit = input.MaxResults;
  const rows = await services.store.userPools.list({ region, accountId }, { afterKey, limit: limit + 1 });
  const { items, last } = page(rows, limit);
  const replicas = await services.store.replicas.ofPools(items.map(({ key }) => key));
  const present = presentReplicas(replicas, services.clock.now());
  return {
    UserPools: items.map((pool) => userPoolDescription(pool, present)),
    ...(last ? { NextToken: pageToken(services, scope, last.key) } : {}),
  };
};
