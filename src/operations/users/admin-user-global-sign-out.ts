import { signOutEverywhere } from "../../domain/accounts/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminUserGlobalSignOut: OperationHandler<"AdminUserGlobalSignOut"> = async (input, context) => {
  const { user } = await namedUser(context, input);
  await signOutEverywhere(context.services, user);
  return {};
};
