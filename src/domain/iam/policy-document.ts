import { malformedPolicyDocument } from "../errors.ts";
import { acceptsValue, type Condition, readOperator, takesVariables } from "./conditions.ts";
import { type Glob, globOf } from "./glob.ts";
import { isObject, policyObject, requireKnownMembers, textsOf, valuesOf } from "./policy-json.ts";
import { mentionsVariable, readTemplate, splitTemplate, type Template } from "./policy-template.ts";

/** What a policy is attached to: a user or role says what it may do (`identity`), a role also who may take it on (`trust`). */
export type PolicyKind = "identity" | "trust";

/** A list that a statement applies to, or to all but which it applies. */
export interface Selection<T> {
  readonly negated: boolean;
  readonly items: readonly T[];
}

export interface ResourcePattern {
  /** `*` alone: any resource, and calls that have none. */
  readonly any: boolean;
  /** The six parts between an ARN's colons. */
  readonly fields: readonly Template[];
}

export interface Statement {
  readonly effect: "Allow" | "Deny";
  /** In lower case. */
  readonly actions: Selection<Glob>;
  /** Null in trust policies. */
  readonly resources: Selection<ResourcePattern> | null;
  /** ARNs, account numbers or `*`, in trust policies. */
  readonly principals: Selection<string> | null;
  readonly conditions: readonly Condition[];
}

export interface Policy {
  readonly statements: readonly Statement[];
  /** Whether the pool's tags must be read to evaluate it. */
  readonly usesResourceTags: boolean;
}

/** Characters without white space: the most that IAM takes for the policies in a role. */
const MAX_CHARACTERS = 10_240;
const VERSIONS = ["2012-10-17", "2008-10-17"];
const STATEMENT_MEMBERS = [
  ...["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"],
  ...["Principal", "NotPrincipal", "Condition"],
];
const ACTION = /^(\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?-]+)$/;
const RESOURCE_TAG = "aws:resourcetag/";
const PRINCIPAL = /^(\*|\d{12}|arn:[\w-]+:(iam|sts)::\d{12}:(root|(user|role|assumed-role)\/[\w+=,.@/-]+))$/;

const malformed = malformedPolicyDocument;

/**
 * Reads a policy in IAM's JSON.
 * @throws MalformedPolicyDocument with IAM's sentence, for whatever IAM would not take and for operators that are none
 */
export function readPolicy(text: string, kind: PolicyKind): Policy {
  if (text.replace(/\s/g, "").length > MAX_CHARACTERS)
    throw malformed(`Policy exceeds the size limit of ${MAX_CHARACTERS} characters.`);
  const document = policyObject(text);
  requireKnownMembers(document, ["Version", "Id", "Statement"]);
  const { Version: version = "2008-10-17", Statement: given } = document;
  if (typeof version !== "string" || !VERSIONS.includes(version))
    throw malformed(`Policy document version must be one of ${VERSIONS.join(", ")}.`);
  const list = Array.isArray(given) ? given : [given];
  if (given === undefined || list.length === 0 || !list.every(isObject))
    throw malformed("Syntax errors in policy.");
  requireDistinctIds(list);
  const expands = version === VERSIONS[0];
  const statements = list.map((statement) => readStatement(statement, kind, expands));
  return { statements, usesResourceTags: statements.some(looksAtResourceTags) };
}

function requireDistinctIds(statements: readonly Record<string, unknown>[]): void {
  const ids = statements.flatMap(({ Sid: id }) => (id === undefined || id === "" ? [] : [id]));
  if (!ids.every((id) => typeof id === "string" && /^[A-Za-z0-9]*$/.test(id)))
    throw malformed("Statement IDs (SID) should be alpha-numeric.");
  if (new Set(ids).size < ids.length)
    throw malformed("Statement IDs (SID) in a single policy must be unique.");
}

