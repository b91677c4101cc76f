import { userPoolDoesNotExist } from "../../domain/errors.ts";
import { withSessionConfiguration } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const setUserPoolSessionConfiguration: OperationHandler<"SetUserPoolSessionConfiguration"> = async (
  input,
  context,
) => {
  const { store, clock } = context.services;
  await namedPool(context, input.UserPoolId);
  return store.transaction(async ({ userPools }) => {
    const pool = await userPools.lock(input.UserPoolId);
    if (!pool) throw userPoolDoesNotExist(input.UserPoolId);
    const changed = { ...withSessionConfiguration(pool, input), modifiedAt: clock.now() };
    await userPools.save(changed);
    return { UserPoolId: pool.id, ...changed.sessions };
  });
};
