import { administratorResetsPassword } from "../../domain/accounts/index.ts";
import { administratorsOccasion, namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminResetUserPassword: OperationHandler<"AdminResetUserPassword"> = async (input, context) => {
  const { pool, user } = await namedUser(context, input);
  await administratorResetsPassword(
    context.services,
    administratorsOccasion(context, pool, input.ClientMetadata),
    user,
  );
  return {};
};
