import { signUp as signUpAccount } from "../../domain/accounts/index.ts";
import { requireClient } from "../../domain/clients/index.ts";
import { callWith, validationData } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userContext } from "../user-context.ts";

export const signUp: OperationHandler<"SignUp"> = async (input, context) => {
  const { services } = context;
  const client = await requireClient(services.store, input.ClientId);
  const call = {
    ...callWith(context, input.ClientMetadata),
    validationData: validationData(input.ValidationData),
  };
  const place = { ...client, userContext: userContext(context, client.client, input.UserContextData), call };
  const { user, delivery } = await signUpAccount(services, place, input);
  return {
    UserConfirmed: user.status === "CONFIRMED",
    ...(delivery ? { CodeDeliveryDetails: delivery } : {}),
    UserSub: user.sub,
  };
};
