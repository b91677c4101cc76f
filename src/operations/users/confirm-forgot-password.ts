import { confirmForgotPassword as confirmReset } from "../../domain/accounts/index.ts";
import { requireClient } from "../../domain/clients/index.ts";
import type { OperationHandler } from "../operation.ts";

export const confirmForgotPassword: OperationHandler<"ConfirmForgotPassword"> = async (
  input,
  { services },
) => {
  await confirmReset(services, await requireClient(services.store, input.ClientId), input);
  return {};
};
