import { groupNotFound } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { groupType } from "../wire/group-type.ts";

export const getGroup: OperationHandler<"GetGroup"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  const group = await context.services.store.groups.find(pool.key, input.GroupName);
  if (!group) throw groupNotFound();
  return { Group: groupType(pool, group) };
};
