import { termsDoNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { termsType } from "../wire/branding-type.ts";

export const describeTerms: OperationHandler<"DescribeTerms"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  const terms = await context.services.store.terms.find(pool.key, input.TermsId);
  if (!terms) throw termsDoNotExist();
  return { Terms: termsType(pool, terms) };
};
