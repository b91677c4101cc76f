import { deleteAttributes } from "../../domain/accounts/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";

export const deleteUserAttributes: OperationHandler<"DeleteUserAttributes"> = async (input, { services }) => {
  const { pool, client, user } = await authenticateAccessToken(services, input.AccessToken);
  const writer = { kind: "user", writable: client.settings.WriteAttributes } as const;
  await deleteAttributes(services, pool, user, input.UserAttributeNames, writer);
  return {};
};
