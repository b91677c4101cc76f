import { signOutEverywhere } from "../../domain/accounts/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";

export const globalSignOut: OperationHandler<"GlobalSignOut"> = async (input, { services }) => {
  const { user } = await authenticateAccessToken(services, input.AccessToken);
  await signOutEverywhere(services, user);
  return {};
};
