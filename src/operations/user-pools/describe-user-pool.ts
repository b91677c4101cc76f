import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userPoolType } from "../wire/user-pool-type.ts";

/** EstimatedNumberOfUsers is exact up to here and stays at it beyond: counting millions is not worth an estimate. */
const COUNT_CAP = 100_000;

export const describeUserPool: OperationHandler<"DescribeUserPool"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  return { UserPool: userPoolType(pool, await context.services.store.users.count(pool.key, COUNT_CAP)) };
};
