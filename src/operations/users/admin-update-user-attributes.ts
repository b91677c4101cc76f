import { administratorUpdatesAttributes } from "../../domain/accounts/index.ts";
import { administratorsOccasion, namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminUpdateUserAttributes: OperationHandler<"AdminUpdateUserAttributes"> = async (
  input,
  context,
) => {
  const { pool, user } = await namedUser(context, input);
  const occasion = administratorsOccasion(context, pool, input.ClientMetadata);
  await administratorUpdatesAttributes(context.services, occasion, user, input.UserAttributes);
  return {};
};
