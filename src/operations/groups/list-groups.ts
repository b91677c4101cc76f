import { page, pagePosition, pageSize, pageToken } from "../../domain/paging/page-token.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { groupType } from "../wire/group-type.ts";

export const listGroups: OperationHandler<"ListGroups"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  const scope = ["ListGroups", pool.id];
  const limit = pageSize(input.Limit);
  const afterName = pagePosition<string>(services, scope, input.NextToken);
  const { items, last } = page(
    await services.store.groups.list(pool.key, { afterName, limit: limit + 1 }),
    limit,
  );
  return {
    Groups: items.map((group) => groupType(pool, group)),
    ...(last ? { NextToken: pageToken(services, scope, last.name) } : {}),
  };
};
