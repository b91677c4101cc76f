import { malformedPolicyDocument } from "../errors.ts";

const SYNTAX = "Syntax errors in policy.";

/** Strings and the marks of JSON; numbers and words carry no structure. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;

/** Whether an object anywhere in valid JSON has a member twice: a reader would see only the last, a person all of them. */
function hasDuplicateMember(json: string): boolean {
  const open: (Set<string> | null)[] = [];
  let previous = "";
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const names = open.at(-1);
      const name: string = JSON.parse(previous);
      if (names?.has(name)) return true;
      names?.add(name);
    }
    previous = token;
  }
  return false;
}

/** The object that a policy's text is. @throws MalformedPolicyDocument */
export function policyObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformedPolicyDocument(SYNTAX);
  }
  if (!isObject(value) || hasDuplicateMember(text)) throw malformedPolicyDocument(SYNTAX);
  return value;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** One text or a list of at least one. @throws MalformedPolicyDocument */
export function textsOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every((one) => typeof one === "string"))
    throw malformedPolicyDocument(SYNTAX);
  return list;
}

/** As textsOf, where numbers and truth values stand for their text too. @throws MalformedPolicyDocument */
export const valuesOf = (value: unknown): string[] =>
  textsOf(
    (Array.isArray(value) ? value : [value]).map((one) =>
      typeof one === "number" || typeof one === "boolean" ? String(one) : one,
    ),
  );

/** @throws MalformedPolicyDocument when there is a member that is not in the list */
export function requireKnownMembers(value: Record<string, unknown>, known: readonly string[]): void {
  if (!Object.keys(value).every((name) => known.includes(name))) throw malformedPolicyDocument(SYNTAX);
}
