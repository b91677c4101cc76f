import { signOutEverywhere } from "../../domain/accounts/index.ts";
import type { OperationHandler } from "../operation.ts";
import { tokenHolder } from "../token-holder.ts";

export const globalSignOut: OperationHandler<"GlobalSignOut"> = async (input, context) => {
  const { user } = await tokenHolder(context, input.AccessToken);
  await signOutEverywhere(context.services, user);
  return {};
};
