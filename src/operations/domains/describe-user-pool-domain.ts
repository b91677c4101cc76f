import type { OperationHandler } from "../operation.ts";
import { domainDescription } from "../wire/domain-type.ts";

/** A name that no pool of the caller's region and account has is no error: its description is empty. */
export const describeUserPoolDomain: OperationHandler<"DescribeUserPoolDomain"> = async (
  input,
  { services, region, accountId },
) => {
  const { store } = services;
  const domain = await store.poolDomains.find(input.Domain);
  const pool = domain && (await store.userPools.byKey(domain.poolKey));
  const visible = pool?.region === region && pool.accountId === accountId;
  return { DomainDescription: pool && visible ? domainDescription(services, pool, domain) : {} };
};
