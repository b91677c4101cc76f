import { page, pagePosition, pageSize, pageToken } from "../../domain/paging/page-token.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { timestamp } from "../wire/timestamp.ts";

export const listIdentityProviders: OperationHandler<"ListIdentityProviders"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  const scope = ["ListIdentityProviders", pool.id];
  const limit = pageSize(input.MaxResults);
  const afterName = pagePosition<string>(services, scope, input.NextToken);
  const { items, last } = page(
    await services.store.identityProviders.list(pool.key, { afterName, limit: limit + 1 }),
    limit,
  );
  return {
    Providers: items.map((provider) => ({
      ProviderName: provider.name,
      ProviderType: provider.type,
      LastModifiedDate: timestamp(provider.modifiedAt),
      CreationDate: timestamp(provider.createdAt),
    })),
    ...(last ? { NextToken: pageToken(services, scope, last.name) } : {}),
  };
};
