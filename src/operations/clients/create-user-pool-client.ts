import { type Client, newClientSecret, newClientSettings } from "../../domain/clients/index.ts";
import { resourceLimitExceeded } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userPoolClientType } from "../wire/user-pool-client-type.ts";

const CLIENTS_PER_POOL = 1000;

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
    if ((await repositories.clients.count(pool.key)) >= CLIENTS_PER_POOL)
      throw resourceLimitExceeded("user pool clients");
    await repositories.clients.insert(client);
  });
  return { UserPoolClient: userPoolClientType(services, pool, client) };
};
