import { setMfaOptions } from "../../domain/accounts/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminSetUserSettings: OperationHandler<"AdminSetUserSettings"> = async (input, context) => {
  const { pool, user } = await namedUser(context, input);
  await setMfaOptions(context.services, pool, user, input.MFAOptions);
  return {};
};
