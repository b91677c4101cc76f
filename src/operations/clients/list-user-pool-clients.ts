import { page, pagePosition, pageSize, pageToken } from "../../domain/paging/page-token.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const listUserPoolClients: OperationHandler<"ListUserPoolClients"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  const scope = ["ListUserPoolClients", pool.id];
  // None ever registered itself (DCR): all are of the other type.
  if (input.ClientType === "DCR") return { UserPoolClients: [] };
  const limit = pageSize(input.MaxResults);
  const afterKey = pagePosition<number>(services, scope, input.NextToken);
  const { items, last } = page(
    await services.store.clients.list(pool.key, { afterKey, limit: limit + 1 }),
    limit,
  );
  return {
    UserPoolClients: items.map((client) => ({
      ClientId: client.id,
      UserPoolId: pool.id,
      ClientName: client.settings.ClientName,
    })),
    ...(last ? { NextToken: pageToken(services, scope, last.key) } : {}),
  };
};
