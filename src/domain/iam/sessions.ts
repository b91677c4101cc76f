import { accessDenied, packedPolicyTooLarge, queryValidationError } from "../errors.ts";
import type { Services } from "../services.ts";
import type { Authority } from "./authority.ts";
import { type CallFacts, conditionContext, denialOf } from "./authorization.ts";
import type { Origin } from "./operation-access.ts";
import { type AccessRequest, statementApplies } from "./policy-evaluation.ts";
import { arnOf, type Principal, type StoredPrincipal } from "./principal.ts";
import { issueCredentials, type TemporaryCredentials } from "./temporary-credentials.ts";

type SessionServices = Pick<Services, "store" | "keyEncryptionKey" | "clock" | "random">;

const HOUR_SECONDS = 3600;
const ASSUME_ROLE = "sts:AssumeRole";
const ROLE_ARN = /^arn:aws:iam::(\d{12}):role\/([\w+=,.@-]{1,64})$/;
/** Characters of a session policy. */
const MAX_SESSION_POLICY = 2048;

export interface RoleRequest {
  readonly roleArn: string;
  readonly sessionName: string;
  /** Seconds; the hour that is the default when absent. */
  readonly seconds: number | undefined;
  /** JSON */
  readonly sessionPolicy: string | undefined;
  readonly externalId: string | undefined;
}

export interface RoleSession {
  /** `<role id>:<session>` */
  readonly assumedRoleId: string;
  readonly arn: string;
  readonly credentials: TemporaryCredentials;
  /** Percent of the space that a session policy may take; null without one. */
  readonly packedPolicySize: number | null;
}

/**
 * Temporary credentials of a role, for who the role trusts. They end with their time, with the role, and with the access key that
 * the caller's own credentials go back to.
 * @throws AccessDenied, ValidationError, MalformedPolicyDocument, PackedPolicyTooLarge
 */
export async function assumeRole(
  services: SessionServices,
  authority: Authority,
  caller: Principal,
  request: RoleRequest,
  origin: Origin,
): Promise<RoleSession> {
  if (caller.type === "Account") throw accessDenied("Roles may not be assumed by root accounts.");
  const [, accountId, name] = ROLE_ARN.exec(request.roleArn) ?? [];
  const role = accountId && name ? await services.store.principals.byName(accountId, "role", name) : null;
  // A role that is not there and one that does not trust the caller look the same.
  if (!role || !mayAssume(authority, caller, role, request, origin))
    throw accessDenied(
      `User: ${caller.arn} is not authorized to perform: ${ASSUME_ROLE} on resource: ${request.roleArn}`,
    );
  const { sessionName, sessionPolicy = null, seconds = HOUR_SECONDS } = request;
  if (seconds > role.maxSessionSeconds)
    throw queryValidationError(
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  if (caller.type === "AssumedRole" && seconds > HOUR_SECONDS)
    throw queryValidationError(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  if (sessionPolicy !== null) {
    if (sessionPolicy.length > MAX_SESSION_POLICY) throw packedPolicyTooLarge();
    authority.policy(sessionPolicy, "identity");
  }
  return {
    assumedRoleId: `${role.uniqueId}:${sessionName}`,
    arn: `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${sessionName}`,
    credentials: issueCredentials(
      services,
      { role: { key: role.key, session: sessionName }, sourceKeyId: caller.sourceKeyId, sessionPolicy },
      services.clock.now(),
      seconds,
    ),
    packedPolicySize:
      sessionPolicy === null ? null : Math.ceil((100 * sessionPolicy.length) / MAX_SESSION_POLICY),
  };
}

/**
 * Whether the role's trust policy and the caller's own policies let it take the role on. A trust policy that names the caller is
 * enough within an account; one that names the account leaves the decision to the caller's policies.
 */
function mayAssume(
  authority: Authority,
  caller: Principal,
  role: StoredPrincipal,
  { externalId, sessionName }: RoleRequest,
  origin: Origin,
): boolean {
  const serviceKeys = {
    "sts:rolesessionname": sessionName,
    ...(externalId === undefined ? {} : { "sts:externalid": externalId }),
  };
  const facts: CallFacts = { ...origin, action: ASSUME_ROLE, resource: arnOf(role), serviceKeys };
  const access: AccessRequest = {
    action: ASSUME_ROLE,
    resource: facts.resource,
    context: conditionContext(caller, facts),
  };
  const trust = trustIn(authority, caller, role, access);
  if (trust === "none") return false;
  const denial = denialOf(caller, access);
  if (denial === null) return true;
  const isNamed = trust === "by-name" && caller.accountId === role.accountId;
  return (
    isNamed && !denial.explicit && denial.by === "identity-based policy" && caller.sessionPolicies === null
  );
}

function trustIn(
  authority: Authority,
  caller: Principal,
  role: StoredPrincipal,
  access: AccessRequest,
): "by-name" | "by-account" | "none" {
  if (role.trustPolicy === null) return "none";
  let trust: "by-name" | "by-account" | "none" = "none";
  for (const statement of authority.policy(role.trustPolicy, "trust").statements) {
    const named = statement.principals?.items ?? [];
    const byName = named.some((item) => item === "*" || item === caller.arn || item === caller.principalArn);
    const byAccount = named.some(
      (item) => item === caller.accountId || item === `arn:aws:iam::${caller.accountId}:root`,
    );
    if (!(byName || byAccount) || !statementApplies(statement, access)) continue;
    if (statement.effect === "Deny") return "none";
    if (byName) trust = "by-name";
    else if (trust === "none") trust = "by-account";
  }
  return trust;
}

const SESSION_SECONDS = 12 * HOUR_SECONDS;

/**
 * Temporary credentials with the caller's own rights.
 * @param seconds 12 hours when absent; an hour at most for an account itself
 * @throws AccessDenied when the caller's credentials are temporary themselves
 */
export function sessionToken(
  services: SessionServices,
  caller: Principal,
  seconds: number = SESSION_SECONDS,
): TemporaryCredentials {
  if (caller.tokenIssuedAt !== null)
    throw accessDenied("Cannot call GetSessionToken with session credentials");
  const longest = caller.type === "Account" ? HOUR_SECONDS : seconds;
  return issueCredentials(
    services,
    { role: null, sourceKeyId: caller.sourceKeyId, sessionPolicy: null },
    services.clock.now(),
    Math.min(seconds, longest),
  );
}
