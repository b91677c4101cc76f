/**
 * Another evaluation of policies, written from IAM's documentation and not from the server's code: it works on the JSON as it is,
 * turns patterns into regular expressions, and gives each statement one of three values by folding over its parts. It is slow, and it
 * trusts its input to be a valid policy.
 */

export interface OracleRequest {
  readonly action: string;
  readonly resource: string;
  /** Keys in lower case. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

type Json = Record<string, unknown>;
const many = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map(String);
const lowerKeys = (value: Json): Json =>
  Object.fromEntries(Object.entries(value).map(([key, one]) => [key.toLowerCase(), one]));

const quote = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/** A regular expression's source for the text, or "unknown" when a variable in it has no value. */
function source(
  text: string,
  request: OracleRequest,
  variables: boolean,
  wildcards: boolean,
): string | "unknown" {
  const pieces = variables ? text.split(/(\$\{[^}]*\})/) : [text];
  let made = "";
  for (const piece of pieces) {
    const inner = variables ? /^\$\{([^}]*)\}$/.exec(piece)?.[1] : undefined;
    if (inner === undefined)
      made += wildcards
        ? piece
            .split(/([*?])/)
            .map((part) => (part === "*" ? "[^]*" : part === "?" ? "[^]" : quote(part)))
            .join("")
        : quote(piece);
    else if (["*", "?", "$"].includes(inner)) made += quote(inner);
    else {
      const [name = "", ...rest] = inner.split(",");
      const found = request.context[name.trim().toLowerCase()];
      const fallback = rest.length > 0 ? rest.join(",").trim().replace(/^'|'$/g, "") : undefined;
      const value = typeof found === "string" ? found : fallback;
      if (value === undefined) return "unknown";
      made += quote(value);
    }
  }
  return made;
}

const whole = (pattern: string, flags = "u"): RegExp => new RegExp(`^(?:${pattern})$`, flags);

/** Splits at colons outside of `${…}`, into six. */
function six(text: string): string[] {
  const parts = text.match(/(?:\$\{[^}]*\}|[^:])*(?::|$)/g)?.map((part) => part.replace(/:$/, "")) ?? [];
  if (text === "" || !text.endsWith(":")) parts.pop();
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
}

function arn(
  pattern: string,
  given: string,
  request: OracleRequest,
  variables: boolean,
): boolean | "unknown" {
  const got = given.split(":");
  const wanted = six(pattern).map((part) => source(part, request, variables, true));
  if (wanted.includes("unknown")) return "unknown";
  if (got.length < 6 || wanted.length !== 6) return false;
  const last = got.slice(5).join(":");
  return [...got.slice(0, 5), last].every((part, index) => whole(wanted[index] ?? "").test(part));
}

const NEGATIONS: Readonly<Record<string, string>> = {
  stringnotequals: "stringequals",
  stringnotequalsignorecase: "stringequalsignorecase",
  stringnotlike: "stringlike",
  numericnotequals: "numericequals",
  datenotequals: "dateequals",
  notipaddress: "ipaddress",
  arnnotequals: "arnlike",
  arnnotlike: "arnlike",
};

const instant = (text: string): number =>
  /^\d+$/.test(text)
    ? Number(text) * 1000
    : new Date(text.includes("T") && !/Z|[+-]\d\d:?\d\d$/.test(text) ? `${text}Z` : text).getTime();

const bits = (address: string): bigint =>
  address.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);

