import { verifyAttribute } from "../../domain/accounts/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";

export const verifyUserAttribute: OperationHandler<"VerifyUserAttribute"> = async (input, { services }) => {
  const bearer = await authenticateAccessToken(services, input.AccessToken);
  await verifyAttribute(services, bearer, input.AttributeName, input.Code);
  return {};
};
