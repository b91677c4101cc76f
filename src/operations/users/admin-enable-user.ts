import { setEnabled } from "../../domain/accounts/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminEnableUser: OperationHandler<"AdminEnableUser"> = async (input, context) => {
  const { user } = await namedUser(context, input);
  await setEnabled(context.services, user, "enabled");
  return {};
};
