import { page, pagePosition, pageToken } from "../../domain/paging/page-token.ts";
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
  return {
    UserPools: items.map(userPoolDescription),
    ...(last ? { NextToken: pageToken(services, scope, last.key) } : {}),
  };
};
