import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { adminGetUserResponse } from "../wire/user-type.ts";

export const adminGetUser: OperationHandler<"AdminGetUser"> = async (input, context) => {
  const { user } = await namedUser(context, input);
  return adminGetUserResponse(user);
};
