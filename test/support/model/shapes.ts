import { inputShapes, type Shape } from "../../../src/api/generated/constraints.ts";
import { type OperationName, operationFacts } from "../../../src/api/operation.ts";

export type { Shape };
export type StringShape = Extract<Shape, { type: "string" }>;
export type StructureShape = Extract<Shape, { type: "structure" }>;

/** A shape of the model by its name. */
export function shapeOf(name: string): Shape {
  const shape = inputShapes[name];
  if (shape === undefined) throw new Error(`no shape ${name}`);
  return shape;
}

const EMPTY: StructureShape = { type: "structure", members: {} };

export function inputShapeOf(operation: OperationName): StructureShape {
  const name = operationFacts[operation].input;
  if (name === null) return EMPTY;
  const shape = shapeOf(name);
  if (shape.type !== "structure") throw new Error(`${name} is not a structure`);
  return shape;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Characters as the model counts them: code points. */
export const lengthOf = (text: string): number => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};

/** What of the model's patterns the service does not enforce as published (seen on live answers); null for no pattern at all. */
const SERVED_PATTERNS: Readonly<Record<string, { text: string; expression: RegExp } | null>> = {
  CompletionMessageType: null,
  DomainType: null,
  EmailMfaSubjectType: null,
  PasswordType: {
    text: "^[\\S]+.*[\\S]+$",
    // The same, or nothing: an empty password means that there is none.
    expression: /^(?:[^ \t\n\v\f\r]+[^\n\r\u0085\u2028\u2029]*[^ \t\n\v\f\r]+)?$/u,
  },
};
const patterns = new Map<string, { text: string; expression: RegExp } | null>();

/** The pattern that texts of this shape have to match, and how a sentence quotes it. */
export function patternOf(name: string): { readonly text: string; readonly expression: RegExp } | null {
  let pattern = SERVED_PATTERNS[name] ?? patterns.get(name);
  if (pattern !== undefined || name in SERVED_PATTERNS) return pattern ?? null;
  const shape = shapeOf(name);
  pattern =
    shape.type !== "string" || shape.pattern === undefined || shape.expression === undefined
      ? null
      : { text: shape.pattern, expression: new RegExp(shape.expression, "u") };
  patterns.set(name, pattern);
  return pattern;
}
