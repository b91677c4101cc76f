export type { LimitOwner, ProvisionedLimit, ProvisionedLimits } from "./ports.ts";
export { categoryOf, defaultRate, provisionedLimit, provisionLimit } from "./provisioned-limits.ts";
export { isRequestCategory, REQUEST_CATEGORIES, type RequestCategory } from "./request-category.ts";
