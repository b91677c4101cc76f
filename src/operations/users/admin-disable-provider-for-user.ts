import { disableProvider } from "../../domain/accounts/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { linkableProvider } from "./linkable-provider.ts";

export const adminDisableProviderForUser: OperationHandler<"AdminDisableProviderForUser"> = async (
  input,
  context,
) => {
  const pool = await namedPool(context, input.UserPoolId);
  const services = { ...context.services, findProvider: linkableProvider(context.services) };
  await disableProvider(services, pool, input.User);
  return {};
};
