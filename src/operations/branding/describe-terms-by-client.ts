import { requireClientOf } from "../../domain/clients/index.ts";
import { termsDoNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { termsType } from "../wire/branding-type.ts";

export const describeTermsByClient: OperationHandler<"DescribeTermsByClient"> = async (input, context) => {
  const { store } = context.services;
  const pool = await namedPool(context, input.UserPoolId);
  const client = await requireClientOf(store, pool, input.ClientId);
  const terms = await store.terms.ofClient(client.key, input.TermsName);
  if (!terms) throw termsDoNotExist();
  return { Terms: termsType(pool, terms) };
};
