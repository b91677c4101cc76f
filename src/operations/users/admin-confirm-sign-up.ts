import { administratorConfirmsSignUp } from "../../domain/accounts/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminConfirmSignUp: OperationHandler<"AdminConfirmSignUp"> = async (input, context) => {
  const { user } = await namedUser(context, input);
  await administratorConfirmsSignUp(context.services, user);
  return {};
};
