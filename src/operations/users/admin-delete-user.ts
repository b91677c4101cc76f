import { deleteUser } from "../../domain/accounts/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminDeleteUser: OperationHandler<"AdminDeleteUser"> = async (input, context) => {
  const { user } = await namedUser(context, input);
  await deleteUser(context.services, user);
};
