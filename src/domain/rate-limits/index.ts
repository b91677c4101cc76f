export { canonicalAddress, subscriberOf } from "./client-address.ts";
export { nodeShares } from "./node-shares.ts";
export { operationCategories } from "./operation-categories.ts";
export type { NodeReport, RateNodes } from "./ports.ts";
export { type RatedUser, RateLimiter, type RateLimiterOptions, type RateSettings } from "./rate-limiter.ts";
export { RateTable } from "./rate-table.ts";
