import { revokeUserSession } from "../../domain/tokens/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminRevokeUserSession: OperationHandler<"AdminRevokeUserSession"> = async (input, context) => {
  const { pool, user } = await namedUser(context, input);
  await revokeUserSession(context.services, pool, user, input.SessionId, null);
  return {};
};
