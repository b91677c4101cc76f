/**
 * For one operation, an input for everything that the model says of each of its members, however deep: each bound at, inside and
 * beyond it, texts that match a pattern and do not, each member of an enumeration and others, wrong JSON types, what is missing and
 * what is unknown.
 */
import type { OperationName } from "../../../src/api/operation.ts";
import { unmet } from "./expected-refusal.ts";
import { inputShapeOf, patternOf, type Shape, type StructureShape, shapeOf } from "./shapes.ts";
import { type Known, leastStructure, leastValue, mapOf, SAMPLES, textOfLength } from "./values.ts";

export interface ConformanceCase {
  /** `UserAttributes.1.Name`; empty for the input as a whole. */
  readonly member: string;
  readonly about: string;
  readonly input: unknown;
  /** What the author of the case means to provoke; null where several answers are right. */
  readonly meant: "SerializationException" | "InvalidParameterException" | "accepted" | null;
}

type Meant = ConformanceCase["meant"];
/** A value for a member; undefined leaves it out. */
export type Case = readonly [about: string, value: unknown, meant: Meant];

export function* conformanceCases(operation: OperationName, known: Known): Generator<ConformanceCase> {
  const shape = inputShapeOf(operation);
  for (const body of [null, [], "text", 7, true])
    yield { member: "", about: `is ${JSON.stringify(body)}`, input: body, meant: "SerializationException" };
  const whole = (value: Record<string, unknown>) => value;
  const required = (shape.required ?? []).length;
  yield {
    member: "",
    about: "is empty",
    input: {},
    meant: required > 0 ? "InvalidParameterException" : "accepted",
  };
  yield { member: "", about: "is wrong everywhere", input: everythingWrong(shape, known), meant: null };
  yield* structureCases(shape, "", whole, known, []);
}

/** Puts a structure into its place in an input. */
type Put = (value: Record<string, unknown>) => unknown;

function* structureCases(
  shape: StructureShape,
  path: string,
  put: Put,
  known: Known,
  above: readonly string[],
): Generator<ConformanceCase> {
  const least = leastStructure(shape, known);
  const about = path === "" ? "" : path.slice(0, -1);
  yield { member: about, about: "with the least", input: put(least), meant: "accepted" };
  const unknown = { ...least, NoSuchMember: { a: [1] }, constructor: 7, toString: null };
  yield { member: about, about: "with unknown members", input: put(unknown), meant: "accepted" };
  for (const [name, memberShape] of Object.entries(shape.members)) {
    const member = `${path}${name}`;
    const isRequired = shape.required?.includes(name) === true;
    const whenAbsent: Meant = isRequired ? "InvalidParameterException" : "accepted";
    const { [name]: _, ...others } = least;
    yield { member, about: "absent", input: put(others), meant: whenAbsent };
    yield { member, about: "null", input: put({ ...others, [name]: null }), meant: whenAbsent };
    for (const [what, value, meant] of valueCases(memberShape, known))
      yield { member, about: what, input: put({ ...least, [name]: value }), meant };
    if (above.includes(memberShape)) continue;
    const within = (value: unknown) => put({ ...least, [name]: value });
    yield* innerCases(memberShape, member, within, known, [...above, memberShape]);
  }
}

