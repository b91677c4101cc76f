import { requireNamedResources, updatedClientSettings } from "../../domain/clients/index.ts";
import { clientDoesNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userPoolClientType } from "../wire/user-pool-client-type.ts";

export const updateUserPoolClient: OperationHandler<"UpdateUserPoolClient"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  return services.store.transaction(async (repositories) => {
    const client = await repositories.clients.lock(input.ClientId);
    if (!client || client.poolKey !== pool.key) throw clientDoesNotExist(input.ClientId);
    const settings = updatedClientSettings(client.settings, input, pool, client.secrets.length > 0);
    await requireNamedResources(repositories, pool, settings);
    const changed = { ...client, settings, modifiedAt: services.clock.now() };
    await repositories.clients.save(changed);
    return { UserPoolClient: userPoolClientType(services, pool, changed) };
  });
};
