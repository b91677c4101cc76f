import { page, pagePosition, pageSize, pageToken } from "../../domain/paging/page-token.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { termsType } from "../wire/branding-type.ts";

export const listTerms: OperationHandler<"ListTerms"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  const scope = ["ListTerms", pool.id];
  const limit = pageSize(input.MaxResults);
  const afterId = pagePosition<string>(services, scope, input.NextToken);
  const rows = await services.store.terms.list(pool.key, { afterId, limit: limit + 1 });
  const { items, last } = page(rows, limit);
  return {
    Terms: items.map((terms) => {
      const { TermsId, TermsName, Enforcement, CreationDate, LastModifiedDate } = termsType(pool, terms);
      return { TermsId, TermsName, Enforcement, CreationDate, LastModifiedDate };
    }),
    ...(last ? { NextToken: pageToken(services, scope, last.id) } : {}),
  };
};
