/**
 * What the service answers to an input before any operation runs, worked out from the model's table and the observed sentences
 * alone: nothing here calls the server's own decoder or validator.
 */
import type { OperationName } from "../../../src/api/operation.ts";
import {
  inputShapeOf,
  isObject,
  lengthOf,
  patternOf,
  type Shape,
  type StructureShape,
  shapeOf,
} from "./shapes.ts";

export type Refusal =
  /** A member has another JSON type. `texts` are the sentences of all such members, of which the answer has one. */
  | { readonly code: "SerializationException"; readonly texts: readonly string[] }
  /** Every violation of a constraint, one sentence each. */
  | { readonly code: "InvalidParameterException"; readonly sentences: readonly string[] };

/** Null when the input is well-formed, so that the operation itself answers. `input` is what the body's JSON says. */
export function expectedRefusal(operation: OperationName, input: unknown): Refusal | null {
  const shape = inputShapeOf(operation);
  if (!isObject(input)) return { code: "SerializationException", texts: [""] };
  const texts: string[] = [];
  typesOfMembers(shape, input, texts);
  if (texts.length > 0) return { code: "SerializationException", texts };
  const sentences: string[] = [];
  checkMembers(shape, input, { path: "", isHidden: false, sentences });
  return sentences.length > 0 ? { code: "InvalidParameterException", sentences } : null;
}

/** The message of an InvalidParameterException, as far as it can be foreseen: the order of its sentences cannot. */
export const countPhrase = (count: number): string =>
  `${count} validation error${count === 1 ? "" : "s"} detected: `;

// Types

const NAMES = {
  string: "a String",
  integer: "an Integer",
  boolean: "a Boolean",
  timestamp: "a Timestamp",
  blob: "a Blob",
  list: "a List",
  map: "a Map",
  structure: "a Structure",
} as const;
const DEEPEST_DOCUMENT = 64;

function typesOfMembers(shape: StructureShape, value: Record<string, unknown>, texts: string[]): void {
  for (const [name, memberShape] of Object.entries(shape.members))
    if (Object.hasOwn(value, name)) typesOf(memberShape, value[name], texts);
}

function typesOf(name: string, value: unknown, texts: string[]): void {
  // Null is the same as absent; inside a list it is a value that must not be null.
  if (value === null) return;
  const shape = shapeOf(name);
  if (shape.type === "document") {
    if (depthOf(value) > DEEPEST_DOCUMENT) texts.push("Document is nested too deeply");
    return;
  }
  if (!hasType(shape, value)) {
    texts.push(conversion(value, NAMES[shape.type]));
    return;
  }
  if (shape.type === "blob" && Buffer.from(value as string, "base64").toString("base64") !== value)
    texts.push("STRING_VALUE is not valid base64");
  if (shape.type === "structure") typesOfMembers(shape, value as Record<string, unknown>, texts);
  if (shape.type === "list") for (const element of value as unknown[]) typesOf(shape.member, element, texts);
  if (shape.type === "map")
    for (const entry of Object.values(value as object)) typesOf(shape.value, entry, texts);
}

function hasType(shape: Exclude<Shape, { type: "document" }>, value: unknown): boolean {
  switch (shape.type) {
    case "string":
    case "blob":
      return typeof value === "string";
    case "integer":
      return Number.isSafeInteger(value);
    case "timestamp":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "list":
      return Array.isArray(value);
    case "map":
    case "structure":
      return isObject(value);
    default:
      return true;
  }
}

function conversion(value: unknown, wanted: string): string {
  if (Array.isArray(value)) return "Start of list found where not expected";
  if (isObject(value)) return "Start of structure or map found where not expected";
  const token = typeof value === "boolean" ? String(value).toUpperCase() : (typeof value).toUpperCase();
  return `${token}_VALUE can not be converted to ${wanted}`;
}

const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map((child) => depthOf(child)))
    : 0;

// Constraints

interface Place {
  readonly path: string;
  /** True inside what the model calls sensitive: sentences name the member and do not print its value. */
  readonly isHidden: boolean;
  readonly sentences: string[];
}

/** Sensitive in the public model, yet seen printed. */
const PRINTED = ["ClientIdType", "SoftwareTokenMFAUserCodeType"];
const isSensitive = (name: string): boolean => {
  const shape = shapeOf(name);
  return "sensitive" in shape && shape.sensitive === true && !PRINTED.includes(name);
};
/** What is not a text has no form to be printed in, and neither has what holds such. */
const isUnprintable = (name: string): boolean => shapeOf(name).type !== "string" || isSensitive(name);

/** Characters of a value that a sentence repeats. */
const REPEATED = 1024;
const quoted = (text: string): string =>
  text.length > REPEATED ? `'${text.slice(0, REPEATED)}...'` : `'${text}'`;

function violate({ path, isHidden, sentences }: Place, value: string | null, requirement: string): void {
  const shown = value === null ? "null " : isHidden ? "" : `${quoted(value)} `;
  sentences.push(`Value ${shown}at '${path}' failed to satisfy constraint: ${requirement}`);
}

const NOT_NULL = "Member must not be null";

