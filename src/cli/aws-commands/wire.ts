import type { Shape } from "../../api/generated/constraints.ts";
import { JsonFault, parseJson, printJson } from "./json-text.ts";
import { shapeNamed } from "./service-model.ts";
import type { Answer } from "./transport.ts";
import { Dictionary, isDictionary, isList, isNumber, plainText, type Value } from "./value.ts";

type Shapes = Readonly<Record<string, Shape>>;

/** What a server refused with; `code` is the bare name of the exception. */
export interface ServerFault {
  readonly code: string;
  readonly message: string;
}

/** The body of a request in JSON. */
export const jsonBody = (shapes: Shapes, input: string | null, parameters: Dictionary): string =>
  printJson(input === null ? new Dictionary() : encoded(shapes, shapeNamed(shapes, input), parameters));

/** Bytes, and texts in their place, become base64. */
function encoded(shapes: Shapes, shape: Shape, value: Value): Value {
  switch (shape.type) {
    case "blob":
      return Buffer.from(typeof value === "string" ? value : (value as Uint8Array)).toString("base64");
    case "list":
      return isList(value)
        ? value.map((item) => encoded(shapes, shapeNamed(shapes, shape.member), item))
        : value;
    case "map":
    case "structure":
      if (!isDictionary(value)) return value;
      return new Dictionary(
        [...value].map(([key, item]) => {
          const name = shape.type === "map" ? shape.value : shape.members[key];
          return [key, name === undefined ? item : encoded(shapes, shapeNamed(shapes, name), item)];
        }),
      );
    default:
      return value;
  }
}

/** The answer by its shape: members in the model's order, unknown ones and nulls left out. @throws Error when it is not JSON */
export function jsonOutput(
  shapes: Shapes,
  output: string | null,
  body: string,
  timestamp: (value: Value) => Value,
): Dictionary {
  const parsed = body === "" ? new Dictionary() : bodyValue(body);
  if (output === null) return new Dictionary();
  const value = decoded(shapes, shapeNamed(shapes, output), parsed, timestamp);
  return isDictionary(value) ? value : new Dictionary();
}

function decoded(shapes: Shapes, shape: Shape, value: Value, timestamp: (value: Value) => Value): Value {
  switch (shape.type) {
    case "structure": {
      if (!isDictionary(value)) return value;
      const result = new Dictionary();
      for (const [name, member] of Object.entries(shape.members)) {
        const item = value.get(name);
        if (item !== undefined && item !== null)
          result.set(name, decoded(shapes, shapeNamed(shapes, member), item, timestamp));
      }
      return result;
    }
    case "list":
      return isList(value)
        ? value.map((item) => decoded(shapes, shapeNamed(shapes, shape.member), item, timestamp))
        : value;
    case "map":
      return isDictionary(value)
        ? new Dictionary(
            [...value].map(([key, item]) => [
              key,
              decoded(shapes, shapeNamed(shapes, shape.value), item, timestamp),
            ]),
          )
        : value;
    case "timestamp":
      return timestamp(value);
    default:
      return value;
  }
}

/** A body that is not JSON is its own message. */
function bodyValue(body: string): Value {
  try {
    return parseJson(body);
  } catch (fault) {
    if (!(fault instanceof JsonFault)) throw fault;
    return new Dictionary([["message", body]]);
  }
}

export function jsonFault({ status, body }: Answer): ServerFault {
  const parsed = body === "" ? new Dictionary() : bodyValue(body);
  const member = (name: string): string | undefined => {
    const value = isDictionary(parsed) ? parsed.get(name) : undefined;
    return value === undefined || value === null ? undefined : plainText(value);
  };
  const code = (member("__type") ?? String(status)).replace(/:.*$/s, "").replace(/^.*#/s, "");
  return { code, message: member("message") ?? member("Message") ?? "" };
}

/** The body of a request of the query protocol. */
export function queryBody(
  shapes: Shapes,
  action: string,
  input: string | null,
  parameters: Dictionary,
): string {
  const pairs: [string, string][] = [
    ["Action", action],
    ["Version", "2011-06-15"],
  ];
  const add = (shape: Shape, value: Value, name: string): void => {
    if (isList(value) && shape.type === "list") {
      if (value.length === 0) pairs.push([name, ""]);
      for (const [index, item] of value.entries())
        add(shapeNamed(shapes, shape.member), item, `${name}.member.${index + 1}`);
    } else if (isDictionary(value) && shape.type === "structure") {
      for (const [key, item] of value) {
        const member = shape.members[key];
        if (member !== undefined) add(shapeNamed(shapes, member), item, name === "" ? key : `${name}.${key}`);
      }
    } else
      pairs.push([name, typeof value === "boolean" || isNumber(value) ? printJson(value) : plainText(value)]);
  };
  if (input !== null) add(shapeNamed(shapes, input), parameters, "");
  return new URLSearchParams(pairs).toString();
}

/** An XML answer of the query protocol: the members inside `<Action>Result`. */
export function queryOutput(shapes: Shapes, action: string, output: string | null, body: string): Dictionary {
  const result = contentOf(body, `${action}Result`);
  if (result === null || output === null) return new Dictionary();
  const value = fromXml(shapes, shapeNamed(shapes, output), result);
  return isDictionary(value) ? value : new Dictionary();
}

function fromXml(shapes: Shapes, shape: Shape, xml: string): Value {
  if (shape.type === "structure") {
    const result = new Dictionary();
    for (const [name, member] of Object.entries(shape.members)) {
      const content = contentOf(xml, name);
      if (content !== null) result.set(name, fromXml(shapes, shapeNamed(shapes, member), content));
    }
    return result;
  }
  return shape.type === "integer" ? Number(xml.trim()) : unescaped(xml);
}

/** What stands in the first element of the name; no name is used at two depths by the actions there are. */
function contentOf(xml: string, name: string): string | null {
  return new RegExp(`<${name}(?:\\s[^>]*)?(?:/>|>([\\s\\S]*?)</${name}>)`).exec(xml)?.[1] ?? null;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const unescaped = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });

export function queryFault({ status, body }: Answer): ServerFault {
  return {
    code: unescaped(contentOf(body, "Code") ?? String(status)),
    message: unescaped(contentOf(body, "Message") ?? ""),
  };
}
