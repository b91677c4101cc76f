import type { Shape } from "../../api/generated/constraints.ts";
import { failure } from "./faults.ts";
import { shapeNamed } from "./service-model.ts";
import {
  characters,
  type Dictionary,
  isDictionary,
  isFloat,
  isList,
  isNumber,
  numberOf,
  plainText,
  typeName,
  type Value,
} from "./value.ts";

type Shapes = Readonly<Record<string, Shape>>;

/** Python's types for each kind of shape. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  string: ["str"],
  integer: ["int"],
  boolean: ["bool"],
  structure: ["dict"],
  map: ["dict"],
  list: ["list", "tuple"],
};

/**
 * Checks types, required and unknown members and lower bounds before anything is sent, as the SDK for Python does; all else is the
 * server's to check.
 * @throws CommandFault that lists all violations in that SDK's words
 */
export function checkParameters(shapes: Shapes, shapeName: string, parameters: Dictionary): void {
  const violations: string[] = [];
  check(shapes, shapeNamed(shapes, shapeName), parameters, "", violations);
  if (violations.length > 0) throw failure(`Parameter validation failed:\n${violations.join("\n")}`);
}

const nameOf = (path: string): string => (path === "" ? "input" : path.replace(/^\./, ""));

function check(shapes: Shapes, shape: Shape, value: Value, path: string, violations: string[]): void {
  if (!hasType(shape, value)) {
    violations.push(wrongType(shape, value, path));
    return;
  }
  switch (shape.type) {
    case "structure":
      checkMembers(shapes, shape, value as Dictionary, path, violations);
      break;
    case "list": {
      const list = value as readonly Value[];
      checkLength(list.length, shape.min, value, path, violations);
      const member = shapeNamed(shapes, shape.member);
      for (const [index, item] of list.entries())
        check(shapes, member, item, `${path}[${index}]`, violations);
      break;
    }
    case "map":
      for (const [key, item] of value as Dictionary) {
        check(shapes, shapeNamed(shapes, shape.key), key, `${path} (key: ${key})`, violations);
        check(shapes, shapeNamed(shapes, shape.value), item, `${path}.${key}`, violations);
      }
      break;
    case "string":
      checkLength(characters(value as string), shape.min, characters(value as string), path, violations);
      break;
    case "integer": {
      const number = isNumber(value) ? numberOf(value) : Number(value);
      if (shape.min !== undefined && number < shape.min)
        violations.push(
          `Invalid value for parameter ${nameOf(path)}, value: ${plainText(value)}, valid min value: ${shape.min}`,
        );
      break;
    }
    default:
      break;
  }
}

function checkMembers(
  shapes: Shapes,
  shape: Extract<Shape, { type: "structure" }>,
  value: Dictionary,
  path: string,
  violations: string[],
): void {
  for (const name of shape.required ?? [])
    if (!value.has(name)) violations.push(`Missing required parameter in ${nameOf(path)}: "${name}"`);
  for (const name of value.keys())
    if (!Object.hasOwn(shape.members, name))
      violations.push(
        `Unknown parameter in ${nameOf(path)}: "${name}", must be one of: ${Object.keys(shape.members).join(", ")}`,
      );
  for (const [name, item] of value) {
    const member = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
    if (member !== undefined) check(shapes, shapeNamed(shapes, member), item, `${path}.${name}`, violations);
  }
}

function checkLength(
  length: number,
  min: number | undefined,
  shown: Value,
  path: string,
  violations: string[],
): void {
  if (min === undefined || length >= min) return;
  const value = isList(shown) ? length : shown;
  violations.push(
    `Invalid length for parameter ${nameOf(path)}, value: ${plainText(value)}, valid min length: ${min}`,
  );
}

function hasType(shape: Shape, value: Value): boolean {
  switch (shape.type) {
    case "string":
      return typeof value === "string";
    case "integer":
      // True and false are integers in Python.
      return typeof value === "boolean" || (isNumber(value) && !isFloat(value));
    case "boolean":
      return typeof value === "boolean";
    case "list":
      return isList(value);
    case "map":
    case "structure":
      return isDictionary(value);
    case "blob":
      return typeof value === "string" || value instanceof Uint8Array;
    default:
      return true;
  }
}

function wrongType(shape: Shape, value: Value, path: string): string {
  const types =
    shape.type === "blob"
      ? ["<class 'bytes'>", "<class 'bytearray'>", "file-like object"]
      : (TYPES[shape.type] ?? []).map((type) => `<class '${type}'>`);
  const name = typeName(value);
  const type = name === "OrderedDict" ? "collections.OrderedDict" : name;
  return `Invalid type for parameter ${nameOf(path)}, value: ${plainText(value)}, type: <class '${type}'>, valid types: ${types.join(", ")}`;
}