/** The cases of what a member holds: a structure's members, a list's elements, a map's values. */
function* innerCases(
  name: string,
  member: string,
  put: (value: unknown) => unknown,
  known: Known,
  above: readonly string[],
): Generator<ConformanceCase> {
  const shape = shapeOf(name);
  if (shape.type === "structure") yield* structureCases(shape, `${member}.`, put, known, above);
  if (shape.type !== "list" && shape.type !== "map") return;
  const inner = shape.type === "list" ? shape.member : shape.value;
  // One element more than the least, so that there is one to look at; the first stays right.
  const around = (value: unknown): unknown => {
    if (shape.type === "list") {
      const count = Math.max(1, shape.min ?? 0);
      return put([...Array.from({ length: count - 1 }, () => leastValue(inner, known)), value]);
    }
    const [key = ""] = Object.keys(mapOf(shape, 1, known));
    return put({ ...mapOf(shape, shape.min ?? 0, known), [key]: value });
  };
  const path = `${member}.${shape.type === "list" ? "element" : "value"}`;
  for (const [about, value, meant] of valueCases(inner, known))
    yield { member: path, about, input: around(value), meant };
  const whenNull: Meant = shape.type === "list" ? "InvalidParameterException" : null;
  yield { member: path, about: "null", input: around(null), meant: whenNull };
  if (shape.type === "map")
    for (const [about, key, meant] of valueCases(shape.key, known))
      if (typeof key === "string") {
        const map = { ...mapOf(shape, shape.min ?? 0, known), [key]: leastValue(inner, known) };
        yield { member: `${member}.key`, about, input: put(map), meant: meant === "accepted" ? meant : null };
      }
  if (shapeOf(inner).type !== "string") yield* innerCases(inner, path, around, known, above);
}

export function valueCases(name: string, known: Known): Case[] {
  const shape = shapeOf(name);
  const right: Case = ["the least", leastValue(name, known), "accepted"];
  if (shape.type === "document")
    return [right, ...DOCUMENTS, ["nested too deeply", nested(65), "SerializationException"]];
  const wrong = WRONG_TYPES[shape.type].map(
    (value): Case => [`of the wrong type: ${JSON.stringify(value)}`, value, "SerializationException"],
  );
  return [right, ...wrong, ...CASES[shape.type](name, known)];
}

const nested = (depth: number): unknown => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
const DOCUMENTS: readonly Case[] = [
  ["a text", "text", "accepted"],
  ["a list", [1, null, { a: true }], "accepted"],
  ["deep", nested(64), "accepted"],
];

const WRONG_TYPES: Readonly<Record<Exclude<Shape["type"], "document">, readonly unknown[]>> = {
  string: [7, 0, 1.5, true, false, {}, [], ["text"], { toString: "text" }],
  integer: ["7", "", 1.5, 2 ** 60, true, {}, [1]],
  boolean: ["true", 1, 0, {}, []],
  timestamp: ["2024-01-01", "1700000000", true, {}, []],
  blob: [7, true, {}, [], "not base64!", "abc", "===="],
  list: [{}, "text", 7, true, { 0: "a", length: 1 }],
  map: [[], "text", 7, false, [["a", "b"]]],
  structure: [[], "text", 7, false, [{}]],
};

const CASES: Readonly<Record<Exclude<Shape["type"], "document">, (name: string, known: Known) => Case[]>> = {
  string: stringCases,
  integer: (name) => {
    const { min, max } = boundsOf(name);
    const at = (value: number): Case => [
      `the number ${value}`,
      value,
      (min !== undefined && value < min) || (max !== undefined && value > max)
        ? "InvalidParameterException"
        : "accepted",
    ];
    const low = min === undefined ? [] : [min - 1, min, min + 1];
    const high = max === undefined ? [] : [max - 1, max, max + 1];
    return [...new Set([...low, ...high, -1, 0, 1])].map(at);
  },
  boolean: () => [
    ["true", true, "accepted"],
    ["false", false, "accepted"],
  ],
  timestamp: () => [
    ["a whole second", 1_700_000_000, "accepted"],
    ["before 1970", -1.5, "accepted"],
  ],
  blob: (name) =>
    lengthsAround(boundsOf(name)).map(({ length, isAllowed }) => [
      `of ${length} bytes`,
      Buffer.alloc(length, 7).toString("base64"),
      isAllowed ? "accepted" : "InvalidParameterException",
    ]),
  list: (name, known) => {
    const shape = shapeOf(name) as Extract<Shape, { type: "list" }>;
    return lengthsAround(shape, 2).map(({ length, isAllowed }) => [
      `with ${length} elements`,
      Array.from({ length }, () => leastValue(shape.member, known)),
      isAllowed ? "accepted" : "InvalidParameterException",
    ]);
  },
  map: (name, known) => {
    const shape = shapeOf(name) as Extract<Shape, { type: "map" }>;
    return lengthsAround(shape, 2).map(({ length, isAllowed }) => [
      `with ${length} entries`,
      mapOf(shape, length, known),
      isAllowed ? "accepted" : "InvalidParameterException",
    ]);
  },
  structure: () => [],
};

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

