import { pagedOperations } from "../../api/generated/command-line.ts";
import { inputShapes } from "../../api/generated/constraints.ts";
import { operations } from "../../api/generated/operations.ts";
import { outputShapes } from "../../api/generated/output-shapes.ts";
import { commandName, type OperationModel, type ServiceModel } from "./service-model.ts";

/** `cognito-idp`: every operation of the user-pool API. */
export const userPoolService: ServiceModel = {
  name: "cognito-idp",
  operations: new Map(
    Object.entries(operations).map(([name, { input, output, auth }]): [string, OperationModel] => [
      commandName(name),
      { name, input, output, unsigned: auth !== "sigv4", pages: pagedOperations[name] ?? null },
    ]),
  ),
  shapes: (side) => (side === "input" ? inputShapes : outputShapes),
  protocol: "json",
  endpointName: "COGNITO_IDENTITY_PROVIDER",
};
