export type { ResourceServers } from "./ports.ts";
export type { ResourceServer, Scope } from "./resource-server.ts";
export { isBuiltInScope, scopesFrom, unknownScope } from "./scopes.ts";
