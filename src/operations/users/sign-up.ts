import { signUp as signUpAccount } from "../../domain/accounts/index.ts";
import { requireClient } from "../../domain/clients/index.ts";
import type { OperationHandler } from "../operation.ts";

export const signUp: OperationHandler<"SignUp"> = async (input, { services }) => {
  const place = await requireClient(services.store, input.ClientId);
  const { user, delivery } = await signUpAccount(services, place, input);
  return {
    UserConfirmed: user.status === "CONFIRMED",
    ...(delivery ? { CodeDeliveryDetails: delivery } : {}),
    UserSub: user.sub,
  };
};
