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

/** The requests per second that an account has without asking for more: the operator's figure, else Cognito's. */
export const defaultRate = (
  { defaultRates }: Pick<Services, "defaultRates">,
  category: RequestCategory,
): number => defaultRates[category] ?? REQUEST_CATEGORIES[category].byDefault;

/** The requests per second of a category that the account may make in the region: what it provisioned, else the default. */
export async function provisionedLimit(
  { store, defaultRates }: Pick<Services, "store" | "defaultRates">,
  owner: LimitOwner,
  category: RequestCategory,
): Promise<number> {
  const provisioned = await store.provisionedLimits.find(owner, category);
  return provisioned?.requestsPerSecond ?? defaultRate({ defaultRates }, category);
}

/** @throws InvalidParameterException, ServiceQuotaExceededException */
export async function provisionLimit(
  { store, clock, defaultRates }: Pick<Services, "store" | "clock" | "defaultRates">,
  { region, accountId }: LimitOwner,
  category: RequestCategory,
  requestsPerSecond: number,
): Promise<void> {
  const byDefault = defaultRate({ defaultRates }, category);
  if (!REQUEST_CATEGORIES[category].adjustable) throw limitNotAdjustable(category);
  if (requestsPerSecond < byDefault) throw limitBelowDefault(category, byDefault);
  if (requestsPerSecond > HIGHEST) throw provisionedLimitTooHigh(category, HIGHEST);
  const limit = { region, accountId, category, requestsPerSecond, modifiedAt: clock.now() };
  await store.transaction(({ provisionedLimits }) => provisionedLimits.put(limit));
}
