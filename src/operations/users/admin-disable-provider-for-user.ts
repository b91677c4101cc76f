import { disableProvider } from "../../domain/accounts/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { linkableProvider } from "./linkable-provider.ts";

export const adminDisableProviderForUser: OperationHandler<"AdminDisableProviderForUser"> = async (
  input,
  context,
) => {
  const pool = await namedPool(context, input.UserPoolId);
  await disableProvider({ ...context.services, findProvider: linkableProvider }, pool, input.User);
  return {};
};
