import { clientSecretMatches, requireClient } from "../../domain/clients/index.ts";
import { clientSecretMismatch } from "../../domain/errors.ts";
import { tokensFromRefreshToken } from "../../domain/tokens/index.ts";
import { callWith } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const getTokensFromRefreshToken: OperationHandler<"GetTokensFromRefreshToken"> = async (
  input,
  context,
) => {
  const { services, sourceIp, userAgent } = context;
  const { pool, client } = await requireClient(services.store, input.ClientId);
  if (client.secrets.length > 0 && !clientSecretMatches(services, pool, client, input.ClientSecret ?? ""))
    throw clientSecretMismatch(client.id);
  const call = callWith(context, input.ClientMetadata);
  const given = { token: input.RefreshToken, deviceKey: input.DeviceKey };
  const place = { pool, client, sourceIp, userAgent };
  return { AuthenticationResult: await tokensFromRefreshToken(services, place, given, call) };
};
