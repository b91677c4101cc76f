import { clientSecretMatches, requireClient, requireClientTokenFlow } from "../../domain/clients/index.ts";
import { clientSecretMismatch } from "../../domain/errors.ts";
import { issueClientToken } from "../../domain/tokens/index.ts";
import { callWith } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

/** The client proves itself before it learns what it may not do. */
export const getClientToken: OperationHandler<"GetClientToken"> = async (input, context) => {
  const { services } = context;
  const place = await requireClient(services.store, input.ClientId);
  const { pool, client } = place;
  if (!clientSecretMatches(services, pool, client, input.Secret)) throw clientSecretMismatch(client.id);
  requireClientTokenFlow(client.settings);
  const call = callWith(context, input.ClientMetadata);
  return { ClientAuthenticationResult: await issueClientToken(services, place, input.Scopes ?? [], call) };
};