function boundsOf(name: string): Bounds {
  const shape = shapeOf(name);
  return "min" in shape || "max" in shape ? shape : {};
}

/** Lengths at, inside and beyond each bound, and `usual` where there is none. */
function lengthsAround({ min, max }: Bounds, usual?: number): { length: number; isAllowed: boolean }[] {
  const lengths = [
    ...(min === undefined ? [0] : [min - 1, min, min + 1]),
    ...(max === undefined ? [] : [max - 1, max, max + 1]),
    ...(usual === undefined ? [] : [usual]),
  ];
  return [...new Set(lengths)]
    .filter((length) => length >= 0)
    .map((length) => ({
      length,
      isAllowed: length >= (min ?? 0) && length <= (max ?? Number.POSITIVE_INFINITY),
    }));
}

/** Characters beyond U+FFFF are counted once; beyond this length they would exceed what a request may hold. */
const LONGEST_WIDE = 20_000;

function stringCases(name: string): Case[] {
  const shape = shapeOf(name);
  if (shape.type !== "string") return [];
  if (shape.enum !== undefined) {
    const members = shape.enum.map((value): Case => [`the member ${value}`, value, "accepted"]);
    const others = [
      "",
      "NO_SUCH_VALUE",
      ...shape.enum.map((value) => value.toLowerCase()),
      `${shape.enum[0]} `,
    ]
      .filter((value) => !shape.enum?.includes(value))
      .map((value): Case => [`no member: ${JSON.stringify(value)}`, value, "InvalidParameterException"]);
    return [...members, ...others];
  }
  const judged = (about: string, text: string): Case => [
    about,
    text,
    unmet(name, text).length > 0 ? "InvalidParameterException" : "accepted",
  ];
  const lengths = lengthsAround(shape).flatMap(({ length, isAllowed }): Case[] => {
    const text = textOfLength(name, length);
    // No text of such a length matches the pattern: two constraints are violated at once.
    if (text === null) return [judged(`of ${length} characters`, "a".repeat(length))];
    return [[`of ${length} characters`, text, isAllowed ? "accepted" : "InvalidParameterException"]];
  });
  const wide = lengthsAround(shape)
    .filter(({ length }) => length <= LONGEST_WIDE)
    .map(({ length }) => judged(`of ${length} wide characters`, "😀".repeat(length)));
  const texts = patternOf(name) === null ? ["\u0000", "\ud800", "日本語 é"] : [...SAMPLES, ...MISMATCHES];
  return [...lengths, ...wide, ...texts.map((text) => judged(`the text ${JSON.stringify(text)}`, text))];
}

const MISMATCHES: readonly string[] = [
  ...[
    "\u0000\u0000",
    "a b\n",
    "a\n",
    "\na",
    " a",
    "a ",
    "a b",
    "\ud800",
    "{}",
    "é",
    "\u00a0",
    "a\u2028b",
    "e\u0301",
  ],
  ...[
    "a_b",
    "ab_",
    "_ab",
    "a-",
    "a:b",
    "a/b",
    "a\\b",
    'a"b',
    "a+b",
    "a,b",
    "a*b",
    "%00",
    "<script>",
    "…",
    "٣",
  ],
];

/** Every member at fault that can be, at once. */
function everythingWrong(shape: StructureShape, known: Known): Record<string, unknown> {
  const entries = Object.entries(shape.members).map(([name, memberShape]) => {
    const fault = valueCases(memberShape, known).find(([, , meant]) => meant === "InvalidParameterException");
    const size = JSON.stringify(fault?.[1] ?? "").length;
    return [name, fault === undefined || size > 10_000 ? leastValue(memberShape, known) : fault[1]];
  });
  return Object.fromEntries(entries);
}
