import { administratorUpdatesAttributes } from "../../domain/accounts/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminUpdateUserAttributes: OperationHandler<"AdminUpdateUserAttributes"> = async (
  input,
  context,
) => {
  const { pool, user } = await namedUser(context, input);
  await administratorUpdatesAttributes(context.services, pool, user, input.UserAttributes);
  return {};
};
