import { groupNotFound } from "../../domain/errors.ts";
import { page, pagePosition, pageSize, pageToken } from "../../domain/paging/page-token.ts";
import type { UserKey } from "../../domain/users/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userType } from "../wire/user-type.ts";

export const listUsersInGroup: OperationHandler<"ListUsersInGroup"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  if (!(await services.store.groups.find(pool.key, input.GroupName))) throw groupNotFound();
  const scope = ["ListUsersInGroup", pool.id, input.GroupName];
  const limit = pageSize(input.Limit);
  const afterKey = pagePosition<UserKey>(services, scope, input.NextToken);
  const rows = await services.store.groups.members(pool.key, input.GroupName, { afterKey, limit: limit + 1 });
  const { items, last } = page(rows, limit);
  return {
    Users: items.map((user) => userType(user)),
    ...(last ? { NextToken: pageToken(services, scope, last.key) } : {}),
  };
};
