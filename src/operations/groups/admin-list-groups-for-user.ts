import { page, pagePosition, pageSize, pageToken } from "../../domain/paging/page-token.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { groupType } from "../wire/group-type.ts";

/** Best precedence first. A user has at most 100 groups, so a page is cut from the whole list. */
export const adminListGroupsForUser: OperationHandler<"AdminListGroupsForUser"> = async (input, context) => {
  const { services } = context;
  const { pool, user } = await namedUser(context, input);
  const scope = ["AdminListGroupsForUser", pool.id, user.key];
  const limit = pageSize(input.Limit);
  const start = pagePosition<number>(services, scope, input.NextToken) ?? 0;
  const groups = await services.store.groups.ofUser(user.key);
  const { items, last } = page(groups.slice(start), limit);
  return {
    Groups: items.map((group) => groupType(pool, group)),
    ...(last ? { NextToken: pageToken(services, scope, start + limit) } : {}),
  };
};
