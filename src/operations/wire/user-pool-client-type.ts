import type { UserPoolClientType } from "../../api/generated/shapes.ts";
import { type Client, openClientSecret } from "../../domain/clients/index.ts";
import type { Services } from "../../domain/services.ts";
import type { UserPool } from "../../domain/user-pools/index.ts";
import { timestamp } from "./timestamp.ts";

/**
 * The secret is shown in the clear, as AWS does, by create, describe and update alike: of two the older one, so that what is shown
 * changes when that one is deleted and not before.
 */
export function userPoolClientType(
  services: Pick<Services, "keyEncryptionKey">,
  pool: UserPool,
  client: Client,
): UserPoolClientType {
  const [secret] = client.secrets;
  return {
    UserPoolId: pool.id,
    ClientId: client.id,
    ...(secret ? { ClientSecret: openClientSecret(services, pool, client.id, secret) } : {}),
    ...client.settings,
    // The other type is of clients that registered themselves (DCR), which cannot happen here.
    ClientType: "REGULAR",
    LastModifiedDate: timestamp(client.modifiedAt),
    CreationDate: timestamp(client.createdAt),
  };
}
