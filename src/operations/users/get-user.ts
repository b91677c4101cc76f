import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import { readableAttributes } from "../../domain/users/index.ts";
import type { OperationHandler } from "../operation.ts";
import { getUserResponse } from "../wire/user-type.ts";

export const getUser: OperationHandler<"GetUser"> = async (input, { services }) => {
  const { pool, client, user } = await authenticateAccessToken(services, input.AccessToken);
  return getUserResponse(user, readableAttributes(pool, client.settings.ReadAttributes, user.attributes));
};
