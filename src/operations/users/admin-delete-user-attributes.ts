import { deleteAttributes } from "../../domain/accounts/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminDeleteUserAttributes: OperationHandler<"AdminDeleteUserAttributes"> = async (
  input,
  context,
) => {
  const { pool, user } = await namedUser(context, input);
  await deleteAttributes(context.services, pool, user, input.UserAttributeNames, { kind: "administrator" });
  return {};
};
