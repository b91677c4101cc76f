import {
  resourceLimitExceeded,
  resourceServerAlreadyExists,
  userPoolDoesNotExist,
} from "../../domain/errors.ts";
import { type ResourceServer, scopesFrom } from "../../domain/resource-servers/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { resourceServerType } from "../wire/resource-server-type.ts";

export const createResourceServer: OperationHandler<"CreateResourceServer"> = async (input, context) => {
  const { store, clock, quotas } = context.services;
  const pool = await namedPool(context, input.UserPoolId);
  const now = clock.now();
  const server: ResourceServer = {
    poolKey: pool.key,
    identifier: input.Identifier,
    name: input.Name,
    scopes: scopesFrom(input.Scopes ?? []),
    createdAt: now,
    modifiedAt: now,
  };
  await store.transaction(async (repositories) => {
    // Counting holds only while nobody else adds one.
    if (!(await repositories.userPools.lock(pool.id))) throw userPoolDoesNotExist(pool.id);
    if (await repositories.resourceServers.find(pool.key, server.identifier))
      throw resourceServerAlreadyExists(server.identifier, pool.id);
    const most = quotas.resourceServersPerPool;
    if ((await repositories.resourceServers.count(pool.key, most)) >= most)
      throw resourceLimitExceeded("resource servers");
    await repositories.resourceServers.insert(server);
  });
  return { ResourceServer: resourceServerType(pool, server) };
};
