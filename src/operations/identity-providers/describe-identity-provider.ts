import { identityProviderDoesNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { identityProviderType } from "../wire/identity-provider-type.ts";

export const describeIdentityProvider: OperationHandler<"DescribeIdentityProvider"> = async (
  input,
  context,
) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  const provider = await services.store.identityProviders.find(pool.key, input.ProviderName);
  if (!provider) throw identityProviderDoesNotExist(input.ProviderName);
  return { IdentityProvider: identityProviderType(services, pool, provider) };
};
