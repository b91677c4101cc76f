import { categoryOf, provisionLimit } from "../../domain/provisioned-limits/index.ts";
import type { OperationHandler } from "../operation.ts";
import { limitOf } from "./limit.ts";

export const updateProvisionedLimit: OperationHandler<"UpdateProvisionedLimit"> = async (input, context) => {
  const category = categoryOf(input.LimitDefinition.Attributes);
  await provisionLimit(context.services, context, category, input.RequestedLimitValue);
  return { Limit: await limitOf(context, category) };
};
