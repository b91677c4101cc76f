import { requireClientOf } from "../../domain/clients/index.ts";
import { clientDoesNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const deleteUserPoolClient: OperationHandler<"DeleteUserPoolClient"> = async (input, context) => {
  const { store } = context.services;
  const pool = await namedPool(context, input.UserPoolId);
  await requireClientOf(store, pool, input.ClientId);
  if (!(await store.transaction(({ clients }) => clients.remove(input.ClientId))))
    throw clientDoesNotExist(input.ClientId);
};
