import { resourceServerDoesNotExist } from "../../domain/errors.ts";
import { scopesFrom } from "../../domain/resource-servers/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { resourceServerType } from "../wire/resource-server-type.ts";

/** Replaces all scopes: omitted ones are none. A client keeps the name of a scope that goes. */
export const updateResourceServer: OperationHandler<"UpdateResourceServer"> = async (input, context) => {
  const { store, clock } = context.services;
  const pool = await namedPool(context, input.UserPoolId);
  const server = {
    poolKey: pool.key,
    identifier: input.Identifier,
    name: input.Name,
    scopes: scopesFrom(input.Scopes ?? []),
    modifiedAt: clock.now(),
  };
  const saved = await store.transaction(({ resourceServers }) => resourceServers.save(server));
  if (!saved) throw resourceServerDoesNotExist(input.Identifier);
  return { ResourceServer: resourceServerType(pool, server) };
};