function checkMembers(shape: StructureShape, value: Record<string, unknown>, place: Place): void {
  for (const [name, memberShape] of Object.entries(shape.members)) {
    const label = name.charAt(0).toLowerCase() + name.slice(1);
    const inner = { ...place, path: place.path === "" ? label : `${place.path}.${label}` };
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    if (member !== undefined && member !== null) checkValue(memberShape, member, inner);
    else if (shape.required?.includes(name)) violate(inner, null, NOT_NULL);
  }
}

function checkValue(name: string, value: unknown, outer: Place): void {
  const shape = shapeOf(name);
  const place = { ...outer, isHidden: outer.isHidden || isSensitive(name) };
  switch (shape.type) {
    case "string": {
      const text = value as string;
      for (const requirement of unmet(name, text)) violate(place, text, requirement);
      return;
    }
    case "integer":
      for (const requirement of boundsUnmet(shape, value as number, "value"))
        violate(place, String(value), requirement);
      return;
    case "blob": {
      const bytes = Buffer.from(value as string, "base64").byteLength;
      for (const requirement of boundsUnmet(shape, bytes, "length"))
        violate({ ...place, isHidden: true }, "", requirement);
      return;
    }
    case "structure":
      checkMembers(shape, value as Record<string, unknown>, place);
      return;
    case "list":
      checkList(shape, value as unknown[], place);
      return;
    case "map":
      checkMap(shape, value as Record<string, unknown>, place);
      return;
  }
}

function checkList(shape: Extract<Shape, { type: "list" }>, list: readonly unknown[], outer: Place): void {
  const place = { ...outer, isHidden: outer.isHidden || isUnprintable(shape.member) };
  const whole = place.isHidden ? "" : `[${list.map(String).join(", ")}]`;
  for (const requirement of boundsUnmet(shape, list.length, "length")) violate(place, whole, requirement);
  if (shapeOf(shape.member).type === "string") {
    const isMet = (element: unknown) =>
      typeof element === "string" && unmet(shape.member, element).length === 0;
    if (list.every(isMet)) return;
    const all = [...requirementsOf(shape.member), ...(list.includes(null) ? [NOT_NULL] : [])];
    violate(place, whole, `Member must satisfy constraint: [${all.join(", ")}]`);
    return;
  }
  if (list.length > (shape.max ?? Number.POSITIVE_INFINITY)) return;
  list.forEach((element, i) => {
    const inner = { ...outer, path: `${outer.path}.${i + 1}.member` };
    if (element === null) violate(inner, null, NOT_NULL);
    else checkValue(shape.member, element, inner);
  });
}

function checkMap(
  shape: Extract<Shape, { type: "map" }>,
  given: Record<string, unknown>,
  outer: Place,
): void {
  const map = Object.entries(given).filter(([, entry]) => entry !== null);
  const isHidden = outer.isHidden || isSensitive(shape.key) || isUnprintable(shape.value);
  const place = { ...outer, isHidden };
  const whole = isHidden ? "" : `{${map.map(([key, entry]) => `${key}=${entry}`).join(", ")}}`;
  for (const requirement of boundsUnmet(shape, map.length, "length")) violate(place, whole, requirement);
  if (map.some(([key]) => unmet(shape.key, key).length > 0))
    violate(place, whole, `Map keys must satisfy constraint: [${requirementsOf(shape.key).join(", ")}]`);
  if (shapeOf(shape.value).type !== "string") {
    for (const [key, entry] of map)
      checkValue(shape.value, entry, { ...outer, path: `${outer.path}.${key}.member` });
    return;
  }
  if (map.some(([, entry]) => unmet(shape.value, entry as string).length > 0))
    violate(place, whole, `Map value must satisfy constraint: [${requirementsOf(shape.value).join(", ")}]`);
}

// Requirements

const least = (what: string, bound: number) => `Member must have ${what} greater than or equal to ${bound}`;
const most = (what: string, bound: number) => `Member must have ${what} less than or equal to ${bound}`;
const matching = (pattern: string) => `Member must satisfy regular expression pattern: ${pattern}`;
const amongst = (values: readonly string[]) => `Member must satisfy enum value set: [${values.join(", ")}]`;

function boundsUnmet({ min, max }: { min?: number; max?: number }, size: number, what: string): string[] {
  return [
    ...(min !== undefined && size < min ? [least(what, min)] : []),
    ...(max !== undefined && size > max ? [most(what, max)] : []),
  ];
}

/** What a text of this shape should do and does not. */
export function unmet(name: string, text: string): string[] {
  const shape = shapeOf(name);
  if (shape.type !== "string") throw new Error(`${name} is not a text`);
  const pattern = patternOf(name);
  return [
    ...boundsUnmet(shape, lengthOf(text), "length"),
    ...(pattern && !pattern.expression.test(text) ? [matching(pattern.text)] : []),
    ...(shape.enum && !shape.enum.includes(text) ? [amongst(shape.enum)] : []),
  ];
}

/** All that a text of this shape has to do: lists and maps name everything when any of their texts does not. */
function requirementsOf(name: string): string[] {
  const shape = shapeOf(name);
  if (shape.type !== "string") return [];
  const pattern = patternOf(name);
  return [
    ...(shape.max === undefined ? [] : [most("length", shape.max)]),
    ...(shape.min === undefined ? [] : [least("length", shape.min)]),
    ...(pattern ? [matching(pattern.text)] : []),
    ...(shape.enum ? [amongst(shape.enum)] : []),
  ];
}
