import type { LimitType } from "../../api/generated/shapes.ts";
import {
  defaultRate,
  provisionedLimit,
  type RequestCategory,
} from "../../domain/provisioned-limits/index.ts";
import type { OperationContext } from "../operation.ts";

/** A category's limit as it is now for the caller's account and region. */
export const limitOf = async (context: OperationContext, category: RequestCategory): Promise<LimitType> => ({
  LimitDefinition: { LimitClass: "API_CATEGORY", Attributes: { Category: category } },
  ProvisionedLimitValue: await provisionedLimit(context.services, context, category),
  FreeLimitValue: defaultRate(context.services, category),
});
