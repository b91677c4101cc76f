import { administratorResetsPassword } from "../../domain/accounts/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminResetUserPassword: OperationHandler<"AdminResetUserPassword"> = async (input, context) => {
  const { pool, user } = await namedUser(context, input);
  await administratorResetsPassword(context.services, pool, user);
  return {};
};
