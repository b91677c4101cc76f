import { withAddedSecret } from "../../domain/clients/index.ts";
import { clientDoesNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { clientSecretDescriptor } from "../wire/client-secret-descriptor.ts";

/** The value is told only when the server generated it. */
export const addUserPoolClientSecret: OperationHandler<"AddUserPoolClientSecret"> = async (
  input,
  context,
) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  return services.store.transaction(async ({ clients }) => {
    const client = await clients.lock(input.ClientId);
    if (!client || client.poolKey !== pool.key) throw clientDoesNotExist(input.ClientId);
    const added = withAddedSecret(services, pool, client, input.ClientSecret ?? null);
    await clients.save(added.client);
    const value = added.generated === null ? {} : { ClientSecretValue: added.generated };
    return { ClientSecretDescriptor: { ...clientSecretDescriptor(added.secret), ...value } };
  });
};
