import { withoutSecret } from "../../domain/clients/index.ts";
import { clientDoesNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const deleteUserPoolClientSecret: OperationHandler<"DeleteUserPoolClientSecret"> = async (
  input,
  context,
) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  await services.store.transaction(async ({ clients }) => {
    const client = await clients.lock(input.ClientId);
    if (!client || client.poolKey !== pool.key) throw clientDoesNotExist(input.ClientId);
    await clients.save(withoutSecret(services, client, input.ClientSecretId));
  });
  return {};
};
