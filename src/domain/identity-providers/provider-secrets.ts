import type { KeyEncryptionKey } from "../../crypto/encryption-at-rest.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { IdentityProvider, Texts } from "./identity-provider.ts";
import { PROVIDER_TYPES } from "./provider-types.ts";

/** The keys of ProviderDetails that are kept sealed. */
const SECRET_KEYS: ReadonlySet<string> = new Set(["client_secret", "private_key"]);
/** The one of them that is never shown again. */
const UNREADABLE_KEY = "private_key";

interface ProviderKeys {
  readonly keyEncryptionKey: KeyEncryptionKey;
}

type Named = Pick<IdentityProvider, "name" | "details" | "sealedSecrets">;

const dataKey = ({ keyEncryptionKey }: ProviderKeys, pool: UserPool) =>
  keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey);

const split = (details: Texts, secret: boolean): Texts =>
  Object.fromEntries(Object.entries(details).filter(([key]) => SECRET_KEYS.has(key) === secret));

/** The details as they are stored: the secrets apart, sealed under the pool's data key for this provider. */
export function sealDetails(
  services: ProviderKeys,
  pool: UserPool,
  providerName: string,
  details: Texts,
): Pick<IdentityProvider, "details" | "sealedSecrets"> {
  const secrets = split(details, true);
  const none = Object.keys(secrets).length === 0;
  return {
    details: split(details, false),
    sealedSecrets: none
      ? null
      : dataKey(services, pool).seal(
          "identity-provider-secrets",
          providerName,
          Buffer.from(JSON.stringify(secrets)),
        ),
  };
}

/** The details with their secrets: for calling the provider, never to be shown as they are. */
export function openDetails(services: ProviderKeys, pool: UserPool, provider: Named): Texts {
  if (!provider.sealedSecrets) return provider.details;
  const opened = dataKey(services, pool).open(
    "identity-provider-secrets",
    provider.name,
    provider.sealedSecrets,
  );
  return { ...provider.details, ...(JSON.parse(opened.toString()) as Texts) };
}

/** ProviderDetails as the API shows them: with the client's secret and the endpoints of the type, without the private key. */
export function shownDetails(
  services: ProviderKeys,
  pool: UserPool,
  provider: Named & Pick<IdentityProvider, "type">,
): Texts {
  const { [UNREADABLE_KEY]: _, ...details } = openDetails(services, pool, provider);
  return { ...details, ...PROVIDER_TYPES[provider.type].added(details) };
}
