export type { ServerKeys } from "./ports.ts";
export { loadServerKey, rewrapKeys } from "./server-keys.ts";
