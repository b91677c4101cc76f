import type { Shape } from "../../api/generated/constraints.ts";
import { failure, parameterFault } from "./faults.ts";
import { JsonFault, parseJson } from "./json-text.ts";
import { isInteger } from "./option-parser.ts";
import { ParameterFileFault, referredTo } from "./parameter-files.ts";
import { shapeNamed } from "./service-model.ts";
import { parseShorthand, ShorthandFault } from "./shorthand.ts";
import { Dictionary, integer, isDictionary, isList, plainText, pythonText, type Value } from "./value.ts";

type Shapes = Readonly<Record<string, Shape>>;

/**
 * What an option's words stand for: the contents of a file, JSON, shorthand, or a plain value, by the shape of the member.
 * @param option with its hyphens, for messages
 * @throws CommandFault
 */
export function parameterValue(
  shapes: Shapes,
  shapeName: string,
  given: string | readonly string[],
  option: string,
): Value {
  const shape = shapeNamed(shapes, shapeName);
  try {
    const value = contents(given);
    if (takesShorthand(shapes, shape) && !looksLikeJson(value)) {
      const parsed = isList(value)
        ? value.map((item) => parseShorthand(String(item), reference))
        : parseShorthand(textOf(value), reference);
      return fitted(shapes, shape, parsed);
    }
    return unpacked(shapes, shape, value, option);
  } catch (fault) {
    if (fault instanceof ShorthandFault || fault instanceof ParameterFileFault)
      throw parameterFault(option, fault.message);
    throw fault;
  }
}

/** What `@=` precedes. A file that cannot be read is not blamed on the option. */
function reference(value: string): Value | null {
  try {
    return referredTo(value);
  } catch (fault) {
    throw fault instanceof ParameterFileFault ? failure(fault.message) : fault;
  }
}

/** One value that refers to a file is what the file holds. */
function contents(given: string | readonly string[]): Value {
  const single = typeof given === "string" ? given : given.length === 1 ? given[0] : undefined;
  const read = single === undefined ? null : referredTo(single);
  return read ?? (given as Value);
}

/** Bytes where text is expected are an error of the AWS CLI's own, too. */
const textOf = (value: Value): string => (typeof value === "string" ? value : plainText(value));

function looksLikeJson(value: Value): boolean {
  const first = isList(value) ? value[0] : value;
  return typeof first === "string" && /^\s*[[{]/.test(first);
}

/** Structures, maps and lists of them; JSON values of any form take none. */
function takesShorthand(shapes: Shapes, shape: Shape): boolean {
  if (shape.type === "structure" || shape.type === "map") return !holdsDocument(shapes, shape);
  if (shape.type !== "list") return false;
  const member = shapeNamed(shapes, shape.member);
  return (
    (member.type === "structure" || member.type === "map" || member.type === "list") &&
    !holdsDocument(shapes, member)
  );
}

function holdsDocument(shapes: Shapes, shape: Shape): boolean {
  if (shape.type === "document") return true;
  if (shape.type === "list") return holdsDocument(shapes, shapeNamed(shapes, shape.member));
  return shape.type === "map" && holdsDocument(shapes, shapeNamed(shapes, shape.value));
}

function unpacked(shapes: Shapes, shape: Shape, value: Value, option: string): Value {
  switch (shape.type) {
    case "document":
      return json(textOf(value), option);
    case "structure":
    case "map": {
      const text = textOf(value);
      if (firstCharacter(text) === "{") return json(text, option);
      throw parameterFault(option, `Invalid JSON:\n${text}`);
    }
    case "list": {
      const texts = isList(value) ? value.map(textOf) : [...textOf(value)];
      if (!isList(value) && firstCharacter(textOf(value)) === "[") return json(textOf(value), option);
      if (isList(value) && texts.length === 1 && texts[0]?.trim().startsWith("["))
        return json(texts[0], option);
      const member = shapeNamed(shapes, shape.member);
      return texts.map((text) => unpacked(shapes, member, text, option));
    }
    case "integer":
      return whole(textOf(value));
    default:
      return value;
  }
}

/** @throws CommandFault as a program in Python would */
function firstCharacter(text: string): string {
  const first = text.trimStart()[0];
  if (first === undefined) throw failure("string index out of range");
  return first;
}

function json(text: string, option: string): Value {
  try {
    return parseJson(text, true);
  } catch (fault) {
    if (!(fault instanceof JsonFault)) throw fault;
    throw parameterFault(option, `Invalid JSON: ${fault.message}\nJSON received: ${text}`);
  }
}

function whole(text: string): Value {
  if (!isInteger(text)) throw failure(`invalid literal for int() with base 10: ${pythonText(text)}`);
  const digits = text
    .trim()
    .replaceAll("_", "")
    .replace(/^\+/, "")
    .replace(/^(-?)0+(?=\d)/, "$1");
  return integer(digits);
}

/** Gives the texts of shorthand the types of their shapes; a lone value for a list is a list of one. What has no shape stays a text. */
function fitted(shapes: Shapes, shape: Shape, value: Value): Value {
  switch (shape.type) {
    case "structure": {
      if (!isDictionary(value)) return value;
      const result = new Dictionary(value);
      for (const [name, member] of Object.entries(shape.members)) {
        const given = value.get(name);
        if (given === undefined) continue;
        const memberShape = shapeNamed(shapes, member);
        if (memberShape.type === "document")
          throw new ShorthandFault(
            `Shorthand syntax does not support document types. Use JSON input for top-level argument to specify nested parameter: ${name}`,
          );
        result.set(name, fittedMember(shapes, memberShape, given));
      }
      return result;
    }
    case "list": {
      if (!isList(value)) return value;
      const member = shapeNamed(shapes, shape.member);
      return value.map((item) => fittedMember(shapes, member, item));
    }
    case "map": {
      if (!isDictionary(value)) return value;
      const member = shapeNamed(shapes, shape.value);
      return new Dictionary([...value].map(([key, item]) => [key, fittedMember(shapes, member, item)]));
    }
    default:
      return value;
  }
}

function fittedMember(shapes: Shapes, shape: Shape, value: Value): Value {
  if (shape.type === "list") return isList(value) ? fitted(shapes, shape, value) : [value];
  if (shape.type === "structure" || shape.type === "map") return fitted(shapes, shape, value);
  if (shape.type === "integer") return whole(textOf(value));
  if (shape.type === "boolean" && typeof value === "string") {
    const lower = value.toLowerCase();
    return lower === "true" ? true : lower === "false" ? false : value;
  }
  return value;
}
