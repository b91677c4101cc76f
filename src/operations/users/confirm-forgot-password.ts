import { confirmForgotPassword as confirmReset } from "../../domain/accounts/index.ts";
import { requireClient } from "../../domain/clients/index.ts";
import { callWith } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userContext } from "../user-context.ts";

export const confirmForgotPassword: OperationHandler<"ConfirmForgotPassword"> = async (input, context) => {
  const { services } = context;
  const client = await requireClient(services.store, input.ClientId);
  const place = {
    ...client,
    userContext: userContext(context, client.client, input.UserContextData),
    call: callWith(context, input.ClientMetadata),
  };
  await confirmReset(services, place, input);
  return {};
};
