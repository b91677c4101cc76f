import { userPoolDoesNotExist } from "../../domain/errors.ts";
import type { Repositories } from "../../domain/store.ts";
import { requireNoImport } from "../../domain/user-imports/index.ts";
import {
  type PoolDomain,
  requireDomainsInTier,
  type UserPool,
  updatedUserPool,
} from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const updateUserPool: OperationHandler<"UpdateUserPool"> = async (input, context) => {
  const { store, clock } = context.services;
  await namedPool(context, input.UserPoolId);
  await store.transaction(async (repositories) => {
    const pool = await repositories.userPools.lock(input.UserPoolId);
    if (!pool) throw userPoolDoesNotExist(input.UserPoolId);
    await requireNoImport(repositories, pool);
    const updated = updatedUserPool(pool, input);
    requireDomainsInTier(updated, await domainsOf(repositories, pool));
    await repositories.userPools.save({ ...updated, modifiedAt: clock.now() });
  });
  return {};
};

/** Read under the pool's lock, which a change of its domains takes too. */
async function domainsOf({ poolDomains }: Repositories, { domains = {} }: UserPool): Promise<PoolDomain[]> {
  const names = [domains.Domain, domains.CustomDomain].filter((name) => name !== undefined);
  const found = await Promise.all(names.map((name) => poolDomains.find(name)));
  return found.filter((domain) => domain !== null);
}
