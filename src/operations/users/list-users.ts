import { invalidParameter } from "../../domain/errors.ts";
import { page, pagePosition, pageSize, pageToken } from "../../domain/paging/page-token.ts";
import type { UserPool } from "../../domain/user-pools/index.ts";
import { parseUserFilter, type User, type UserCondition, type UserKey } from "../../domain/users/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userType } from "../wire/user-type.ts";

interface Position {
  readonly value: string;
  readonly key: UserKey;
}

function checkAttributesToGet(pool: UserPool, names: readonly string[] | undefined): void {
  const schema = pool.settings.SchemaAttributes ?? [];
  if (names?.some((name) => !schema.some((attribute) => attribute.Name === name)))
    throw invalidParameter("One or more requested attributes do not exist.");
}

/** Where the user stands in the order by the searched field. */
function sortValue(user: User, condition: UserCondition | null): string {
  switch (condition?.field) {
    case undefined:
      return "";
    case "username":
      return user.username;
    case "sub":
      return user.sub;
    case "status":
      return user.status;
    case "enabled":
      return user.enabled ? "1" : "0";
    default:
      return (user.attributes[condition?.field ?? ""] ?? "").toLowerCase();
  }
}

export const listUsers: OperationHandler<"ListUsers"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  checkAttributesToGet(pool, input.AttributesToGet);
  const condition = parseUserFilter(input.Filter);
  const scope = ["ListUsers", pool.id, input.Filter ?? "", input.AttributesToGet ?? []];
  const limit = pageSize(input.Limit);
  const after = pagePosition<Position>(services, scope, input.PaginationToken);
  const rows = await services.store.users.list({ poolKey: pool.key, condition, after, limit: limit + 1 });
  const { items, last } = page(rows, limit);
  return {
    Users: items.map((user) => userType(user, input.AttributesToGet)),
    ...(last
      ? { PaginationToken: pageToken(services, scope, { value: sortValue(last, condition), key: last.key }) }
      : {}),
  };
};
