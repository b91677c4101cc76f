import { identityProviderDoesNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

/** Clients keep the provider's name until they are updated. */
export const deleteIdentityProvider: OperationHandler<"DeleteIdentityProvider"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  const removed = await context.services.store.transaction(({ identityProviders }) =>
    identityProviders.remove(pool.key, input.ProviderName),
  );
  if (!removed) throw identityProviderDoesNotExist(input.ProviderName);
};
