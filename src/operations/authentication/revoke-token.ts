import { requireClient } from "../../domain/clients/index.ts";
import { clientDoesNotExist, invalidParameter, ServiceError } from "../../domain/errors.ts";
import { revokeToken as revokeRefreshToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";

/** The model declares no ResourceNotFoundException here: an unknown client is an invalid parameter. */
export const revokeToken: OperationHandler<"RevokeToken"> = async (input, { services }) => {
  const { pool, client } = await requireClient(services.store, input.ClientId).catch((refusal: unknown) => {
    throw refusal instanceof ServiceError
      ? invalidParameter(clientDoesNotExist(input.ClientId).message)
      : refusal;
  });
  await revokeRefreshToken(services, pool, client, input);
  return {};
};