function compare(
  operator: string,
  wanted: string,
  given: string,
  request: OracleRequest,
  variables: boolean,
): boolean | "unknown" {
  if (operator.startsWith("arn"))
    return wanted === "*" ? given.split(":").length >= 6 : arn(wanted, given, request, variables);
  if (operator.startsWith("string")) {
    const pattern = source(wanted, request, variables, operator === "stringlike");
    if (pattern === "unknown") return "unknown";
    return whole(pattern, operator === "stringequalsignorecase" ? "iu" : "u").test(given);
  }
  if (operator === "bool") return wanted.toLowerCase() === given.toLowerCase();
  if (operator === "binaryequals") return wanted === given;
  if (operator === "ipaddress") {
    if (!/^\d+\.\d+\.\d+\.\d+$/.test(given)) return false;
    const [network = "", length = "32"] = wanted.split("/");
    const shift = BigInt(32 - Number(length));
    return bits(network) >> shift === bits(given) >> shift;
  }
  const isDate = operator.startsWith("date");
  const number = isDate
    ? instant
    : (text: string) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN);
  const [a, b] = [number(given), number(wanted)];
  const tests: Record<string, boolean> = {
    equals: a === b,
    lessthan: a < b,
    lessthanequals: a <= b,
    greaterthan: a > b,
    greaterthanequals: a >= b,
  };
  return tests[operator.replace(/^(date|numeric)/, "")] ?? false;
}

function condition(
  name: string,
  key: string,
  values: string[],
  request: OracleRequest,
  variables: boolean,
  isDeny: boolean,
): boolean {
  let operator = name.toLowerCase();
  const given = request.context[key.toLowerCase()];
  const list = given === undefined ? [] : many(given);
  if (operator === "null")
    return values.some((value) => (list.length === 0) === (value.toLowerCase() === "true"));
  const set = /^(foranyvalue|forallvalues):/.exec(operator)?.[1];
  operator = operator.replace(/^for\w+:/, "");
  const optional = operator.endsWith("ifexists");
  operator = operator.replace(/ifexists$/, "");
  const base = NEGATIONS[operator];
  if (list.length === 0)
    return optional || set === "forallvalues" || (set === undefined && base !== undefined);
  const expands = variables && /string|arn/.test(operator);
  const outcomes = (one: string) =>
    values.map((value) =>
      compare((base ?? operator).replace("arnequals", "arnlike"), value, one, request, expands),
    );
  if (base !== undefined && list.some((one) => outcomes(one).includes("unknown"))) return isDeny;
  const satisfied = (one: string) => outcomes(one).includes(true) !== (base !== undefined);
  if (set === "foranyvalue" || (set === undefined && base === undefined)) return list.some(satisfied);
  return list.every(satisfied);
}

function applies(statement: Json, request: OracleRequest, variables: boolean): boolean {
  const isDeny = statement.Effect === "Deny";
  const actions = many(statement.Action ?? statement.NotAction);
  const named = actions.some((action) =>
    whole(source(action, request, false, true), "iu").test(request.action),
  );
  if (named === (statement.Action === undefined)) return false;
  const outcomes = many(statement.Resource ?? statement.NotResource).map((resource) => {
    if (resource === "*") return true;
    const missing = 6 - six(resource).length;
    return arn(resource + ":*".repeat(Math.max(0, missing)), request.resource, request, variables);
  });
  const hit = outcomes.includes(true);
  if (statement.Resource !== undefined ? !hit : hit || (outcomes.includes("unknown") && !isDeny))
    return false;
  return Object.entries((statement.Condition as Json | undefined) ?? {}).every(([name, keys]) =>
    Object.entries(keys as Json).every(([key, values]) =>
      condition(name, key, many(values), request, variables, isDeny),
    ),
  );
}

/** What the policies together say. */
export function oracle(
  policies: readonly Json[],
  request: OracleRequest,
): "explicit-deny" | "allow" | "no-match" {
  const effects = policies.flatMap((policy) =>
    (Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement])
      .filter((statement: Json) =>
        applies(
          statement,
          { ...request, context: lowerKeys(request.context) as OracleRequest["context"] },
          policy.Version === "2012-10-17",
        ),
      )
      .map((statement: Json) => statement.Effect),
  );
  if (effects.includes("Deny")) return "explicit-deny";
  return effects.includes("Allow") ? "allow" : "no-match";
}
