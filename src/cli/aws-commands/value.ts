/**
 * The values that commands read and print. The AWS CLI is a Python program, and what it prints depends on what Python makes of a
 * value: 1.0 stays 1.0, objects keep the order of all their keys, and messages show values as Python writes them.
 */
export type Value = null | boolean | number | string | Numeral | Uint8Array | readonly Value[] | Dictionary;

/** An object; keys in the order in which they came. */
export class Dictionary extends Map<string, Value> {}

/** One that was read from a parameter's JSON, which messages show in another form. */
export class OrderedDictionary extends Dictionary {}

/** A number whose text is not what JavaScript writes: 1.0, 1e+16, integers beyond 2^53. */
export class Numeral {
  readonly value: number;
  readonly text: string;
  readonly float: boolean;

  constructor(value: number, text: string, float: boolean) {
    this.value = value;
    this.text = text;
    this.float = float;
  }
}

export const isDictionary = (value: Value | undefined): value is Dictionary => value instanceof Dictionary;
export const isList = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);
export const isNumber = (value: Value | undefined): value is number | Numeral =>
  typeof value === "number" || value instanceof Numeral;
export const isScalar = (value: Value): boolean => !isList(value) && !isDictionary(value);
export const numberOf = (value: number | Numeral): number =>
  typeof value === "number" ? value : value.value;
export const isFloat = (value: number | Numeral): boolean =>
  typeof value === "number" ? !Number.isInteger(value) : value.float;

/** A floating-point number. */
export function float(value: number): number | Numeral {
  const text = floatText(value);
  return text === String(value) ? value : new Numeral(value, text, true);
}

/** An integer from its decimal digits, without leading zeros. */
export function integer(digits: string): number | Numeral {
  const value = Number(digits);
  if (Object.is(value, -0)) return 0;
  return Number.isSafeInteger(value) ? value : new Numeral(value, BigInt(digits).toString(), false);
}

const SMALLEST_POSITIONAL = -4;
const FIRST_EXPONENTIAL = 16;

function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (Object.is(value, -0)) return "-0.0";
  const [mantissa = "", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  if (exponent < SMALLEST_POSITIONAL || exponent >= FIRST_EXPONENTIAL) {
    const digits = String(Math.abs(exponent)).padStart(2, "0");
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${digits}`;
  }
  if (exponent < 0) {
    const digits = mantissa.replace(/[-.]/g, "");
    return `${value < 0 ? "-" : ""}0.${"0".repeat(-exponent - 1)}${digits}`;
  }
  const text = String(value);
  return text.includes(".") ? text : `${text}.0`;
}

const numberText = (value: number | Numeral): string =>
  typeof value === "number" ? String(value) : value.text;

/** What Python's str() gives: the text of an output column or of a message. */
export const plainText = (value: Value): string => (typeof value === "string" ? value : pythonText(value));

/** What Python's repr() gives. */
export function pythonText(value: Value): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "string") return quoted(value);
  if (isNumber(value)) return numberText(value);
  if (value instanceof Uint8Array) return `b${quoted(Buffer.from(value).toString("latin1"))}`;
  if (value instanceof OrderedDictionary) {
    const pairs = [...value].map(([key, item]) => `(${quoted(key)}, ${pythonText(item)})`);
    return pairs.length === 0 ? "OrderedDict()" : `OrderedDict([${pairs.join(", ")}])`;
  }
  if (isDictionary(value))
    return `{${[...value].map(([key, item]) => `${quoted(key)}: ${pythonText(item)}`).join(", ")}}`;
  return `[${value.map(pythonText).join(", ")}]`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\\": "\\\\",
};
const UNPRINTABLE = /[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (SHORT_ESCAPES[character]) return SHORT_ESCAPES[character];
    const digits = code.toString(16);
    if (code <= 0xff) return `\\x${digits.padStart(2, "0")}`;
    return code <= 0xffff ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
  });
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

/** The name of a value's type in Python, without brackets. */
export function typeName(value: Value): string {
  if (value === null) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "str";
  if (isNumber(value)) return isFloat(value) ? "float" : "int";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof OrderedDictionary) return "OrderedDict";
  return isDictionary(value) ? "dict" : "list";
}

/** Number of characters, as Python and the model count them. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The order in which Python sorts texts: by code point. */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    const surrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
    if (surrogate(x) !== surrogate(y)) return surrogate(x) ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

/** Whether two values are equal as Python compares them: by content, and numbers by value. */
export function equal(a: Value, b: Value): boolean {
  if (isNumber(a) && isNumber(b)) return numberOf(a) === numberOf(b);
  if (isNumber(a) && typeof b === "boolean") return numberOf(a) === Number(b);
  if (isNumber(b) && typeof a === "boolean") return numberOf(b) === Number(a);
  if (isList(a) && isList(b))
    return a.length === b.length && a.every((item, i) => equal(item, b[i] as Value));
  if (isDictionary(a) && isDictionary(b))
    return (
      a.size === b.size &&
      [...a].every(([key, item]) => {
        const other = b.get(key);
        return other !== undefined && equal(item, other);
      })
    );
  return a === b;
}
