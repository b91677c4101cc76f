import { categoryOf } from "../../domain/provisioned-limits/index.ts";
import type { OperationHandler } from "../operation.ts";
import { limitOf } from "./limit.ts";

export const getProvisionedLimit: OperationHandler<"GetProvisionedLimit"> = async (input, context) => ({
  Limit: await limitOf(context, categoryOf(input.LimitDefinition.Attributes)),
});
