import { groupNotFound, invalidParameter, userDoesNotExist } from "../../domain/errors.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

/** Idempotent. */
export const adminAddUserToGroup: OperationHandler<"AdminAddUserToGroup"> = async (input, context) => {
  const { store, clock, quotas } = context.services;
  const { pool, user } = await namedUser(context, input);
  await store.transaction(async (repositories) => {
    if (!(await repositories.users.lock(user.key))) throw userDoesNotExist();
    if (!(await repositories.groups.lock(pool.key, input.GroupName))) throw groupNotFound();
    const groups = await repositories.groups.ofUser(user.key);
    if (groups.length >= quotas.groupsPerUser && !groups.some((group) => group.name === input.GroupName))
      throw invalidParameter(`A user can be in at most ${quotas.groupsPerUser} groups.`);
    await repositories.groups.addMember(pool.key, input.GroupName, user.key, clock.now());
  });
};
