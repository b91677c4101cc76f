import type { Model } from "./model.ts";

/**
 * What the API's own documentation of GetClientToken says and neither the service description nor the SDK's schemas do: which flow a
 * client needs for it, and that the client's secret authorizes it in place of a signature. What the model has is left as it is.
 */
export function addDocumented(model: Model): void {
  const flows = model.shapes.ExplicitAuthFlowsType;
  if (flows?.enum && !flows.enum.includes("ALLOW_CLIENT_TOKEN_AUTH"))
    model.shapes.ExplicitAuthFlowsType = { ...flows, enum: [...flows.enum, "ALLOW_CLIENT_TOKEN_AUTH"] };
  const operation = model.operations.GetClientToken;
  if (operation) model.operations.GetClientToken = { authtype: "none", ...operation };
}
