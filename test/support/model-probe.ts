/**
 * Requests made from the constraint table, deterministic by seed: valid ones, and ones with a single known fault. For tests of the
 * edge of the API, which must answer every one of them in the service's words and never with a fault of its own.
 */
import { type OperationName, operationNames } from "../../src/api/operation.ts";
import {
  inputSchema,
  type MemberSchema,
  type Schema,
  type StringSchema,
  type StructureSchema,
} from "../../src/http/aws-json/input-schema.ts";
import { validate } from "../../src/http/aws-json/validate.ts";

export type ProbeKind =
  | "valid"
  | "notAnObject"
  | "wrongType"
  | "missingRequired"
  | "belowMinimum"
  | "aboveMaximum"
  | "patternViolated"
  | "notInEnum"
  | "unknownMember"
  | "hostileText";

export interface Probe {
  readonly operation: OperationName;
  /** The X-Amz-Target header. */
  readonly target: string;
  readonly body: string | Uint8Array;
  readonly kind: ProbeKind;
  /** The member at fault, e.g. `UserAttributes.Name`; empty when there is none. */
  readonly member: string;
  /** What must be answered; null when an operation may decide, so that anything but a fault is right. */
  readonly expected: "SerializationException" | "InvalidParameterException" | null;
}

/** A number in [0, 1). */
export type Draw = () => number;

