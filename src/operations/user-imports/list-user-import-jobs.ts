import { page, pagePosition, pageToken } from "../../domain/paging/page-token.ts";
import { jobAt } from "../../domain/user-imports/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userImportJobType } from "../wire/user-import-job-type.ts";

export const listUserImportJobs: OperationHandler<"ListUserImportJobs"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  const scope = ["ListUserImportJobs", pool.id];
  const limit = input.MaxResults;
  const beforeKey = pagePosition<number>(services, scope, input.PaginationToken);
  const rows = await services.store.userImports.list(pool.key, { beforeKey, limit: limit + 1 });
  const { items, last } = page(rows, limit);
  const now = services.clock.now();
  return {
    UserImportJobs: items.map((job) => userImportJobType(services, pool, jobAt(job, now))),
    ...(last ? { PaginationToken: pageToken(services, scope, last.key) } : {}),
  };
};
