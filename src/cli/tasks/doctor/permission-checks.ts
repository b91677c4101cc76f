import { type Connection, Refusal } from "../../connection/connection.ts";
import type { FoundPool } from "../../connection/pools.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** What administrators of users usually need. */
const USUAL_ACTIONS = [
  "ListUserPools",
  "DescribeUserPool",
  "ListUserPoolClients",
  "DescribeUserPoolClient",
  "ListUsers",
  "AdminGetUser",
  "AdminCreateUser",
  "AdminSetUserPassword",
  "AdminResetUserPassword",
  "AdminUpdateUserAttributes",
  "AdminEnableUser",
  "AdminDisableUser",
  "AdminDeleteUser",
  "AdminAddUserToGroup",
  "AdminUserGlobalSignOut",
];
/** Those whose resource is no pool. */
const ABOUT_NO_POOL = ["ListUserPools", "CreateUserPool"];

interface Evaluation {
  readonly EvalActionName: string;
  readonly EvalDecision: string;
  readonly Reason?: string;
}

/**
 * Whether the caller may do what is usual, or what was named: the server is asked what its policies say. Amazon's does not tell:
 * there only calls that change nothing are tried.
 */
export async function checkPermissions(
  connection: Connection,
  pool: FoundPool | null,
  named: readonly string[],
): Promise<Finding[]> {
  const actions = (named.length > 0 ? named : USUAL_ACTIONS).map((action) =>
    action.includes(":") ? action : `cognito-idp:${action}`,
  );
  try {
    const Checks = actions.map((Action) => ({
      Action,
      ...(pool && !ABOUT_NO_POOL.includes(Action.replace(/^.*:/, "")) ? { UserPoolId: pool.Id } : {}),
    }));
    const answer = (await connection.callService("SimulateCallerPermissions", { Checks })) as {
      readonly EvaluationResults: readonly Evaluation[];
    };
    return simulated(answer.EvaluationResults, named.length > 0);
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault;
    if (fault.code !== "UnknownOperationException")
      return [fail("permissions", `what is allowed cannot be asked: ${fault.code}: ${fault.message}`)];
    return await tried(connection, pool, actions);
  }
}

function simulated(results: readonly Evaluation[], asked: boolean): Finding[] {
  const denied = results.filter(({ EvalDecision }) => EvalDecision !== "allowed");
  const names = (list: readonly Evaluation[]) =>
    list.map(({ EvalActionName }) => EvalActionName.replace(/^cognito-idp:/, "")).join(", ");
  const allowed = results.filter(({ EvalDecision }) => EvalDecision === "allowed");
  const findings: Finding[] = [];
  if (allowed.length > 0) findings.push(ok("permissions", `allowed: ${names(allowed)}`));
  if (denied.length > 0) {
    const explicit = denied.filter(({ EvalDecision }) => EvalDecision === "explicitDeny");
    const advice =
      explicit.length > 0
        ? `a policy denies ${names(explicit)}: no other policy can allow that`
        : "a policy that allows these actions on the pool's ARN is needed, if they are to be done";
    findings.push((asked ? fail : warn)("permissions", `not allowed: ${names(denied)}`, advice));
  }
  return findings;
}

/** Calls that change nothing, for a server that does not say what it would allow. */
async function tried(
  { call }: Connection,
  pool: FoundPool | null,
  actions: readonly string[],
): Promise<Finding[]> {
  const reads: Record<string, () => Promise<unknown>> = {
    ListUserPools: () => call("ListUserPools", { MaxResults: 1 }),
    ...(pool
      ? {
          DescribeUserPool: () => call("DescribeUserPool", { UserPoolId: pool.Id }),
          ListUserPoolClients: () => call("ListUserPoolClients", { UserPoolId: pool.Id, MaxResults: 1 }),
          ListUsers: () => call("ListUsers", { UserPoolId: pool.Id, Limit: 1 }),
        }
      : {}),
  };
  const [allowed, denied, unknown]: [string[], string[], string[]] = [[], [], []];
  for (const action of actions) {
    const name = action.replace(/^cognito-idp:/, "");
    const read = Object.hasOwn(reads, name) ? reads[name] : undefined;
    const result = read ? await outcome(read) : "unknown";
    (result === "allowed" ? allowed : result === "denied" ? denied : unknown).push(name);
  }
  const findings: Finding[] = [];
  if (allowed.length > 0) findings.push(ok("permissions", `allowed, tried: ${allowed.join(", ")}`));
  if (denied.length > 0)
    findings.push(
      warn(
        "permissions",
        `not allowed, tried: ${denied.join(", ")}`,
        "ask whoever keeps the policies of this account",
      ),
    );
  if (unknown.length > 0)
    findings.push(
      warn(
        "permissions",
        `not known: ${unknown.join(", ")}`,
        "this server tells only by doing it; iam simulate-principal-policy of the AWS CLI may say",
      ),
    );
  return findings;
}

async function outcome(read: () => Promise<unknown>): Promise<"allowed" | "denied" | "unknown"> {
  try {
    await read();
    return "allowed";
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault;
    return fault.code === "AccessDeniedException" ? "denied" : "unknown";
  }
}
