import { deletionProtected, poolHasDomain } from "../../domain/errors.ts";
import { requireNoImport } from "../../domain/user-imports/index.ts";
import { hasDomain } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const deleteUserPool: OperationHandler<"DeleteUserPool"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  await context.services.store.transaction(async (repositories) => {
    const current = await repositories.userPools.lock(pool.id);
    if (current?.settings.DeletionProtection === "ACTIVE") throw deletionProtected();
    if (current && hasDomain(current)) throw poolHasDomain();
    await requireNoImport(repositories, pool);
    await repositories.userPools.remove(pool.key);
  });
};
