import { groupNotFound } from "../../domain/errors.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

/** Succeeds for someone who is no member. */
export const adminRemoveUserFromGroup: OperationHandler<"AdminRemoveUserFromGroup"> = async (
  input,
  context,
) => {
  const { store } = context.services;
  const { pool, user } = await namedUser(context, input);
  if (!(await store.groups.find(pool.key, input.GroupName))) throw groupNotFound();
  await store.transaction(({ groups }) => groups.removeMember(pool.key, input.GroupName, user.key));
};
