import { type Instant, SECOND } from "../../runtime/clock.ts";
import { accessDenied } from "../errors.ts";
import type { ConditionContext } from "./conditions.ts";
import { type AccessRequest, evaluate } from "./policy-evaluation.ts";
import type { Principal } from "./principal.ts";

/** Tags as the API has them. */
export type Tags = Readonly<Record<string, string>>;

/** What a call is about and where it came from. */
export interface CallFacts {
  /** `service:Action` */
  readonly action: string;
  /** An ARN, or `*`. */
  readonly resource: string;
  readonly region: string;
  readonly now: Instant;
  readonly sourceIp: string | undefined;
  readonly userAgent: string | undefined;
  readonly referer: string | undefined;
  /** Whether callers reach the server by TLS. */
  readonly secureTransport: boolean;
  /** Tags that the call would set. */
  readonly requestTags?: Tags | undefined;
  /** Names of tags that the call would set or remove. */
  readonly tagKeys?: readonly string[] | undefined;
  /** Tags of what the call is about. */
  readonly resourceTags?: Tags | undefined;
  /** Further keys of the service, in lower case. */
  readonly serviceKeys?: Readonly<Record<string, string>> | undefined;
}

const isoTime = (instant: Instant): string => new Date(instant).toISOString().replace(/\.\d{3}/, "");

/** The keys that conditions and variables may use, as IAM's documentation of global condition keys names them. */
export function conditionContext(principal: Principal, facts: CallFacts): ConditionContext {
  const context = new Map<string, string | readonly string[]>([
    ["aws:principalarn", principal.principalArn],
    ["aws:principalaccount", principal.accountId],
    ["aws:principaltype", principal.type],
    ["aws:userid", principal.userId],
    ["aws:requestedregion", facts.region],
    ["aws:currenttime", isoTime(facts.now)],
    ["aws:epochtime", String(Math.floor(facts.now / SECOND))],
    ["aws:securetransport", String(facts.secureTransport)],
  ]);
  const add = (key: string, value: string | readonly string[] | undefined) => {
    if (value !== undefined) context.set(key, value);
  };
  add("aws:username", principal.username ?? undefined);
  add("aws:sourceip", facts.sourceIp);
  add("aws:useragent", facts.userAgent);
  add("aws:referer", facts.referer);
  if (principal.tokenIssuedAt !== null) {
    context.set("aws:tokenissuetime", isoTime(principal.tokenIssuedAt));
    // Present with every temporary credential; this server has no MFA for access keys.
    context.set("aws:multifactorauthpresent", "false");
  }
  for (const [name, tags] of [
    ["requesttag", facts.requestTags],
    ["resourcetag", facts.resourceTags],
  ] as const)
    for (const [tag, value] of Object.entries(tags ?? {}))
      context.set(`aws:${name}/${tag.toLowerCase()}`, value);
  add("aws:tagkeys", facts.tagKeys);
  for (const [key, value] of Object.entries(facts.serviceKeys ?? {})) context.set(key, value);
  return context;
}

/** Why a call is refused: which kind of policy says so, and whether by a Deny or for want of an Allow. */
export interface Denial {
  readonly by: "identity-based policy" | "session policy";
  readonly explicit: boolean;
}

/** Whether what the principal may do covers the request; null when it does. Any Deny is reported before a missing Allow. */
export function denialOf(principal: Principal, request: AccessRequest): Denial | null {
  const { policies, sessionPolicies } = principal;
  const identity = policies === null ? "allow" : evaluate(policies, request);
  const session = sessionPolicies === null ? "allow" : evaluate(sessionPolicies, request);
  if (identity === "explicit-deny") return { by: "identity-based policy", explicit: true };
  if (session === "explicit-deny") return { by: "session policy", explicit: true };
  if (identity === "no-match") return { by: "identity-based policy", explicit: false };
  if (session === "no-match") return { by: "session policy", explicit: false };
  return null;
}

/** IAM's sentence for a refusal. */
export function denialSentence(
  principal: Principal,
  { action, resource }: Pick<AccessRequest, "action" | "resource">,
  denial: Denial,
): string {
  const reason = denial.explicit
    ? `with an explicit deny in ${denial.by === "session policy" ? "a" : "an"} ${denial.by}`
    : `because no ${denial.by} allows the ${action} action`;
  return `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
}

/** @throws AccessDeniedException in IAM's words */
export function requireAllowed(principal: Principal, facts: CallFacts): void {
  const { action, resource } = facts;
  // An account itself may do everything; nothing has to be looked up for it.
  if (principal.policies === null && principal.sessionPolicies === null) return;
  const denial = denialOf(principal, { action, resource, context: conditionContext(principal, facts) });
  if (denial) throw accessDenied(denialSentence(principal, facts, denial));
}
