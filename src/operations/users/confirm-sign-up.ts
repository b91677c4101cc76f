import { confirmSignUp as confirmAccount } from "../../domain/accounts/index.ts";
import { requireClient } from "../../domain/clients/index.ts";
import { callWith } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userContext } from "../user-context.ts";

export const confirmSignUp: OperationHandler<"ConfirmSignUp"> = async (input, context) => {
  const { services } = context;
  const client = await requireClient(services.store, input.ClientId);
  const place = {
    ...client,
    userContext: userContext(context, client.client, input.UserContextData),
    call: callWith(context, input.ClientMetadata),
  };
  const Session = await confirmAccount(services, place, input);
  return Session === null ? {} : { Session };
};
