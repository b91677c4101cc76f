import { forgotPassword as sendResetCode } from "../../domain/accounts/index.ts";
import { requireClient } from "../../domain/clients/index.ts";
import type { OperationHandler } from "../operation.ts";

export const forgotPassword: OperationHandler<"ForgotPassword"> = async (input, { services }) => {
  const place = await requireClient(services.store, input.ClientId);
  return { CodeDeliveryDetails: await sendResetCode(services, place, input) };
};
