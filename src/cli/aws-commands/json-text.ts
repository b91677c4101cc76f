import {
  Dictionary,
  float,
  integer,
  isDictionary,
  isNumber,
  type Numeral,
  OrderedDictionary,
  type Value,
} from "./value.ts";

/** The text is not JSON; the message says where, in the words of Python's decoder. */
export class JsonFault extends Error {}

const NUMBER = /(-?(?:0|[1-9]\d*))(\.\d+)?([eE][-+]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON texts may not hold them
const PLAIN_TEXT = /[^"\\\u0000-\u001f]*/y;
const WORDS: readonly (readonly [string, Value])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", float(Number.NaN)],
  ["Infinity", float(Number.POSITIVE_INFINITY)],
  ["-Infinity", float(Number.NEGATIVE_INFINITY)],
];
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/**
 * Reads JSON as Python's decoder does: NaN and infinities are numbers, and 1.0 is not 1.
 * @param ordered objects become OrderedDictionary
 * @throws JsonFault
 */
export function parseJson(text: string, ordered = false): Value {
  let at = 0;

  const fail = (message: string, position: number): never => {
    const before = [...text.slice(0, position)];
    const line = before.filter((character) => character === "\n").length + 1;
    const column = before.length - before.lastIndexOf("\n");
    throw new JsonFault(`${message}: line ${line} column ${column} (char ${before.length})`);
  };
  const skipSpace = () => {
    while (at < text.length && " \t\n\r".includes(text.charAt(at))) at++;
  };

  const readValue = (): Value => {
    const first = text.charAt(at);
    if (first === '"') return readText();
    if (first === "{") return readObject();
    if (first === "[") return readArray();
    NUMBER.lastIndex = at;
    const match = NUMBER.exec(text);
    if (match) {
      at = NUMBER.lastIndex;
      const [whole, digits = "0", fraction, exponent] = match;
      return fraction === undefined && exponent === undefined ? integer(digits) : float(Number(whole));
    }
    for (const [word, value] of WORDS)
      if (text.startsWith(word, at)) {
        at += word.length;
        return value;
      }
    return fail("Expecting value", at);
  };

  const readText = (): string => {
    const start = at++;
    let result = "";
    for (;;) {
      PLAIN_TEXT.lastIndex = at;
      result += PLAIN_TEXT.exec(text)?.[0] ?? "";
      at = PLAIN_TEXT.lastIndex;
      if (at >= text.length) return fail("Unterminated string starting at", start);
      const character = text.charAt(at);
      if (character === '"') {
        at++;
        return result;
      }
      if (character !== "\\") return fail("Invalid control character at", at);
      result += readEscape(start);
    }
  };

  const readEscape = (start: number): string => {
    const letter = text.charAt(at + 1);
    if (letter === "") return fail("Unterminated string starting at", start);
    if (letter !== "u") {
      const character = ESCAPES[letter];
      if (character === undefined) return fail("Invalid \\escape", at);
      at += 2;
      return character;
    }
    const digits = text.slice(at + 2, at + 6);
    // Python wants a character after the digits, for the string has to end.
    if (!/^[0-9a-fA-F]{4}$/.test(digits) || at + 6 >= text.length)
      return fail("Invalid \\uXXXX escape", at + 1);
    at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  };

  const readObject = (): Dictionary => {
    const object = ordered ? new OrderedDictionary() : new Dictionary();
    at++;
    skipSpace();
    if (text.charAt(at) === "}") {
      at++;
      return object;
    }
    for (;;) {
      if (text.charAt(at) !== '"') fail("Expecting property name enclosed in double quotes", at);
      const key = readText();
      skipSpace();
      if (text.charAt(at) !== ":") fail("Expecting ':' delimiter", at);
      at++;
      skipSpace();
      object.set(key, readValue());
      skipSpace();
      const next = text.charAt(at);
      if (next !== "}" && next !== ",") fail("Expecting ',' delimiter", at);
      at++;
      if (next === "}") return object;
      skipSpace();
    }
  };

  const readArray = (): Value[] => {
    const items: Value[] = [];
    at++;
    skipSpace();
    if (text.charAt(at) === "]") {
      at++;
      return items;
    }
    for (;;) {
      items.push(readValue());
      skipSpace();
      const next = text.charAt(at);
      if (next !== "]" && next !== ",") fail("Expecting ',' delimiter", at);
      at++;
      if (next === "]") return items;
      skipSpace();
    }
  };

  if (text.startsWith("\ufeff")) fail("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0);
  skipSpace();
  const value = readValue();
  skipSpace();
  return at === text.length ? value : fail("Extra data", at);
}

/** How JSON is written: `indent` spaces and a line for each item, or neither; `ascii` escapes all else. */
export interface JsonStyle {
  readonly indent?: number;
  readonly ascii?: boolean;
}

export function printJson(value: Value, style: JsonStyle = {}, margin = ""): string {
  if (value === null) return "null";
  if (typeof value === "string") return quoted(value, style);
  if (typeof value === "boolean") return String(value);
  if (isNumber(value)) return numberText(value);
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString("base64")}"`;
  const inner = margin + " ".repeat(style.indent ?? 0);
  const [open, close, items] = isDictionary(value)
    ? ([
        "{",
        "}",
        [...value].map(
          ([key, item]) =>
            `${quoted(key, style)}:${style.indent === undefined ? "" : " "}${printJson(item, style, inner)}`,
        ),
      ] as const)
    : (["[", "]", value.map((item) => printJson(item, style, inner))] as const);
  if (items.length === 0) return open + close;
  if (style.indent === undefined) return open + items.join(",") + close;
  return `${open}\n${inner}${items.join(`,\n${inner}`)}\n${margin}${close}`;
}

/** Infinities and NaN have names here that they have nowhere else. */
const numberText = (value: number | Numeral): string => {
  if (typeof value === "number") return String(value);
  return Number.isFinite(value.value) ? value.text : String(value.value);
};

const quoted = (text: string, { ascii }: JsonStyle): string => {
  const plain = JSON.stringify(text);
  return ascii
    ? plain.replace(/[\u007f-\uffff]/g, (unit) =>
        unit === "\u007f" ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
      )
    : plain;
};
