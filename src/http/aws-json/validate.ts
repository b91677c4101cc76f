import { invalidParameter } from "../../domain/errors.ts";
import type { Decoded } from "./decode.ts";
import type { ListSchema, MapSchema, Schema, StringSchema, StructureSchema } from "./input-schema.ts";

/**
 * Checks decoded input against every constraint of the model, in time linear in the input.
 * @throws InvalidParameterException that lists all violations, in the words of the service. Source: captured answers, e.g.
 *   `2 validation errors detected: Value 'Aaaa' at 'userCode' failed to satisfy constraint: Member must …; Value …`.
 */
export function validate(schema: StructureSchema, input: Decoded): void {
  const violations = new Violations();
  checkStructure(schema, input, "", violations);
  if (violations.count > 0) throw invalidParameter(violations.message());
}

/** Characters of one value that a message repeats. */
const PRINTED_VALUE = 1024;
/** Characters after which further violations are only counted: a small request must not call for a large answer. */
const PRINTED_MESSAGE = 16 * 1024;

class Violations {
  count = 0;
  #text = "";
  #concealed = false;

  /** `value` is the part of the sentence between "Value" and "at": quoted text, null, or nothing for a hidden value. */
  add(value: string, path: string, requirement: string): void {
    this.count++;
    if (this.#text.length > PRINTED_MESSAGE) return;
    const shown = this.#concealed && value !== NULL ? HIDDEN : value;
    const sentence = `Value ${shown}at '${path}' failed to satisfy constraint: ${requirement}`;
    this.#text = this.#text === "" ? sentence : `${this.#text}; ${sentence}`;
  }

  /** What `check` adds names its members but prints no value. */
  conceal(check: () => void): void {
    const before = this.#concealed;
    this.#concealed = true;
    check();
    this.#concealed = before;
  }

  message(): string {
    return `${this.count} validation error${this.count === 1 ? "" : "s"} detected: ${this.#text}`;
  }
}

const HIDDEN = "";
const NULL = "null ";

const printed = (text: string): string =>
  text.length > PRINTED_VALUE ? `'${text.slice(0, PRINTED_VALUE)}...' ` : `'${text}' `;

function checkStructure(
  schema: StructureSchema,
  value: Decoded,
  prefix: string,
  violations: Violations,
): void {
  for (const member of schema.members) {
    const memberValue = value[member.name];
    if (memberValue !== undefined) check(member.schema, memberValue, prefix + member.path, violations);
    else if (member.required) violations.add(NULL, prefix + member.path, MUST_NOT_BE_NULL);
  }
}

function check(schema: Schema, value: unknown, path: string, violations: Violations): void {
  switch (schema.type) {
    case "string":
      checkString(schema, value as string, path, violations);
      break;
    case "integer":
      if ((value as number) < schema.min)
        violations.add(printed(String(value)), path, atLeast("value", schema.min));
      if ((value as number) > schema.max)
        violations.add(printed(String(value)), path, atMost("value", schema.max));
      break;
    case "blob":
      for (const requirement of lengthRequirements(schema, blobLength(value as string)))
        violations.add(HIDDEN, path, requirement);
      break;
    case "list":
      checkList(schema, value as readonly unknown[], path, violations);
      break;
    case "map":
      checkMap(schema, value as Readonly<Record<string, unknown>>, path, violations);
      break;
    case "structure": {
      const checkMembers = () => checkStructure(schema, value as Decoded, `${path}.`, violations);
      if (schema.hidden) violations.conceal(checkMembers);
      else checkMembers();
      break;
    }
    case "boolean":
    case "timestamp":
    case "document":
      break;
  }
}

function checkString(schema: StringSchema, value: string, path: string, violations: Violations): void {
  if (satisfies(schema, value)) return;
  const shown = schema.hidden ? HIDDEN : printed(value);
  if (!hasAllowedLength(schema, value))
    for (const requirement of lengthRequirements(schema, characters(value)))
      violations.add(shown, path, requirement);
  if (schema.pattern !== null && !schema.pattern.matches(value))
    violations.add(shown, path, mustMatch(schema.pattern.text));
  if (schema.enum !== null && !schema.enum.has(value)) violations.add(shown, path, mustBeOneOf(schema.enum));
}

function satisfies(schema: StringSchema, value: string): boolean {
  return (
    hasAllowedLength(schema, value) &&
    (schema.pattern === null || schema.pattern.matches(value)) &&
    (schema.enum === null || schema.enum.has(value))
  );
}

function checkList(schema: ListSchema, list: readonly unknown[], path: string, violations: Violations): void {
  const shown = () => (schema.hidden ? HIDDEN : printed(listText(list)));
  for (const requirement of lengthRequirements(schema, list.length))
    violations.add(shown(), path, requirement);
  const { element } = schema;
  if (element.type === "string") {
    // A violation by any element is one violation of the list, which names everything that elements must satisfy.
    if (!list.every((value) => typeof value === "string" && satisfies(element, value)))
      violations.add(shown(), path, `Member must satisfy constraint: [${stringRequirements(element, list)}]`);
    return;
  }
  // An oversized list is refused already; its elements need no sentences of their own.
  if (list.length > schema.max) return;
  for (let i = 0; i < list.length; i++) {
    const elementPath = `${path}.${i + 1}.member`;
    if (list[i] === null) violations.add(NULL, elementPath, MUST_NOT_BE_NULL);
    else check(element, list[i], elementPath, violations);
  }
}

function checkMap(
  schema: MapSchema,
  map: Readonly<Record<string, unknown>>,
  path: string,
  violations: Violations,
): void {
  const shown = () => (schema.hidden ? HIDDEN : printed(mapText(map)));
  const keys = Object.keys(map);
  for (const requirement of lengthRequirements(schema, keys.length))
    violations.add(shown(), path, requirement);
  if (!keys.every((key) => satisfies(schema.key, key)))
    violations.add(
      shown(),
      path,
      `Map keys must satisfy constraint: [${stringRequirements(schema.key, keys)}]`,
    );
  const { value } = schema;
  if (value.type === "string") {
    if (!keys.every((key) => satisfies(value, map[key] as string)))
      violations.add(
        shown(),
        path,
        `Map value must satisfy constraint: [${stringRequirements(value, keys)}]`,
      );
    return;
  }
  for (const key of keys) check(value, map[key], `${path}.${key.slice(0, PRINTED_VALUE)}.member`, violations);
}

// What a member must do

const MUST_NOT_BE_NULL = "Member must not be null";
const atLeast = (what: "length" | "value", bound: number) =>
  `Member must have ${what} greater than or equal to ${bound}`;
const atMost = (what: "length" | "value", bound: number) =>
  `Member must have ${what} less than or equal to ${bound}`;
const mustMatch = (pattern: string) => `Member must satisfy regular expression pattern: ${pattern}`;
const mustBeOneOf = (values: ReadonlySet<string>) =>
  `Member must satisfy enum value set: [${[...values].join(", ")}]`;

interface Bounds {
  readonly min: number;
  readonly max: number;
}

const withinBounds = (bounds: Bounds, length: number): boolean =>
  length >= bounds.min && length <= bounds.max;

function lengthRequirements(bounds: Bounds, length: number): readonly string[] {
  if (length < bounds.min) return [atLeast("length", bounds.min)];
  if (length > bounds.max) return [atMost("length", bounds.max)];
  return NOTHING;
}

const NOTHING: readonly string[] = [];

/** Everything that each string of a list or map must satisfy, met or not. */
function stringRequirements(schema: StringSchema, values: readonly unknown[]): string {
  const requirements: string[] = [];
  if (Number.isFinite(schema.max)) requirements.push(atMost("length", schema.max));
  if (Number.isFinite(schema.min)) requirements.push(atLeast("length", schema.min));
  if (schema.pattern !== null) requirements.push(mustMatch(schema.pattern.text));
  if (schema.enum !== null) requirements.push(mustBeOneOf(schema.enum));
  if (values.includes(null)) requirements.push(MUST_NOT_BE_NULL);
  return requirements.join(", ");
}

/** The model counts Unicode characters: between half and all of the text's UTF-16 units, so that most texts need no counting. */
function hasAllowedLength(bounds: Bounds, value: string): boolean {
  const units = value.length;
  return (units <= bounds.max && units >= 2 * bounds.min) || withinBounds(bounds, characters(value));
}

function characters(value: string): number {
  let count = value.length;
  for (let i = 0; i < value.length - 1; i++) {
    if (value.charCodeAt(i) >> 10 !== HIGH_SURROGATE || value.charCodeAt(i + 1) >> 10 !== LOW_SURROGATE)
      continue;
    count--;
    i++;
  }
  return count;
}

/** The upper six bits of the two halves of a character beyond U+FFFF. */
const HIGH_SURROGATE = 0xd800 >> 10;
const LOW_SURROGATE = 0xdc00 >> 10;

/** Bytes that base64 text stands for. */
function blobLength(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}

/** As the service prints a list: `[a, b]`; stops where printing stops. */
function listText(list: readonly unknown[]): string {
  let text = "[";
  for (let i = 0; i < list.length && text.length <= PRINTED_VALUE; i++)
    text += `${i === 0 ? "" : ", "}${list[i]}`;
  return `${text}]`;
}

/** As the service prints a map: `{a=b, c=d}`; stops where printing stops. */
function mapText(map: Readonly<Record<string, unknown>>): string {
  let text = "{";
  for (const key of Object.keys(map)) {
    if (text.length > PRINTED_VALUE) break;
    text += `${text === "{" ? "" : ", "}${key}=${map[key]}`;
  }
  return `${text}}`;
}
