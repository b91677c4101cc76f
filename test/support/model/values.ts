/** Values made from the model: ones that satisfy a shape, at any length that it allows or does not. */
import { unmet } from "./expected-refusal.ts";
import { lengthOf, patternOf, type Shape, type StructureShape, shapeOf } from "./shapes.ts";

/** Texts among which there is a valid one for every pattern of the model. */
export const SAMPLES: readonly string[] = [
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

const valid = new Map<string, readonly string[]>();

/** Sample texts that satisfy a shape. */
export function validTexts(name: string): readonly string[] {
  let texts = valid.get(name);
  if (texts === undefined) {
    const shape = shapeOf(name);
    if (shape.type !== "string") throw new Error(`${name} is not a text`);
    texts = [...(shape.enum ?? SAMPLES)].filter((text) => unmet(name, text).length === 0);
    if (texts.length === 0) throw new Error(`no sample satisfies ${name}`);
    valid.set(name, texts);
  }
  return texts;
}

/** A text of exactly this length that matches the shape's pattern, made by stretching or cutting a sample; null when none is found. */
export function textOfLength(name: string, length: number): string | null {
  const pattern = patternOf(name);
  if (pattern === null) return "a".repeat(length);
  for (const sample of SAMPLES) {
    const characters = [...sample];
    const missing = length - characters.length;
    for (let i = 0; i < Math.max(1, characters.length); i++) {
      const [before, after] = [characters.slice(0, i), characters.slice(i)];
      const text =
        missing >= 0
          ? [...before, (characters[i] ?? "").repeat(missing), ...after].join("")
          : [...before, ...after.slice(-missing)].join("");
      if (lengthOf(text) === length && pattern.expression.test(text)) return text;
    }
  }
  return null;
}

/** What makes real things of a shape's values: a pool that exists for every UserPoolIdType. */
export type Known = Readonly<Record<string, string>>;

/** An input, or a part of one, that satisfies its shape with as little as possible. */
export function leastValue(name: string, known: Known): unknown {
  const shape = shapeOf(name);
  switch (shape.type) {
    case "string":
      return known[name] ?? validTexts(name)[0];
    case "integer":
      return shape.min ?? 0;
    case "boolean":
      return true;
    case "timestamp":
      return 1_700_000_000.25;
    case "blob":
      return "iVBORw0KGgo=";
    case "document":
      return {};
    case "list":
      return Array.from({ length: shape.min ?? 0 }, () => leastValue(shape.member, known));
    case "map":
      return mapOf(shape, shape.min ?? 0, known);
    case "structure":
      return leastStructure(shape, known);
  }
}

export function leastStructure(shape: StructureShape, known: Known): Record<string, unknown> {
  const entries = (shape.required ?? []).map((name) => [name, leastValue(shape.members[name] ?? "", known)]);
  return Object.fromEntries(entries);
}

/** A map with this many entries, as far as its keys have so many values. */
export function mapOf(
  shape: Extract<Shape, { type: "map" }>,
  size: number,
  known: Known,
): Record<string, unknown> {
  const texts = validTexts(shape.key);
  const key = (i: number): string => {
    const text = texts[i];
    if (text !== undefined) return text;
    const numbered = `key${i}`;
    return unmet(shape.key, numbered).length === 0 ? numbered : (LANGUAGES[i] ?? `invalid key ${i}`);
  };
  return Object.fromEntries(Array.from({ length: size }, (_, i) => [key(i), leastValue(shape.value, known)]));
}

/** The one pattern of a map's keys that allows but a few of them. */
const LANGUAGES = [
  ...["default", "dutch", "english", "french", "spanish", "german", "bahasa-indonesia", "italian"],
  ...["japanese", "korean", "portuguese-brazil", "chinese-simplified", "chinese-traditional"],
].map((language) => `cognito:${language}`);
