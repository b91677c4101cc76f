import { deleteUser as removeAccount } from "../../domain/accounts/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";

export const deleteUser: OperationHandler<"DeleteUser"> = async (input, { services }) => {
  const { user } = await authenticateAccessToken(services, input.AccessToken);
  await removeAccount(services, user);
};
