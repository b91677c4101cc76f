import { identityProviderDoesNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { identityProviderType } from "../wire/identity-provider-type.ts";

export const getIdentityProviderByIdentifier: OperationHandler<"GetIdentityProviderByIdentifier"> = async (
  input,
  context,
) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  const provider = await services.store.identityProviders.byIdentifier(pool.key, input.IdpIdentifier);
  if (!provider) throw identityProviderDoesNotExist(input.IdpIdentifier);
  return { IdentityProvider: identityProviderType(services, pool, provider) };
};
