import {
  identityProviderAlreadyExists,
  idpIdentifierTaken,
  resourceLimitExceeded,
  userPoolDoesNotExist,
} from "../../domain/errors.ts";
import {
  type IdentityProvider,
  newProviderSettings,
  sealDetails,
} from "../../domain/identity-providers/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { identityProviderType } from "../wire/identity-provider-type.ts";

export const createIdentityProvider: OperationHandler<"CreateIdentityProvider"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  const settings = newProviderSettings(pool, input);
  const now = services.clock.now();
  const provider: IdentityProvider = {
    poolKey: pool.key,
    name: input.ProviderName,
    type: input.ProviderType,
    ...settings,
    ...sealDetails(services, pool, input.ProviderName, settings.details),
    createdAt: now,
    modifiedAt: now,
  };
  await services.store.transaction(async (repositories) => {
    // Counting holds only while nobody else adds one.
    if (!(await repositories.userPools.lock(pool.id))) throw userPoolDoesNotExist(pool.id);
    if (await repositories.identityProviders.find(pool.key, provider.name))
      throw identityProviderAlreadyExists(provider.name);
    const most = services.quotas.identityProvidersPerPool;
    if ((await repositories.identityProviders.count(pool.key, most)) >= most)
      throw resourceLimitExceeded("identity providers");
    const result = await repositories.identityProviders.insert(provider);
    if (typeof result === "object") throw idpIdentifierTaken(result.identifierTaken);
  });
  return { IdentityProvider: identityProviderType(services, pool, provider) };
};
