import type { Clock, Instant } from "../../runtime/clock.ts";
import type { Identifiers } from "../../runtime/identifiers.ts";
import {
  clientSecretNotFound,
  lastClientSecret,
  publicClientTakesNoSecret,
  resourceLimitExceeded,
} from "../errors.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { Client, StoredClientSecret } from "./client.ts";
import { type ClientKeys, sealClientSecret } from "./client-authentication.ts";

/** While one takes the place of the other, both are in force. */
const SECRETS_PER_CLIENT = 2;

type SecretServices = ClientKeys & { readonly clock: Clock };

/** `<client-id>--<epoch milliseconds>`, a moment later for a second secret of the same moment. */
function freeId(clientId: string, createdAt: Instant, secrets: readonly StoredClientSecret[]): string {
  let id: string;
  let moment: number = createdAt;
  do id = `${clientId}--${moment++}`;
  while (secrets.some((secret) => secret.id === id));
  return id;
}

/** @param secrets those that the client has already */
export function newClientSecret(
  services: SecretServices,
  pool: UserPool,
  clientId: string,
  value: string,
  secrets: readonly StoredClientSecret[] = [],
): StoredClientSecret {
  const createdAt = services.clock.now();
  const id = freeId(clientId, createdAt, secrets);
  return { id, sealed: sealClientSecret(services, pool, clientId, { id, value }), createdAt };
}

/** A secret that was added, with its value where this server chose it: the one time that it is told. */
export interface AddedSecret {
  readonly client: Client;
  readonly secret: StoredClientSecret;
  readonly generated: string | null;
}

/**
 * The client with another secret. Call it on a client that is locked: of several calls at once the last place goes to one.
 * @param given null to have one generated
 * @throws InvalidParameterException for a public client, LimitExceededException
 */
export function withAddedSecret(
  services: SecretServices & { readonly identifiers: Identifiers },
  pool: UserPool,
  client: Client,
  given: string | null,
): AddedSecret {
  if (client.secrets.length === 0) throw publicClientTakesNoSecret();
  if (client.secrets.length >= SECRETS_PER_CLIENT) throw resourceLimitExceeded("client secrets");
  const generated = given === null ? services.identifiers.clientSecret() : null;
  const secret = newClientSecret(services, pool, client.id, given ?? generated ?? "", client.secrets);
  const secrets = [...client.secrets, secret];
  return { client: { ...client, secrets, modifiedAt: services.clock.now() }, secret, generated };
}

/**
 * The client without the secret, which stops working at once.
 * @throws ResourceNotFoundException, InvalidParameterException for the last one
 */
export function withoutSecret(
  { clock }: { readonly clock: Clock },
  client: Client,
  secretId: string,
): Client {
  const secrets = client.secrets.filter(({ id }) => id !== secretId);
  if (secrets.length === client.secrets.length) throw clientSecretNotFound();
  if (secrets.length === 0) throw lastClientSecret();
  return { ...client, secrets, modifiedAt: clock.now() };
}
