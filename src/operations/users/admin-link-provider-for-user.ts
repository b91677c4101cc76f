import { linkProvider } from "../../domain/accounts/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { linkableProvider } from "./linkable-provider.ts";

export const adminLinkProviderForUser: OperationHandler<"AdminLinkProviderForUser"> = async (
  input,
  context,
) => {
  const pool = await namedPool(context, input.UserPoolId);
  const services = { ...context.services, findProvider: linkableProvider(context.services) };
  await linkProvider(services, pool, input.DestinationUser, input.SourceUser);
  return {};
};
