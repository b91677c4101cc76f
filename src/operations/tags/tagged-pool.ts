import { resourceDoesNotExist } from "../../domain/errors.ts";
import { type UserPool, userPoolArn } from "../../domain/user-pools/index.ts";
import type { OperationContext } from "../operation.ts";

const USER_POOL_ARN = /^arn:[\w-]+:cognito-idp:[\w-]+:\d+:userpool\/([\w-]+)$/;

/**
 * The pool that an ARN names: user pools are the only resources with tags.
 * @throws ResourceNotFoundException, also for a pool of another region or account than the caller's
 */
export async function taggedPool(context: OperationContext, arn: string): Promise<UserPool> {
  const { services, region, accountId } = context;
  const id = USER_POOL_ARN.exec(arn)?.[1];
  const pool = id === undefined ? null : await services.store.userPools.find(id);
  const isHere = pool?.region === region && pool.accountId === accountId;
  if (!isHere || userPoolArn(pool) !== arn) throw resourceDoesNotExist(arn);
  return pool;
}

/** Changes the tags under the pool's lock, so that of several who do so at once nobody undoes the other. */
export async function changeTags(
  context: OperationContext,
  arn: string,
  change: (tags: Readonly<Record<string, string>>) => Record<string, string>,
): Promise<void> {
  const { id } = await taggedPool(context, arn);
  await context.services.store.transaction(async (repositories) => {
    const pool = await repositories.userPools.lock(id);
    if (!pool) throw resourceDoesNotExist(arn);
    const UserPoolTags = change(pool.settings.UserPoolTags ?? {});
    await repositories.userPools.save({ ...pool, settings: { ...pool.settings, UserPoolTags } });
  });
}
