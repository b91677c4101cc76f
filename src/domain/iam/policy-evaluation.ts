import { arnMatches, type ConditionContext, conditionHolds } from "./conditions.ts";
import { type Glob, globMatches } from "./glob.ts";
import type { Policy, ResourcePattern, Statement } from "./policy-document.ts";
import { resolveTemplate, type VariableValues } from "./policy-template.ts";

/** What a policy is asked about. */
export interface AccessRequest {
  /** `service:Action` */
  readonly action: string;
  /** An ARN, or `*` for an action that has no resource. */
  readonly resource: string;
  readonly context: ConditionContext;
}

export type Verdict = "explicit-deny" | "allow" | "no-match";

/** The verdict of policies that count together: one Deny outweighs every Allow. */
export function evaluate(policies: readonly Policy[], request: AccessRequest): Verdict {
  let verdict: Verdict = "no-match";
  for (const { statements } of policies)
    for (const statement of statements) {
      // A statement that could change nothing need not be looked at.
      if (statement.effect === "Allow" && verdict === "allow") continue;
      if (!statementApplies(statement, request)) continue;
      if (statement.effect === "Deny") return "explicit-deny";
      verdict = "allow";
    }
  return verdict;
}

/** Whether action, resource and every condition of a statement fit; its principals are not looked at. */
export function statementApplies(statement: Statement, request: AccessRequest): boolean {
  const { actions, resources, conditions, effect } = statement;
  const action = request.action.toLowerCase();
  if (actions.items.some((glob) => globMatches(glob, action)) === actions.negated) return false;
  const variables = variablesOf(request.context);
  // A variable without a value in something that is excluded must not widen an Allow or narrow a Deny.
  const unresolved = effect === "Deny";
  if (resources && !resourceFits(resources, request.resource, variables, unresolved)) return false;
  return conditions.every((condition) => conditionHolds(condition, request.context, variables, unresolved));
}

const variablesOf =
  (context: ConditionContext): VariableValues =>
  (key) => {
    const value = context.get(key);
    return typeof value === "string" ? value : undefined;
  };

function resourceFits(
  { negated, items }: NonNullable<Statement["resources"]>,
  resource: string,
  variables: VariableValues,
  unresolved: boolean,
): boolean {
  const matches = items.map((item) => resourceMatches(item, resource, variables));
  if (matches.includes(true)) return !negated;
  return negated && (matches.includes(null) ? unresolved : true);
}

/** Null when a variable in the pattern has no value. */
function resourceMatches(
  { any, fields }: ResourcePattern,
  resource: string,
  variables: VariableValues,
): boolean | null {
  if (any) return true;
  const globs: Glob[] = [];
  for (const field of fields) {
    const glob = resolveTemplate(field, variables);
    if (!glob) return null;
    globs.push(glob);
  }
  return arnMatches(resource, globs);
}
