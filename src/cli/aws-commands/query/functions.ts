import { printJson } from "../json-text.ts";
import { isInteger } from "../option-parser.ts";
import {
  byCodePoint,
  characters,
  Dictionary,
  equal,
  float,
  integer,
  isDictionary,
  isFloat,
  isList,
  isNumber,
  numberOf,
  plainText,
  pythonText,
  typeName,
  type Value,
} from "../value.ts";
import { Expression } from "./expression.ts";
import { QueryFault } from "./syntax-fault.ts";

/** What each argument may be; none means anything. `array-number` is an array of numbers only. */
type Signature = readonly (readonly string[])[];

interface BuiltIn {
  readonly takes: Signature;
  /** The last may be given more than once. */
  readonly variadic?: boolean;
  readonly apply: (...args: readonly Value[]) => Value;
}

type List = readonly Value[];
const numbers = (list: Value): readonly number[] => (list as List).map((item) => numberOf(item as number));
const total = (list: Value): number => numbers(list).reduce((sum, item) => sum + item, 0);
const number = (value: number, asFloat: boolean): Value => (asFloat ? float(value) : value);
const anyFloat = (list: Value): boolean => (list as List).some((item) => isNumber(item) && isFloat(item));
const applied = (expression: Value, item: Value): Value => (expression as unknown as Expression).of(item);
const ANYTHING: Signature = [[]];

const compare = (a: Value, b: Value): number =>
  isNumber(a) && isNumber(b) ? numberOf(a) - numberOf(b) : byCodePoint(a as string, b as string);

/** The first of those that no other precedes. */
function extreme(list: List, key: (item: Value) => Value, sign: 1 | -1): Value {
  let best: { readonly item: Value; readonly key: Value } | null = null;
  for (const item of list) {
    const own = key(item);
    if (!best || sign * compare(own, best.key) < 0) best = { item, key: own };
  }
  return best?.item ?? null;
}

/** The value of an expression for each item, which must be of one of the types. */
const keyed =
  (name: string, expression: Value, types: readonly string[]) =>
  (item: Value): Value => {
    const key = applied(expression, item);
    if (!types.includes(kindOf(key))) throw wrongType(name, key, kindOf(key), types);
    return key;
  };

const sorted = (list: List, key: (item: Value) => Value): Value =>
  list
    .map((item) => ({ item, key: key(item) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ item }) => item);

const self = (item: Value): Value => item;

