import { groupAlreadyExists, resourceLimitExceeded, userPoolDoesNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { groupType } from "../wire/group-type.ts";

export const createGroup: OperationHandler<"CreateGroup"> = async (input, context) => {
  const { store, clock, quotas } = context.services;
  const pool = await namedPool(context, input.UserPoolId);
  const now = clock.now();
  const group = {
    poolKey: pool.key,
    name: input.GroupName,
    description: input.Description ?? null,
    roleArn: input.RoleArn ?? null,
    precedence: input.Precedence ?? null,
    createdAt: now,
    modifiedAt: now,
  };
  await store.transaction(async (repositories) => {
    // Counting holds only while nobody else adds one.
    if (!(await repositories.userPools.lock(pool.id))) throw userPoolDoesNotExist(pool.id);
    const most = quotas.groupsPerPool;
    if ((await repositories.groups.count(pool.key, most)) >= most) throw resourceLimitExceeded("groups");
    if (!(await repositories.groups.insert(group))) throw groupAlreadyExists();
  });
  return { Group: groupType(pool, group) };
};
