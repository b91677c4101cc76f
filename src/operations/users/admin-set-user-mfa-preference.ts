import { setMfaPreference } from "../../domain/accounts/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminSetUserMfaPreference: OperationHandler<"AdminSetUserMFAPreference"> = async (
  input,
  context,
) => {
  const { pool, user } = await namedUser(context, input);
  await setMfaPreference(context.services, pool, user, input);
  return {};
};