const BUILT_IN: Readonly<Record<string, BuiltIn>> = {
  abs: {
    takes: [["number"]],
    apply: (value) => number(Math.abs(numberOf(value as number)), isFloat(value as number)),
  },
  avg: {
    takes: [["array-number"]],
    apply: (list) =>
      (list as List).length === 0 ? null : float(total(list as Value) / (list as List).length),
  },
  ceil: { takes: [["number"]], apply: (value) => Math.ceil(numberOf(value as number)) },
  contains: {
    takes: [["array", "string"], []],
    apply: (subject, search) => {
      if (isList(subject)) return subject.some((item) => equal(item, search as Value));
      if (typeof search !== "string")
        throw new QueryFault(
          `'in <string>' requires string as left operand, not ${typeName(search as Value)}`,
        );
      return (subject as string).includes(search);
    },
  },
  ends_with: {
    takes: [["string"], ["string"]],
    apply: (text, end) => (text as string).endsWith(end as string),
  },
  floor: { takes: [["number"]], apply: (value) => Math.floor(numberOf(value as number)) },
  join: { takes: [["string"], ["array-string"]], apply: (by, list) => (list as List).join(by as string) },
  keys: { takes: [["object"]], apply: (object) => [...(object as Dictionary).keys()] },
  length: {
    takes: [["string", "array", "object"]],
    apply: (value) =>
      isDictionary(value) ? value.size : isList(value) ? value.length : characters(value as string),
  },
  map: {
    takes: [["expref"], ["array"]],
    apply: (expression, list) => (list as List).map((item) => applied(expression as Value, item)),
  },
  max: { takes: [["array-number", "array-string"]], apply: (list) => extreme(list as List, self, -1) },
  max_by: {
    takes: [["array"], ["expref"]],
    apply: (list, by) => extreme(list as List, keyed("max_by", by as Value, ["number", "string"]), -1),
  },
  merge: {
    takes: [["object"]],
    variadic: true,
    apply: (...objects) => new Dictionary(objects.flatMap((object) => [...(object as Dictionary)])),
  },
  min: { takes: [["array-number", "array-string"]], apply: (list) => extreme(list as List, self, 1) },
  min_by: {
    takes: [["array"], ["expref"]],
    apply: (list, by) => extreme(list as List, keyed("min_by", by as Value, ["number", "string"]), 1),
  },
  not_null: {
    takes: ANYTHING,
    variadic: true,
    apply: (...values) => values.find((value) => value !== null) ?? null,
  },
  reverse: {
    takes: [["array", "string"]],
    apply: (value) => (isList(value) ? value.toReversed() : [...(value as string)].reverse().join("")),
  },
  sort: { takes: [["array-string", "array-number"]], apply: (list) => sorted(list as List, self) },
  sort_by: {
    takes: [["array"], ["expref"]],
    apply: (list, by) => {
      const [first] = list as List;
      if (first === undefined) return list as Value;
      const kind = kindOf(applied(by as Value, first));
      if (kind !== "number" && kind !== "string")
        throw wrongType("sort_by", first, kind, ["string", "number"]);
      return sorted(list as List, keyed("sort_by", by as Value, [kind]));
    },
  },
  starts_with: {
    takes: [["string"], ["string"]],
    apply: (text, start) => (text as string).startsWith(start as string),
  },
  sum: { takes: [["array-number"]], apply: (list) => number(total(list as Value), anyFloat(list as Value)) },
  to_array: { takes: ANYTHING, apply: (value) => (isList(value) ? value : [value as Value]) },
  to_number: { takes: ANYTHING, apply: (value) => toNumber(value as Value) },
  to_string: {
    takes: ANYTHING,
    apply: (value) => (typeof value === "string" ? value : printJson(value as Value, { ascii: true })),
  },
  type: { takes: ANYTHING, apply: (value) => (isExpression(value) ? null : kindOf(value as Value)) },
  values: { takes: [["object"]], apply: (object) => [...(object as Dictionary).values()] },
};

const FLOAT = /^\s*[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+)?\s*$/i;

function toNumber(value: Value): Value {
  if (isNumber(value)) return value;
  if (typeof value !== "string") return null;
  const plain = value.trim().replaceAll("_", "");
  if (isInteger(value)) return integer(plain.replace(/^\+/, "").replace(/^(-?)0+(?=\d)/, "$1"));
  return FLOAT.test(value) ? float(Number(plain)) : null;
}

const isExpression = (value: unknown): boolean => value instanceof Expression;

function kindOf(value: Value): string {
  if (isExpression(value)) return "expref";
  if (value === null) return "null";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "string";
  if (isNumber(value)) return "number";
  return isList(value) ? "array" : "object";
}

const wrongType = (name: string, value: Value, received: string, expected: readonly string[]): QueryFault =>
  new QueryFault(
    `In function ${name}(), invalid type for value: ${isExpression(value) ? "expression" : plainText(value)}, expected one of: ${pythonText([...expected])}, received: "${received}"`,
  );

/** @throws QueryFault for an unknown name, a wrong number of arguments or types that the function does not take */
export function callFunction(name: string, args: List): Value {
  const builtIn = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
  if (!builtIn) throw new QueryFault(`Unknown function: ${name}()`);
  const { takes, variadic } = builtIn;
  if (variadic ? args.length < takes.length : args.length !== takes.length)
    throw new QueryFault(
      `Expected ${variadic ? "at least " : ""}${takes.length} argument${takes.length === 1 ? "" : "s"} for function ${name}(), received ${args.length}`,
    );
  for (const [index, types] of takes.entries())
    if (types.length > 0) checkType(name, args[index] as Value, types);
  return builtIn.apply(...args);
}

function checkType(name: string, value: Value, types: readonly string[]): void {
  const kind = kindOf(value);
  if (!types.some((type) => type.split("-")[0] === kind)) throw wrongType(name, value, kind, types);
  const elements = types.flatMap((type) => type.split("-")[1] ?? []);
  if (elements.length === 0 || !isList(value)) return;
  const [first] = value;
  const allowed =
    elements.length === 1
      ? elements[0]
      : elements.find((type) => type === (first === undefined ? type : kindOf(first)));
  for (const item of value)
    if (kindOf(item) !== allowed)
      throw wrongType(name, item, isExpression(item) ? "_Expression" : typeName(item), types);
}
