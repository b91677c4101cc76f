import { administratorConfirmsSignUp } from "../../domain/accounts/index.ts";
import { administratorsOccasion, namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminConfirmSignUp: OperationHandler<"AdminConfirmSignUp"> = async (input, context) => {
  const { pool, user } = await namedUser(context, input);
  await administratorConfirmsSignUp(
    context.services,
    administratorsOccasion(context, pool, input.ClientMetadata),
    user,
  );
  return {};
};
