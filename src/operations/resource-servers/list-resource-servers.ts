import { page, pagePosition, pageSize, pageToken } from "../../domain/paging/page-token.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { resourceServerType } from "../wire/resource-server-type.ts";

const LONGEST_PAGE = 50;

export const listResourceServers: OperationHandler<"ListResourceServers"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  const scope = ["ListResourceServers", pool.id];
  const limit = pageSize(input.MaxResults, LONGEST_PAGE);
  const afterIdentifier = pagePosition<string>(services, scope, input.NextToken);
  const { items, last } = page(
    await services.store.resourceServers.list(pool.key, { afterIdentifier, limit: limit + 1 }),
    limit,
  );
  return {
    ResourceServers: items.map((server) => resourceServerType(pool, server)),
    ...(last ? { NextToken: pageToken(services, scope, last.identifier) } : {}),
  };
};
