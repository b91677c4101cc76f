import { confirmSignUp as confirmAccount } from "../../domain/accounts/index.ts";
import { requireClient } from "../../domain/clients/index.ts";
import type { OperationHandler } from "../operation.ts";

export const confirmSignUp: OperationHandler<"ConfirmSignUp"> = async (input, { services }) => {
  const Session = await confirmAccount(services, await requireClient(services.store, input.ClientId), input);
  return Session === null ? {} : { Session };
};
