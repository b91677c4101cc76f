import { administratorSetsPassword } from "../../domain/accounts/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

/** Permanent → CONFIRMED; otherwise, also when omitted, a temporary password → FORCE_CHANGE_PASSWORD. */
export const adminSetUserPassword: OperationHandler<"AdminSetUserPassword"> = async (input, context) => {
  const { pool, user } = await namedUser(context, input);
  const permanence = input.Permanent ? "permanent" : "temporary";
  await administratorSetsPassword(context.services, pool, user, input.Password, permanence);
  return {};
};
