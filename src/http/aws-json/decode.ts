import { isUtf8 } from "node:buffer";
import { serializationError } from "../../domain/errors.ts";
import type { Schema, StructureSchema } from "./input-schema.ts";

/** Members known to the schema, each of its JSON type; not yet checked against the constraints. */
export type Decoded = Record<string, unknown>;

/**
 * Reads a request body. Unknown members are dropped and null ones count as absent, so the result is built of known names only.
 * @throws SerializationException when the body is not a JSON object, or a known member has the wrong JSON type.
 */
export function decode(schema: StructureSchema, body: Buffer): Decoded {
  const value = parse(body);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw serializationError();
  return decodeStructure(schema, value as Record<string, unknown>);
}

function parse(body: Buffer): unknown {
  if (!isUtf8(body)) throw serializationError();
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw serializationError();
  }
}

function decodeStructure(schema: StructureSchema, value: Record<string, unknown>): Decoded {
  const decoded: Decoded = {};
  // Names come from the schema and begin with a capital, so no inherited property of an object can be taken for a member.
  for (const member of schema.members) {
    const raw = value[member.name];
    if (raw !== undefined && raw !== null) decoded[member.name] = decodeValue(member.schema, raw);
  }
  return decoded;
}

function decodeValue(schema: Schema, value: unknown): unknown {
  switch (schema.type) {
    case "string":
      return typeof value === "string" ? value : refuse(value, "a String");
    case "integer":
      return Number.isSafeInteger(value) ? value : refuse(value, "an Integer");
    case "boolean":
      return typeof value === "boolean" ? value : refuse(value, "a Boolean");
    case "timestamp":
      return Number.isFinite(value) ? value : refuse(value, "a Timestamp");
    case "blob":
      if (typeof value !== "string") return refuse(value, "a Blob");
      if (!isBase64(value)) throw serializationError("STRING_VALUE is not valid base64");
      return value;
    case "document":
      if (deeperThan(value, DOCUMENT_DEPTH)) throw serializationError("Document is nested too deeply");
      return value;
    case "list":
      if (!Array.isArray(value)) return refuse(value, "a List");
      // A null element stays: validation refuses it by its position.
      return value.map((element) => (element === null ? null : decodeValue(schema.element, element)));
    case "map": {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse(value, "a Map");
      // Keys are the caller's: without a prototype, "__proto__" and "constructor" are keys like any other.
      const map: Record<string, unknown> = Object.create(null);
      for (const [key, entry] of Object.entries(value))
        if (entry !== null) map[key] = decodeValue(schema.value, entry);
      return map;
    }
    case "structure":
      if (typeof value !== "object" || value === null || Array.isArray(value))
        return refuse(value, "a Structure");
      return decodeStructure(schema, value as Record<string, unknown>);
  }
}

/** Levels of objects and arrays in a member that takes any JSON; real branding settings have about ten. */
const DOCUMENT_DEPTH = 64;

function deeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth === 0) return true;
  for (const child of Array.isArray(value) ? value : Object.values(value))
    if (deeperThan(child, depth - 1)) return true;
  return false;
}

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

function refuse(value: unknown, expected: string): never {
  if (Array.isArray(value)) throw serializationError("Start of list found where not expected");
  if (typeof value === "object")
    throw serializationError("Start of structure or map found where not expected");
  throw serializationError(`${tokenOf(value)} can not be converted to ${expected}`);
}

function tokenOf(value: unknown): string {
  if (typeof value === "string") return "STRING_VALUE";
  if (typeof value === "number") return "NUMBER_VALUE";
  return value === true ? "TRUE_VALUE" : "FALSE_VALUE";
}
