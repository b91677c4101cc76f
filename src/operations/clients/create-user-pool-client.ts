import {
  type Client,
  newClientSecret,
  newClientSettings,
  requireNamedResources,
} from "../../domain/clients/index.ts";
import { resourceLimitExceeded, userPoolDoesNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userPoolClientType } from "../wire/user-pool-client-type.ts";

export const createUserPoolClient: OperationHandler<"CreateUserPoolClient"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  const settings = newClientSettings(input, pool);
  const id = services.identifiers.clientId();
  const now = services.clock.now();
  const secret = input.GenerateSecret ? services.identifiers.clientSecret() : input.ClientSecret;
  const client: Client = {
    key: services.identifiers.key(),
    id,
    poolKey: pool.key,
    settings,
    secrets: secret === undefined ? [] : [newClientSecret(services, pool, id, secret)],
    createdAt: now,
    modifiedAt: now,
  };
  await services.store.transaction(async (repositories) => {
    // Counting holds only while nobody else adds one.
    if (!(await repositories.userPools.lock(pool.id))) throw userPoolDoesNotExist(pool.id);
    await requireNamedResources(repositories, pool, settings);
    if ((await repositories.clients.count(pool.key)) >= services.quotas.clientsPerPool)
      throw resourceLimitExceeded("user pool clients");
    await repositories.clients.insert(client);
  });
  return { UserPoolClient: userPoolClientType(services, pool, client) };
};