function readStatement(given: Record<string, unknown>, kind: PolicyKind, expands: boolean): Statement {
  requireKnownMembers(given, STATEMENT_MEMBERS);
  const { Effect: effect } = given;
  if (effect === undefined) throw malformed("Missing required field Effect.");
  if (effect !== "Allow" && effect !== "Deny") throw malformed(`Invalid effect: ${String(effect)}`);
  return {
    effect,
    actions: select(given, "Action", readAction),
    resources:
      kind === "identity"
        ? select(given, "Resource", (one) => readResource(one, expands))
        : absent(given, "Resource"),
    principals: kind === "trust" ? readPrincipals(given) : absent(given, "Principal"),
    conditions: given.Condition === undefined ? [] : readConditions(given.Condition, expands),
  };
}

/** `Name` or `NotName`, exactly one of them. */
function select<T>(
  given: Record<string, unknown>,
  name: "Action" | "Resource",
  read: (text: string) => T,
): Selection<T> {
  const [plain, negated] = [given[name], given[`Not${name}`]];
  if (plain === undefined && negated === undefined) throw malformed(`Missing required field ${name}.`);
  if (plain !== undefined && negated !== undefined) throw malformed("Syntax errors in policy.");
  return { negated: plain === undefined, items: textsOf(plain ?? negated).map(read) };
}

function absent(given: Record<string, unknown>, name: "Resource" | "Principal"): null {
  if (given[name] === undefined && given[`Not${name}`] === undefined) return null;
  throw malformed(
    name === "Principal"
      ? "Policy document should not specify a principal."
      : "Has prohibited field Resource",
  );
}

function readAction(action: string): Glob {
  if (!ACTION.test(action))
    throw malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  return globOf(action.toLowerCase());
}

/** An ARN with fewer than six parts has `*` for those that are missing. */
function readResource(text: string, expands: boolean): ResourcePattern {
  if (text === "*") return { any: true, fields: [] };
  const template = readTemplate(text, expands);
  if (!template || !/^(arn|\*)/.test(text)) throw malformed(`Resource ${text} must be in ARN format or "*".`);
  const anything = readTemplate("*", false) ?? [];
  const fields = splitTemplate(template, 6);
  return { any: false, fields: [...fields, ...Array<Template>(6 - fields.length).fill(anything)] };
}

function readPrincipals(given: Record<string, unknown>): Selection<string> {
  const { Principal: plain, NotPrincipal: negated } = given;
  if (negated !== undefined) throw malformed("Has prohibited field NotPrincipal");
  if (plain === undefined) throw malformed("Missing required field Principal.");
  if (plain === "*") return { negated: false, items: ["*"] };
  if (!isObject(plain)) throw malformed("Syntax errors in policy.");
  requireKnownMembers(plain, ["AWS"]);
  const items = textsOf(plain.AWS);
  const wrong = items.find((item) => !PRINCIPAL.test(item));
  if (wrong !== undefined) throw malformed(`Invalid principal in policy: "AWS":"${wrong}"`);
  return { negated: false, items };
}

const CONDITION_KEY = /^[a-z0-9-]+:.+$/i;

function readConditions(given: unknown, expands: boolean): Condition[] {
  if (!isObject(given)) throw malformed("Syntax errors in policy.");
  return Object.entries(given).flatMap(([name, keys]) => {
    const operator = readOperator(name);
    if (!operator) throw malformed(`Invalid Condition type : ${name}.`);
    if (!isObject(keys)) throw malformed("Syntax errors in policy.");
    return Object.entries(keys).map(([key, values]): Condition => {
      if (!CONDITION_KEY.test(key))
        throw malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
      const templates = valuesOf(values).map((value) => {
        const template = readTemplate(value, expands && takesVariables(operator));
        if (!template || !acceptsValue(operator, value))
          throw malformed(`Invalid value ${value} for Condition type ${name}.`);
        return template;
      });
      return { ...operator, key: key.toLowerCase(), values: templates };
    });
  });
}

const looksAtResourceTags = ({ conditions, resources }: Statement): boolean =>
  conditions.some(
    ({ key, values }) =>
      key.startsWith(RESOURCE_TAG) || values.some((value) => mentionsVariable(value, RESOURCE_TAG)),
  ) ||
  (resources?.items.some(({ fields }) => fields.some((field) => mentionsVariable(field, RESOURCE_TAG))) ??
    false);
