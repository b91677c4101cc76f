export {
  allowsFlow,
  canonicalFlow,
  type Flow,
  requireClientTokenFlow,
  requireFlow,
} from "./allowed-flows.ts";
export type { Client, ClientSettings, StoredClientSecret } from "./client.ts";
export {
  clientSecretMatches,
  openClientSecret,
  requireSecretHash,
  secretHashMatches,
} from "./client-authentication.ts";
export { newClientSecret, withAddedSecret, withoutSecret } from "./client-secrets.ts";
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
export { ssoSessionConfiguration, withSsoSession } from "./session-configuration.ts";
export { type ClientValidity, clientValidity } from "./token-validity.ts";
