/**
 * Random requests made from the model, deterministic by seed: valid ones, and ones with faults at random places. Each comes with the
 * answer that the model demands, for tests of the edge of the API, which must answer all in the service's words and never with a
 * fault of its own.
 */
import { type OperationName, operationNames } from "../../src/api/operation.ts";
import { valueCases } from "./model/conformance-cases.ts";
import { expectedRefusal, type Refusal } from "./model/expected-refusal.ts";
import { inputShapeOf, type StructureShape, shapeOf } from "./model/shapes.ts";
import { type Known, validTexts } from "./model/values.ts";

export interface Probe {
  readonly operation: OperationName;
  readonly body: string | Uint8Array;
  readonly about: string;
  /** What must be answered; null when the operation itself decides. */
  readonly refusal: Refusal | null;
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

/** `count` probes that must be refused, going through all operations in turn. */
export function* malformedProbes(seed: number, count: number): Generator<Probe> {
  let found = 0;
  for (const candidate of probes(seed, Number.POSITIVE_INFINITY)) {
    if (found === count) return;
    if (candidate.refusal === null) continue;
    found++;
    yield candidate;
  }
}

/** One probe of an operation; of any kind that its input allows. */
export function probe(operation: OperationName, draw: Draw): Probe {
  const shape = inputShapeOf(operation);
  const kind = draw();
  if (kind < 0.03) {
    const refusal: Refusal = { code: "SerializationException", texts: [""] };
    return { operation, body: pick(NOT_AN_OBJECT, draw), about: "is no JSON object", refusal };
  }
  const input = validStructure(shape, draw);
  if (kind < 0.1) return { operation, body: JSON.stringify(input), about: "is valid", refusal: null };
  const faults: string[] = [];
  for (let more = true; more; more = draw() < 0.25) faults.push(spoil(shape, input, draw));
  const body = JSON.stringify(input);
  return { operation, body, about: faults.join(", "), refusal: expectedRefusal(operation, JSON.parse(body)) };
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
  return validStructure(inputShapeOf(operation), draw);
}

function validStructure(shape: StructureShape, draw: Draw): Record<string, unknown> {
  const structure: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shape.members))
    if (shape.required?.includes(name) || draw() < 0.3) structure[name] = validValue(member, draw);
  return structure;
}

function validValue(name: string, draw: Draw): unknown {
  const shape = shapeOf(name);
  switch (shape.type) {
    case "string":
      return pick(validTexts(name), draw);
    case "integer": {
      const min = shape.min ?? 0;
      return min + Math.floor(draw() * ((shape.max ?? min + 1000) - min + 1));
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
      const least = shape.min ?? 0;
      const most = Math.min(shape.max ?? Number.POSITIVE_INFINITY, least + 3);
      const length = least + Math.floor(draw() * (most - least + 1));
      return Array.from({ length }, () => validValue(shape.member, draw));
    }
    case "map": {
      const keys = validTexts(shape.key);
      const map: Record<string, unknown> = {};
      for (let i = 0; i < Math.max(shape.min ?? 0, Math.floor(draw() * 3)); i++)
        map[keys[i % keys.length] as string] = validValue(shape.value, draw);
      return map;
    }
    case "structure":
      return validStructure(shape, draw);
  }
}

// Faults

/** Puts something wrong, unknown or merely odd at a random place of the input; says what. */
function spoil(shape: StructureShape, input: Record<string, unknown>, draw: Draw): string {
  const names = Object.keys(shape.members);
  const name = pick(names, draw);
  const memberShape = shape.members[name];
  if (memberShape === undefined || draw() < 0.05) {
    input[draw() < 0.5 ? "NoSuchMember" : "constructor"] = pick(ANYTHING, draw);
    return "an unknown member";
  }
  if (draw() < 0.1) {
    input[name] = draw() < 0.5 ? null : undefined;
    return `${name} absent`;
  }
  if (draw() < 0.6) {
    const inner = innerStructure(name, memberShape, input, draw);
    if (inner) return `${name}.${spoil(inner.shape, inner.value, draw)}`;
  }
  const [about, value] = pick(casesOf(memberShape), draw);
  // Texts of the greatest length are for the probe that goes through all bounds: here they would only take time.
  const isLong = JSON.stringify(value ?? null).length > LONGEST_FAULT;
  const isText = shapeOf(memberShape).type === "string";
  input[name] = isText && (isLong || draw() < 0.1) ? hostileText(draw, 200) : isLong ? null : value;
  return `${name} ${about}`;
}

const LONGEST_FAULT = 3_000;
const NOTHING_KNOWN: Known = {};
const casesByShape = new Map<string, ReturnType<typeof valueCases>>();

function casesOf(name: string): ReturnType<typeof valueCases> {
  let cases = casesByShape.get(name);
  if (cases === undefined) {
    cases = valueCases(name, NOTHING_KNOWN);
    casesByShape.set(name, cases);
  }
  return cases;
}

/** A structure inside a member, put there if need be. */
function innerStructure(
  name: string,
  memberShape: string,
  input: Record<string, unknown>,
  draw: Draw,
): { shape: StructureShape; value: Record<string, unknown> } | null {
  const shape = shapeOf(memberShape);
  const element = shape.type === "list" ? shape.member : memberShape;
  const inner = shapeOf(element);
  if (inner.type !== "structure" || Object.keys(inner.members).length === 0) return null;
  const fresh = validStructure(inner, draw);
  const given: unknown = input[name];
  if (shape.type !== "list") {
    if (!isPlain(given)) input[name] = fresh;
    return { shape: inner, value: input[name] as Record<string, unknown> };
  }
  const list = Array.isArray(given) && isPlain(given[0]) ? given : [fresh];
  input[name] = list;
  return { shape: inner, value: list[0] };
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const ANYTHING: readonly unknown[] = [null, 7, "text", [[[]]], { deep: { er: [1, { toString: 1 }] } }];

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
