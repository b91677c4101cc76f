import { requireClientOf, ssoSessionConfiguration } from "../../domain/clients/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const getUserPoolClientSessionConfiguration: OperationHandler<
  "GetUserPoolClientSessionConfiguration"
> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  const client = await requireClientOf(context.services.store, pool, input.ClientId);
  return { UserPoolId: pool.id, ClientId: client.id, SSOSession: ssoSessionConfiguration(client) };
};
