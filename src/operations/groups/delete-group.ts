import { groupNotFound } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const deleteGroup: OperationHandler<"DeleteGroup"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  const { store } = context.services;
  if (!(await store.transaction(({ groups }) => groups.remove(pool.key, input.GroupName))))
    throw groupNotFound();
};