/** Mulberry32: small, fast, the same on every machine. */
export function drawsFrom(seed: number): Draw {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` probes, going through all operations in turn. */
export function* probes(seed: number, count: number): Generator<Probe> {
  const draw = drawsFrom(seed);
  for (let i = 0; i < count; i++)
    yield probe(operationNames[i % operationNames.length] as OperationName, draw);
}

/** One probe of an operation; of any kind that its input allows. */
export function probe(operation: OperationName, draw: Draw): Probe {
  const target = `AWSCognitoIdentityProviderService.${operation}`;
  const schema = inputSchema(operation);
  if (draw() < 0.05)
    return {
      operation,
      target,
      body: pick(NOT_AN_OBJECT, draw),
      kind: "notAnObject",
      member: "",
      expected: "SerializationException",
    };
  const input = validStructure(schema, draw);
  if (draw() < 0.1 || schema.members.length === 0)
    return { operation, target, body: JSON.stringify(input), kind: "valid", member: "", expected: null };
  const fault = spoil(schema, input, draw);
  return { operation, target, body: JSON.stringify(input), ...fault };
}

const NOT_AN_OBJECT: readonly (string | Uint8Array)[] = [
  "",
  " ",
  "null",
  "[]",
  "[{}]",
  '"text"',
  "7",
  "true",
  "{",
  '{"a":1',
  "{'a':1}",
  "<xml/>",
  "[".repeat(100_000),
  '{"a":'.repeat(20_000),
  "\ufeff{}",
  new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  new Uint8Array([0x00]),
];

// Valid input

/** An input that satisfies every constraint of the model. Optional members are there about every third time. */
export function validInput(operation: OperationName, draw: Draw): Record<string, unknown> {
  return validStructure(inputSchema(operation), draw);
}

function validStructure(schema: StructureSchema, draw: Draw): Record<string, unknown> {
  const structure: Record<string, unknown> = {};
  for (const member of schema.members)
    if (member.required || draw() < 0.3) structure[member.name] = validValue(member.schema, draw);
  return structure;
}

function validValue(schema: Schema, draw: Draw): unknown {
  switch (schema.type) {
    case "string":
      return pick(validTexts(schema), draw);
    case "integer": {
      const min = Number.isFinite(schema.min) ? schema.min : 0;
      const max = Number.isFinite(schema.max) ? schema.max : min + 1000;
      return min + Math.floor(draw() * (max - min + 1));
    }
    case "boolean":
      return draw() < 0.5;
    case "timestamp":
      return 1_700_000_000.25;
    case "blob":
      return "iVBORw0KGgo=";
    case "document":
      return { version: 1, nested: { list: [null, true, "text"] } };
    case "list": {
      const least = Number.isFinite(schema.min) ? schema.min : 0;
      const most = Math.min(schema.max, least + 3);
      const length = least + Math.floor(draw() * (most - least + 1));
      return Array.from({ length }, () => validValue(schema.element, draw));
    }
    case "map": {
      const least = Number.isFinite(schema.min) ? schema.min : 0;
      const keys = validTexts(schema.key);
      const map: Record<string, unknown> = {};
      for (let i = 0; i < Math.max(least, Math.floor(draw() * 3)); i++)
        map[keys[i % keys.length] as string] = validValue(schema.value, draw);
      return map;
    }
    case "structure":
      return validStructure(schema, draw);
  }
}

/** Texts among which there is a valid one for every pattern of the model. */
const SAMPLES: readonly string[] = [
  "us-east-1_Ab3dEf6hI",
  "us-east-1_a1b2c3d4-0000-4000-8000-a1b2c3d4e5f6",
  "a1b2c3d4-0000-4000-8000-a1b2c3d4e5f6",
  "arn:aws:iam::123456789012:role/service-role/sms",
  "arn:aws:s3:::logs",
  "ana",
  "ana@example.com",
  "custom:tenant",
  "123456",
  "Your code is {####}.",
  "Follow {##this link##}.",
  "https://example.com/callback",
  "cognito:default",
  "terms-of-use",
  "import-Ab3dEf6h",
  "eyJhbGciOiJub25lIn0.e30.c2ln",
  "Correct-Horse_7",
  "日本語",
  "a".repeat(20),
  "A1".repeat(16),
  "",
];
const validTextsBySchema = new Map<StringSchema, readonly string[]>();

function validTexts(schema: StringSchema): readonly string[] {
  let texts = validTextsBySchema.get(schema);
  if (texts === undefined) {
    texts = [...(schema.enum ?? SAMPLES)].filter((text) => accepts(schema, text));
    if (texts.length === 0) throw new Error(`no sample satisfies ${JSON.stringify(schema)}`);
    validTextsBySchema.set(schema, texts);
  }
  return texts;
}

/** Whether a value of the right type satisfies a schema. */
export function accepts(schema: Schema, value: unknown): boolean {
  try {
    validate(
      { type: "structure", members: [{ name: "Value", path: "value", required: true, schema }] },
      { Value: value },
    );
    return true;
  } catch {
    return false;
  }
}

// One fault

type Fault = Pick<Probe, "kind" | "member" | "expected">;

function spoil(schema: StructureSchema, input: Record<string, unknown>, draw: Draw): Fault {
  const member = pick(schema.members, draw);
  if (draw() < 0.6) {
    const inner = innerStructure(member, input, draw);
    if (inner !== null && inner.schema.members.length > 0) {
      const fault = spoil(inner.schema, inner.value, draw);
      return { ...fault, member: `${member.name}.${fault.member}` };
    }
  }
  const [kind, value] = pick(faultsOf(member, draw), draw);
  if (kind === "unknownMember") {
    input[draw() < 0.5 ? "NoSuchMember" : "constructor"] = value;
    return { kind, member: member.name, expected: null };
  }
  input[member.name] = value;
  if (kind === "wrongType") return { kind, member: member.name, expected: "SerializationException" };
  return { kind, member: member.name, expected: kind === "hostileText" ? null : "InvalidParameterException" };
}

/** A structure inside a member, put there if need be. */
function innerStructure(
  member: MemberSchema,
  input: Record<string, unknown>,
  draw: Draw,
): { schema: StructureSchema; value: Record<string, unknown> } | null {
  const { name, schema } = member;
  if (schema.type === "structure") {
    input[name] ??= validStructure(schema, draw);
    return { schema, value: input[name] as Record<string, unknown> };
  }
  if (schema.type !== "list" || schema.element.type !== "structure") return null;
  const list = (input[name] ?? []) as Record<string, unknown>[];
  if (list.length === 0) list.push(validStructure(schema.element, draw));
  input[name] = list;
  return { schema: schema.element, value: list[0] as Record<string, unknown> };
}

function faultsOf({ schema, required }: MemberSchema, draw: Draw): [ProbeKind, unknown][] {
  const faults: [ProbeKind, unknown][] = [["unknownMember", pick(ANYTHING, draw)]];
  if (schema.type !== "document") faults.push(["wrongType", pick(WRONG_TYPES[schema.type], draw)]);
  if (required) faults.push(["missingRequired", draw() < 0.5 ? undefined : null]);
  if (schema.type === "integer") {
    if (Number.isFinite(schema.min)) faults.push(["belowMinimum", schema.min - 1]);
    if (Number.isFinite(schema.max)) faults.push(["aboveMaximum", schema.max + 1]);
  }
  if (schema.type === "list") {
    const fill = (length: number) => Array.from({ length }, () => validValue(schema.element, draw));
    if (schema.min > 0) faults.push(["belowMinimum", fill(schema.min - 1)]);
    if (Number.isFinite(schema.max)) faults.push(["aboveMaximum", fill(schema.max + 1)]);
    if (schema.element.type === "string" && schema.element.enum !== null)
      faults.push(["notInEnum", ["NO_SUCH_VALUE"]]);
  }
  if (schema.type === "string") {
    if (schema.min > 0) faults.push(["belowMinimum", "a".repeat(schema.min - 1)]);
    if (Number.isFinite(schema.max)) faults.push(["aboveMaximum", "a".repeat(schema.max + 1)]);
    if (schema.enum !== null) faults.push(["notInEnum", "NO_SUCH_VALUE"]);
    const violation =
      schema.pattern === null
        ? undefined
        : NEVER_TEXT.find((text) => schema.pattern?.matches(text) === false);
    if (violation !== undefined) faults.push(["patternViolated", violation]);
    faults.push(["hostileText", hostileText(draw, 10_000)]);
  }
  return faults;
}

const ANYTHING: readonly unknown[] = [null, 7, "text", [[[]]], { deep: { er: [1, { toString: 1 }] } }];
const NEVER_TEXT: readonly string[] = ["\u0000\u0000", "a b\n", "\ud800", "{}", "é"];
const WRONG_TYPES: Readonly<Record<Exclude<Schema["type"], "document">, readonly unknown[]>> = {
  string: [7, 0, true, false, {}, [], ["text"], { toString: "text" }],
  integer: ["7", 1.5, 2 ** 60, true, {}, [1]],
  boolean: ["true", 1, 0, {}, []],
  timestamp: ["2024-01-01", true, {}, []],
  blob: [7, true, {}, [], "not base64!", "abc"],
  list: [{}, "text", 7, true, { 0: "a", length: 1 }],
  map: [[], "text", 7, false, [["a", "b"]]],
  structure: [[], "text", 7, false, [{}]],
};

/** Pieces that make naïve expressions backtrack, and characters that break careless code. */
export const HOSTILE_PIECES: readonly string[] = [
  "a",
  "1",
  " ",
  "\n",
  "_",
  "-",
  "@",
  "a@",
  "_a",
  "-_",
  ":",
  "arn:a:",
  "{",
  "{##",
  "##}",
  "{####}",
  "{####",
  "import-",
  ".",
  "a.",
  "é",
  "e\u0301",
  "😀",
  "\ud800",
  "\u0000",
  "\u2028",
  "\u00a0",
  "%00",
  "__proto__",
  "' OR 1=1 --",
  "#{7*7}",
  "<script>",
];
const HOSTILE_ENDS: readonly string[] = ["", "\u0000", "\n", "!", "\ud800"];

/** `length` UTF-16 units made of one hostile piece, with an end that may refuse to match. */
function hostileText(draw: Draw, length: number): string {
  return hostileTextOf(pick(HOSTILE_PIECES, draw), pick(HOSTILE_ENDS, draw), length);
}

export function hostileTextOf(piece: string, end: string, length: number): string {
  return piece.repeat(Math.ceil(length / piece.length)).slice(0, length - end.length) + end;
}

function pick<T>(items: readonly T[], draw: Draw): T {
  return items[Math.floor(draw() * items.length)] as T;
}
