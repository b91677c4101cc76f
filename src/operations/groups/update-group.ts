import { groupNotFound } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { groupType } from "../wire/group-type.ts";

/** Omitted members stay as they are. */
export const updateGroup: OperationHandler<"UpdateGroup"> = async (input, context) => {
  const { store, clock } = context.services;
  const pool = await namedPool(context, input.UserPoolId);
  return store.transaction(async (repositories) => {
    const group = await repositories.groups.lock(pool.key, input.GroupName);
    if (!group) throw groupNotFound();
    const changed = {
      ...group,
      description: input.Description ?? group.description,
      roleArn: input.RoleArn ?? group.roleArn,
      precedence: input.Precedence ?? group.precedence,
      modifiedAt: clock.now(),
    };
    await repositories.groups.save(changed);
    return { Group: groupType(pool, changed) };
  });
};
