export { allowsFlow, canonicalFlow, type Flow, requireFlow } from "./allowed-flows.ts";
export type { Client, ClientSettings, StoredClientSecret } from "./client.ts";
export {
  clientSecretMatches,
  openClientSecret,
  requireSecretHash,
  sealClientSecret,
  secretHashMatches,
} from "./client-authentication.ts";
export { newClientSettings, updatedClientSettings } from "./client-settings.ts";
export {
  hidesUserExistence,
  type Place,
  requireClient,
  requireClientOf,
  requirePool,
} from "./find-client.ts";
export { requireNamedResources } from "./named-resources.ts";
export type { Clients } from "./ports.ts";
export { type ClientValidity, clientValidity } from "./token-validity.ts";
