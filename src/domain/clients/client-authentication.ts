import type { KeyEncryptionKey } from "../../crypto/encryption-at-rest.ts";
import { digestsEqual } from "../../crypto/encryption-at-rest.ts";
import { secretHash } from "../../crypto/secret-hash.ts";
import { secretHashMismatch, secretHashMissing, secretHashParameterMissing } from "../errors.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { Client, StoredClientSecret } from "./client.ts";

/** Client secrets are opened with the key of their pool. */
export interface ClientKeys {
  readonly keyEncryptionKey: KeyEncryptionKey;
}

const place = (clientId: string, secretId: string): string => `client_secret|${clientId}|${secretId}`;

export function sealClientSecret(
  services: ClientKeys,
  pool: UserPool,
  clientId: string,
  secret: { id: string; value: string },
): Uint8Array {
  return services.keyEncryptionKey
    .dataKey(pool.id, pool.wrappedDataKey)
    .seal("client-secret", place(clientId, secret.id), Buffer.from(secret.value));
}

export function openClientSecret(
  services: ClientKeys,
  pool: UserPool,
  clientId: string,
  secret: StoredClientSecret,
): string {
  return services.keyEncryptionKey
    .dataKey(pool.id, pool.wrappedDataKey)
    .open("client-secret", place(clientId, secret.id), secret.sealed)
    .toString();
}

const equalTexts = (a: string, b: string): boolean => digestsEqual(Buffer.from(a), Buffer.from(b));

/** True when `given` is SECRET_HASH over one of the names with one of the client's secrets. */
export function secretHashMatches(
  services: ClientKeys,
  pool: UserPool,
  client: Client,
  given: string,
  usernames: readonly string[],
): boolean {
  return client.secrets.some((stored) => {
    const secret = openClientSecret(services, pool, client.id, stored);
    return usernames.some((username) => equalTexts(given, secretHash(secret, username, client.id)));
  });
}

/** True when `given` is one of the client's secrets. */
export function clientSecretMatches(
  services: ClientKeys,
  pool: UserPool,
  client: Client,
  given: string,
): boolean {
  return client.secrets.some((stored) =>
    equalTexts(given, openClientSecret(services, pool, client.id, stored)),
  );
}

/** Where the hash came from decides the words for a missing one: the SecretHash member or the SECRET_HASH parameter. */
export type SecretHashSource = "SecretHash" | "SECRET_HASH";

/**
 * A client that has a secret must prove it by SECRET_HASH over the username; a client without one need not.
 * @throws NotAuthorizedException when the hash is missing or wrong
 */
export function requireSecretHash(
  services: ClientKeys,
  pool: UserPool,
  client: Client,
  given: { readonly hash: string | undefined; readonly source: SecretHashSource },
  usernames: readonly string[],
): void {
  if (client.secrets.length === 0) return;
  if (!given.hash)
    throw given.source === "SecretHash"
      ? secretHashMissing(client.id)
      : secretHashParameterMissing(client.id);
  if (!secretHashMatches(services, pool, client, given.hash, usernames)) throw secretHashMismatch(client.id);
}
