import { userPoolDoesNotExist } from "../../domain/errors.ts";
import { requireNoImport } from "../../domain/user-imports/index.ts";
import { updatedUserPool } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const updateUserPool: OperationHandler<"UpdateUserPool"> = async (input, context) => {
  const { store, clock } = context.services;
  await namedPool(context, input.UserPoolId);
  await store.transaction(async (repositories) => {
    const pool = await repositories.userPools.lock(input.UserPoolId);
    if (!pool) throw userPoolDoesNotExist(input.UserPoolId);
    await requireNoImport(repositories, pool);
    await repositories.userPools.save({ ...updatedUserPool(pool, input), modifiedAt: clock.now() });
  });
  return {};
};
