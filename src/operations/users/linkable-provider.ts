import type { FindLinkableProvider } from "../../domain/accounts/index.ts";
import { samlMetadata } from "../../domain/identity-providers/index.ts";
import type { Services } from "../../domain/services.ts";

/** The pool's identity provider, with its entity ID where SAML metadata tell it. */
export const linkableProvider =
  ({ store }: Pick<Services, "store">): FindLinkableProvider =>
  async (pool, name) => {
    const provider = await store.identityProviders.find(pool.key, name);
    if (!provider) return null;
    const { MetadataFile } = provider.details;
    const issuer = MetadataFile === undefined ? null : (samlMetadata(MetadataFile)?.entityId ?? null);
    return { type: provider.type, issuer };
  };
