import {
  domainOfKindExists,
  domainTaken,
  resourceLimitExceeded,
  userPoolDoesNotExist,
} from "../../domain/errors.ts";
import { newPoolDomain, withDomain } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { domainAnswer } from "../wire/domain-type.ts";

const CUSTOM_DOMAINS_PER_ACCOUNT = 4;

/** A custom domain is active at once: its name and certificate are the operator's affair. */
export const createUserPoolDomain: OperationHandler<"CreateUserPoolDomain"> = async (input, context) => {
  const { services } = context;
  const { store, clock } = services;
  await namedPool(context, input.UserPoolId);
  const domain = await store.transaction(async (repositories) => {
    const pool = await repositories.userPools.lock(input.UserPoolId);
    if (!pool) throw userPoolDoesNotExist(input.UserPoolId);
    const made = newPoolDomain(pool, input, clock.now());
    if ((await repositories.poolDomains.find(made.name))?.poolKey === pool.key) throw domainOfKindExists();
    const { Domain, CustomDomain } = pool.domains ?? {};
    if ((made.kind === "custom" ? CustomDomain : Domain) !== undefined) throw domainOfKindExists();
    if (
      made.kind === "custom" &&
      (await repositories.poolDomains.count(pool, "custom")) >= CUSTOM_DOMAINS_PER_ACCOUNT
    )
      throw resourceLimitExceeded("custom domains");
    if (!(await repositories.poolDomains.insert(made))) throw domainTaken();
    await repositories.userPools.save(withDomain(pool, made));
    return made;
  });
  return domainAnswer(services, domain, input);
};
