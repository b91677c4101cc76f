import { identityProviderDoesNotExist, idpIdentifierTaken } from "../../domain/errors.ts";
import {
  type IdentityProvider,
  openDetails,
  sealDetails,
  updatedProviderSettings,
} from "../../domain/identity-providers/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { identityProviderType } from "../wire/identity-provider-type.ts";

/** Omitted members stay as they are. */
export const updateIdentityProvider: OperationHandler<"UpdateIdentityProvider"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  const provider = await services.store.transaction(async ({ identityProviders }) => {
    const current = await identityProviders.lock(pool.key, input.ProviderName);
    if (!current) throw identityProviderDoesNotExist(input.ProviderName);
    const opened = { ...current, details: openDetails(services, pool, current) };
    const settings = updatedProviderSettings(pool, opened, input);
    const changed: IdentityProvider = {
      ...current,
      ...settings,
      ...sealDetails(services, pool, current.name, settings.details),
      modifiedAt: services.clock.now(),
    };
    const result = await identityProviders.save(changed);
    if (typeof result === "object") throw idpIdentifierTaken(result.identifierTaken);
    return changed;
  });
  return { IdentityProvider: identityProviderType(services, pool, provider) };
};
