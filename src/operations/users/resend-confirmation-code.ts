import { resendConfirmationCode as resendCode } from "../../domain/accounts/index.ts";
import { requireClient } from "../../domain/clients/index.ts";
import type { OperationHandler } from "../operation.ts";

export const resendConfirmationCode: OperationHandler<"ResendConfirmationCode"> = async (
  input,
  { services },
) => {
  const place = await requireClient(services.store, input.ClientId);
  return { CodeDeliveryDetails: await resendCode(services, place, input) };
};
