import { userUpdatesAttributes } from "../../domain/accounts/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";

export const updateUserAttributes: OperationHandler<"UpdateUserAttributes"> = async (input, { services }) => {
  const bearer = await authenticateAccessToken(services, input.AccessToken);
  return { CodeDeliveryDetailsList: await userUpdatesAttributes(services, bearer, input.UserAttributes) };
};
