import { domainNotOfPool, userPoolDoesNotExist } from "../../domain/errors.ts";
import { updatedPoolDomain } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { domainAnswer } from "../wire/domain-type.ts";

export const updateUserPoolDomain: OperationHandler<"UpdateUserPoolDomain"> = async (input, context) => {
  const { services } = context;
  const { store, clock } = services;
  await namedPool(context, input.UserPoolId);
  const domain = await store.transaction(async (repositories) => {
    const pool = await repositories.userPools.lock(input.UserPoolId);
    if (!pool) throw userPoolDoesNotExist(input.UserPoolId);
    const current = await repositories.poolDomains.find(input.Domain);
    if (current?.poolKey !== pool.key) throw domainNotOfPool();
    const updated = updatedPoolDomain(pool, current, input, clock.now());
    await repositories.poolDomains.save(updated);
    return updated;
  });
  return domainAnswer(services, domain, input);
};
