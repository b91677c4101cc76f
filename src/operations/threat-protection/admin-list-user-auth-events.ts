import { page, pagePosition, pageSize, pageToken } from "../../domain/paging/page-token.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { authEventType } from "../wire/auth-event-type.ts";
import { watchedPool } from "./watched-pool.ts";

export const adminListUserAuthEvents: OperationHandler<"AdminListUserAuthEvents"> = async (
  input,
  context,
) => {
  const { services } = context;
  await watchedPool(context, input.UserPoolId);
  const { pool, user } = await namedUser(context, input);
  const scope = ["AdminListUserAuthEvents", pool.id, user.key];
  const limit = pageSize(input.MaxResults);
  const beforeKey = pagePosition<number>(services, scope, input.NextToken);
  const { items, last } = page(
    await services.store.authEvents.list(user.key, { beforeKey, limit: limit + 1 }),
    limit,
  );
  return {
    AuthEvents: items.map(authEventType),
    ...(last ? { NextToken: pageToken(services, scope, last.key) } : {}),
  };
};
