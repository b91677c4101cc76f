import {
  limitBelowDefault,
  limitNotAdjustable,
  limitNotFound,
  missingRequiredParameter,
  provisionedLimitTooHigh,
} from "../errors.ts";
import type { Services } from "../services.ts";
import type { LimitOwner } from "./ports.ts";
import { isRequestCategory, REQUEST_CATEGORIES, type RequestCategory } from "./request-category.ts";

/** In place of the account's maximum in Service Quotas. */
const HIGHEST = 10_000;

/**
 * The category that a LimitDefinition names.
 * @throws InvalidParameterException, ResourceNotFoundException
 */
export function categoryOf(attributes: Readonly<Record<string, string>>): RequestCategory {
  const name = attributes.Category;
  if (!name) throw missingRequiredParameter("Category");
  if (!isRequestCategory(name)) throw limitNotFound(name);
  return name;
}

/** The requests per second of a category that the account may make in the region: what it provisioned, else the default. */
export async function provisionedLimit(
  { store }: Pick<Services, "store">,
  owner: LimitOwner,
  category: RequestCategory,
): Promise<number> {
  const provisioned = await store.provisionedLimits.find(owner, category);
  return provisioned?.requestsPerSecond ?? REQUEST_CATEGORIES[category].byDefault;
}

/** @throws InvalidParameterException, ServiceQuotaExceededException */
export async function provisionLimit(
  { store, clock }: Pick<Services, "store" | "clock">,
  { region, accountId }: LimitOwner,
  category: RequestCategory,
  requestsPerSecond: number,
): Promise<void> {
  const { byDefault, adjustable } = REQUEST_CATEGORIES[category];
  if (!adjustable) throw limitNotAdjustable(category);
  if (requestsPerSecond < byDefault) throw limitBelowDefault(category, byDefault);
  if (requestsPerSecond > HIGHEST) throw provisionedLimitTooHigh(category, HIGHEST);
  const limit = { region, accountId, category, requestsPerSecond, modifiedAt: clock.now() };
  await store.transaction(({ provisionedLimits }) => provisionedLimits.put(limit));
}
