import { type OperationFacts, operations } from "./generated/operations.ts";
import type { OperationTypes } from "./generated/shapes.ts";

/** One of the API's operations, by the name that follows the prefix in X-Amz-Target. */
export type OperationName = keyof OperationTypes;

/** The validated input of an operation, in the wire's shape. */
export type Input<N extends OperationName> = OperationTypes[N]["input"];

/** The answer of an operation, in the wire's shape; void where the answer has no body. */
export type Output<N extends OperationName> = OperationTypes[N]["output"];

/** The exception names that the model declares for an operation. */
export type ErrorOf<N extends OperationName> = (typeof operations)[N]["errors"][number];

export const operationNames = Object.keys(operations) as readonly OperationName[];

/** What the model says of an operation besides its shapes. */
export const operationFacts: { readonly [N in OperationName]: OperationFacts } = operations;

export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}
