import { ssoSessionConfiguration, withSsoSession } from "../../domain/clients/index.ts";
import { clientDoesNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const setUserPoolClientSessionConfiguration: OperationHandler<
  "SetUserPoolClientSessionConfiguration"
> = async (input, context) => {
  const { store, clock } = context.services;
  const pool = await namedPool(context, input.UserPoolId);
  return store.transaction(async ({ clients }) => {
    const client = await clients.lock(input.ClientId);
    if (!client || client.poolKey !== pool.key) throw clientDoesNotExist(input.ClientId);
    const changed = { ...withSsoSession(pool, client, input.SSOSession), modifiedAt: clock.now() };
    await clients.save(changed);
    return { UserPoolId: pool.id, ClientId: client.id, SSOSession: ssoSessionConfiguration(changed) };
  });
};
