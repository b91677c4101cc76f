import { forgotPassword as sendResetCode } from "../../domain/accounts/index.ts";
import { requireClient } from "../../domain/clients/index.ts";
import { callWith } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userContext } from "../user-context.ts";

export const forgotPassword: OperationHandler<"ForgotPassword"> = async (input, context) => {
  const { services } = context;
  const client = await requireClient(services.store, input.ClientId);
  const call = callWith(context, input.ClientMetadata);
  const place = { ...client, userContext: userContext(context, client.client, input.UserContextData), call };
  return { CodeDeliveryDetails: await sendResetCode(services, place, input) };
};
