import { changePassword as changeOwnPassword } from "../../domain/accounts/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";

export const changePassword: OperationHandler<"ChangePassword"> = async (input, { services }) => {
  await changeOwnPassword(services, await authenticateAccessToken(services, input.AccessToken), input);
  return {};
};
