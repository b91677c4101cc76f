export type { LimitOwner, ProvisionedLimit, ProvisionedLimits } from "./ports.ts";
export { categoryOf, provisionedLimit, provisionLimit } from "./provisioned-limits.ts";
export { REQUEST_CATEGORIES, type RequestCategory } from "./request-category.ts";
