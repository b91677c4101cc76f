import { sendAttributeCode } from "../../domain/accounts/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";

export const getUserAttributeVerificationCode: OperationHandler<"GetUserAttributeVerificationCode"> = async (
  input,
  { services },
) => {
  const bearer = await authenticateAccessToken(services, input.AccessToken);
  return { CodeDeliveryDetails: await sendAttributeCode(services, bearer, input.AttributeName) };
};
