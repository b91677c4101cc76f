import { sendAttributeCode } from "../../domain/accounts/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import { callWith } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const getUserAttributeVerificationCode: OperationHandler<"GetUserAttributeVerificationCode"> = async (
  input,
  context,
) => {
  const { services } = context;
  const call = callWith(context, input.ClientMetadata);
  const bearer = await authenticateAccessToken(services, input.AccessToken);
  return { CodeDeliveryDetails: await sendAttributeCode(services, bearer, input.AttributeName, call) };
};
