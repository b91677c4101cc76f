export type { IdentityProvider, Texts } from "./identity-provider.ts";
export type { IdentityProviders, StoreProviderResult } from "./ports.ts";
export { openDetails, sealDetails, shownDetails } from "./provider-secrets.ts";
export { newProviderSettings, updatedProviderSettings } from "./provider-settings.ts";
export { type SamlMetadata, samlMetadata } from "./saml-metadata.ts";
