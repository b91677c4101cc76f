import { domainNotOfPool, userPoolDoesNotExist } from "../../domain/errors.ts";
import { withoutDomain } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

/** The name is free at once. */
export const deleteUserPoolDomain: OperationHandler<"DeleteUserPoolDomain"> = async (input, context) => {
  const { store } = context.services;
  await namedPool(context, input.UserPoolId);
  await store.transaction(async (repositories) => {
    const pool = await repositories.userPools.lock(input.UserPoolId);
    if (!pool) throw userPoolDoesNotExist(input.UserPoolId);
    const domain = await repositories.poolDomains.find(input.Domain);
    if (!domain || !(await repositories.poolDomains.remove(pool.key, input.Domain))) throw domainNotOfPool();
    await repositories.userPools.save(withoutDomain(pool, domain));
  });
  return {};
};
