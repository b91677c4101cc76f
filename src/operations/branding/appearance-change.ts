import { userPoolDoesNotExist } from "../../domain/errors.ts";
import type { Repositories } from "../../domain/store.ts";
import type { UserPool } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationContext } from "../operation.ts";

/**
 * Changes what belongs to the appearance of a pool's pages, under the pool's lock: limits and names hold on every node.
 * @throws ResourceNotFoundException, also for a pool of another region or account
 */
export async function changeAppearance<T>(
  context: OperationContext,
  userPoolId: string,
  change: (repositories: Repositories, pool: UserPool) => Promise<T>,
): Promise<T> {
  await namedPool(context, userPoolId);
  return context.services.store.transaction(async (repositories) => {
    const pool = await repositories.userPools.lock(userPoolId);
    if (!pool) throw userPoolDoesNotExist(userPoolId);
    return change(repositories, pool);
  });
}
