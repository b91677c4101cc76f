import { requireClientOf } from "../../domain/clients/index.ts";
import { pagePosition } from "../../domain/paging/page-token.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { clientSecretDescriptor } from "../wire/client-secret-descriptor.ts";

/** Both secrets are one page, so that any token for another is none of ours. */
export const listUserPoolClientSecrets: OperationHandler<"ListUserPoolClientSecrets"> = async (
  input,
  context,
) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  const { secrets } = await requireClientOf(services.store, pool, input.ClientId);
  pagePosition(services, ["ListUserPoolClientSecrets"], input.NextToken);
  return { ClientSecrets: secrets.map(clientSecretDescriptor) };
};
