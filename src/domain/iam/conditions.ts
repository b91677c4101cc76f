import { BlockList, isIP } from "node:net";
import { type Glob, globMatches } from "./glob.ts";
import { resolveTemplate, splitTemplate, type Template, type VariableValues } from "./policy-template.ts";

/** The facts of a request that conditions look at: keys in lower case, one value or, for `aws:TagKeys`, several. */
export type ConditionContext = ReadonlyMap<string, string | readonly string[]>;

/** How one value of a request is compared with one of a policy. */
type Comparison = (given: string, wanted: Operand) => boolean;

/** A value of a policy, in the forms that comparisons need. */
interface Operand {
  readonly text: string;
  readonly glob: Glob;
  /** The glob's six parts between colons; null where the comparison is not of ARNs. */
  readonly arn: readonly Glob[] | null;
}

interface OperatorFacts {
  readonly compare: Comparison;
  /** True for `…NotEquals` and the like, which hold when no value matches, and when the key is absent. */
  readonly negated: boolean;
  /** Whether variables and their wildcards mean something in values. */
  readonly takesVariables: boolean;
  readonly isArn: boolean;
  /** Whether a text may stand in a policy. */
  readonly accepts: (value: string) => boolean;
}

const literally = (operand: Operand): string => operand.text;
const anything = () => true;

const numberOf = (text: string): number => (/^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN);
const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;
/** Milliseconds: an ISO 8601 date in UTC unless it says otherwise, or seconds since the epoch. */
function dateOf(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const found = DATE.exec(text);
  if (!found) return Number.NaN;
  return Date.parse(found[1] && !found[4] ? `${text}Z` : text);
}

const isNumber = (text: string): boolean => !Number.isNaN(numberOf(text));
const isDate = (text: string): boolean => !Number.isNaN(dateOf(text));

function addressRange(text: string): BlockList | null {
  const [address = "", prefix, ...rest] = text.split("/");
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  if (
    version === 0 ||
    rest.length > 0 ||
    (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) ||
    length > bits
  )
    return null;
  const range = new BlockList();
  range.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
  return range;
}

function inRange(given: string, wanted: Operand): boolean {
  const range = addressRange(literally(wanted));
  const version = isIP(given);
  return range !== null && version !== 0 && range.check(given, version === 4 ? "ipv4" : "ipv6");
}

/** Whether each of the six parts between an ARN's colons matches by itself; the last may hold colons. */
export function arnMatches(given: string, wanted: readonly Glob[]): boolean {
  const fields = given.split(":");
  const parts = [...fields.slice(0, 5), fields.slice(5).join(":")];
  return (
    fields.length >= 6 &&
    wanted.length === 6 &&
    parts.every((part, index) => globMatches(wanted[index] ?? [], part))
  );
}

const text = (compare: Comparison, accepts = anything as (value: string) => boolean) => ({
  compare,
  takesVariables: true,
  isArn: false,
  accepts,
});
const plain = (compare: Comparison, accepts: (value: string) => boolean) => ({
  compare,
  takesVariables: false,
  isArn: false,
  accepts,
});
const ordered = (
  measure: (text: string) => number,
  accepts: (value: string) => boolean,
  holds: (given: number, wanted: number) => boolean,
) => plain((given, wanted) => holds(measure(given), measure(literally(wanted))), accepts);

const equals = text((given, wanted) => given === literally(wanted));
const equalsIgnoringCase = text((given, wanted) => given.toLowerCase() === literally(wanted).toLowerCase());
const like = text((given, wanted) => globMatches(wanted.glob, given));
const arn = {
  ...text((given, wanted) => wanted.arn !== null && arnMatches(given, wanted.arn)),
  isArn: true,
};
const address = plain(inRange, (value) => addressRange(value) !== null);
const number = (holds: (given: number, wanted: number) => boolean) => ordered(numberOf, isNumber, holds);
const date = (holds: (given: number, wanted: number) => boolean) => ordered(dateOf, isDate, holds);
const same = (a: number, b: number): boolean => a === b;
const less = (a: number, b: number): boolean => a < b;
const lessOrSame = (a: number, b: number): boolean => a <= b;
const greater = (a: number, b: number): boolean => a > b;
const greaterOrSame = (a: number, b: number): boolean => a >= b;

const positive = (facts: Omit<OperatorFacts, "negated">): OperatorFacts => ({ ...facts, negated: false });
const negative = (facts: Omit<OperatorFacts, "negated">): OperatorFacts => ({ ...facts, negated: true });

