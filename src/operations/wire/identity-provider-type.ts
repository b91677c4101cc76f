import type { IdentityProviderType } from "../../api/generated/shapes.ts";
import { type IdentityProvider, shownDetails } from "../../domain/identity-providers/index.ts";
import type { Services } from "../../domain/services.ts";
import type { UserPool } from "../../domain/user-pools/index.ts";
import { timestamp } from "./timestamp.ts";

/** A client secret is shown in the clear, as AWS does; a private key never. Unset identifiers are an empty list. */
export const identityProviderType = (
  services: Pick<Services, "keyEncryptionKey">,
  pool: UserPool,
  provider: IdentityProvider,
): IdentityProviderType => ({
  UserPoolId: pool.id,
  ProviderName: provider.name,
  ProviderType: provider.type,
  ProviderDetails: { ...shownDetails(services, pool, provider) },
  AttributeMapping: { ...provider.attributeMapping },
  IdpIdentifiers: [...provider.identifiers],
  ...(provider.acrMapping === null ? {} : { AcrMapping: { ...provider.acrMapping } }),
  LastModifiedDate: timestamp(provider.modifiedAt),
  CreationDate: timestamp(provider.createdAt),
});