/** Every operator by its name in lower case, as IAM's documentation of condition operators lists them; `Null` stands apart. */
const OPERATORS: Readonly<Record<string, OperatorFacts>> = {
  stringequals: positive(equals),
  stringnotequals: negative(equals),
  stringequalsignorecase: positive(equalsIgnoringCase),
  stringnotequalsignorecase: negative(equalsIgnoringCase),
  stringlike: positive(like),
  stringnotlike: negative(like),
  numericequals: positive(number(same)),
  numericnotequals: negative(number(same)),
  numericlessthan: positive(number(less)),
  numericlessthanequals: positive(number(lessOrSame)),
  numericgreaterthan: positive(number(greater)),
  numericgreaterthanequals: positive(number(greaterOrSame)),
  dateequals: positive(date(same)),
  datenotequals: negative(date(same)),
  datelessthan: positive(date(less)),
  datelessthanequals: positive(date(lessOrSame)),
  dategreaterthan: positive(date(greater)),
  dategreaterthanequals: positive(date(greaterOrSame)),
  bool: positive(
    plain(
      (given, wanted) => given.toLowerCase() === literally(wanted).toLowerCase(),
      (value) => /^(true|false)$/i.test(value),
    ),
  ),
  binaryequals: positive(plain((given, wanted) => given === literally(wanted), anything)),
  ipaddress: positive(address),
  notipaddress: negative(address),
  arnequals: positive(arn),
  arnlike: positive(arn),
  arnnotequals: negative(arn),
  arnnotlike: negative(arn),
};

/** How the values of a key with several are taken together. */
export type Quantifier = "ForAnyValue" | "ForAllValues";

export interface Condition {
  readonly operator: OperatorFacts | "Null";
  readonly quantifier: Quantifier | null;
  readonly ifExists: boolean;
  /** Lower case. */
  readonly key: string;
  /** At least one. */
  readonly values: readonly Template[];
}

export interface ParsedOperator {
  readonly operator: OperatorFacts | "Null";
  readonly quantifier: Quantifier | null;
  readonly ifExists: boolean;
}

const OPERATOR_NAME = /^(?:(foranyvalue|forallvalues):)?([a-z]+?)(ifexists)?$/;

/** Reads an operator with its prefix and suffix; null when there is no such operator. */
export function readOperator(name: string): ParsedOperator | null {
  const [, prefix, base = "", suffix] = OPERATOR_NAME.exec(name.toLowerCase()) ?? [];
  const quantifier =
    prefix === "foranyvalue" ? "ForAnyValue" : prefix === "forallvalues" ? "ForAllValues" : null;
  if (base === "null") return suffix || quantifier ? null : { operator: "Null", quantifier, ifExists: false };
  const operator = Object.hasOwn(OPERATORS, base) ? OPERATORS[base] : undefined;
  return operator ? { operator, quantifier, ifExists: suffix !== undefined } : null;
}

const IS_TRUE_OR_FALSE = /^(true|false)$/i;

/** Whether a value may stand in a policy under this operator. */
export const acceptsValue = ({ operator }: ParsedOperator, value: string): boolean =>
  operator === "Null" ? IS_TRUE_OR_FALSE.test(value) : operator.accepts(value);

/** Whether variables in the operator's values are expanded. */
export const takesVariables = ({ operator }: ParsedOperator): boolean =>
  operator !== "Null" && operator.takesVariables;

const textOf = (glob: Glob): string =>
  glob.map((part) => (typeof part === "string" ? part : part.description)).join("");

const ARN_ANY = "*";
function operandOf(template: Template, isArn: boolean, values: VariableValues): Operand | null {
  const glob = resolveTemplate(template, values);
  if (!glob) return null;
  const text = textOf(glob);
  if (!isArn) return { text, glob, arn: null };
  const fields =
    text === ARN_ANY && template.length === 1
      ? Array.from({ length: 6 }, () => template)
      : splitTemplate(template, 6);
  return { text, glob, arn: fields.map((field) => resolveTemplate(field, values) ?? []) };
}

/**
 * Whether a condition holds.
 * @param unresolved what a negated comparison with a variable that has no value amounts to: whatever keeps the statement from
 *   giving more than it says
 */
export function conditionHolds(
  condition: Condition,
  context: ConditionContext,
  variables: VariableValues,
  unresolved: boolean,
): boolean {
  const { operator, quantifier, ifExists, key, values } = condition;
  const found = context.get(key);
  const given = found === undefined ? [] : typeof found === "string" ? [found] : found;
  const isAbsent = given.length === 0;
  if (operator === "Null") {
    return values.some(
      (value) => (textOf(resolveTemplate(value, variables) ?? []).toLowerCase() === "true") === isAbsent,
    );
  }
  if (isAbsent) {
    if (ifExists || quantifier === "ForAllValues") return true;
    return quantifier === null && operator.negated;
  }
  const operands = values.map((value) => operandOf(value, operator.isArn, variables));
  if (operator.negated && operands.includes(null)) return unresolved;
  const matches = (one: string): boolean =>
    operands.some((operand) => operand !== null && operator.compare(one, operand));
  const holds = (one: string): boolean => matches(one) !== operator.negated;
  if (quantifier === "ForAllValues") return given.every(holds);
  if (quantifier === "ForAnyValue") return given.some(holds);
  // A key with several values under a plain operator: some match, or for a negated one none does.
  return operator.negated ? given.every(holds) : given.some(holds);
}
