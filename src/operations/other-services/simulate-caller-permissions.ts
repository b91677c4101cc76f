import { invalidParameter } from "../../domain/errors.ts";
import { operationDenial } from "../../domain/iam/index.ts";
import type { ServiceContext, ServiceOperation } from "./operation.ts";

const MOST = 200;
const ACTION = /^([a-z][a-z0-9-]*):([A-Za-z0-9]+)$/;

interface Check {
  readonly Action: string;
  readonly UserPoolId?: string;
}

async function decision({ Action, UserPoolId }: Check, { caller, origin, services }: ServiceContext) {
  const [, service = "", operation = ""] = ACTION.exec(Action) ?? [];
  if (service === "") throw invalidParameter(`${Action} is not an action such as cognito-idp:AdminGetUser.`);
  const input = UserPoolId === undefined ? {} : { UserPoolId };
  const denial = await operationDenial(services.store, caller, operation, input, origin, { service });
  return {
    EvalActionName: Action,
    UserPoolId,
    EvalDecision: denial === null ? "allowed" : denial.explicit ? "explicitDeny" : "implicitDeny",
    Reason: denial?.sentence,
  };
}

/**
 * What the caller's policies would say to calls, without making them; the decisions are called as IAM's SimulatePrincipalPolicy
 * calls them. Conditions see this call's own address, time and user agent. Whether a pool is there plays no part.
 */
export const simulateCallerPermissions: ServiceOperation = {
  name: "SimulateCallerPermissions",
  service: "cognate",
  auditedAs: null,
  allowedToAll: true,
  input: {
    Checks: {
      required: true,
      type: { listOf: { Action: { type: "string", required: true }, UserPoolId: { type: "string" } } },
    },
  },
  async invoke({ Checks }, context) {
    const checks = Checks as readonly Check[];
    if (checks.length > MOST) throw invalidParameter(`At most ${MOST} actions can be checked at once.`);
    const EvaluationResults = [];
    for (const check of checks) EvaluationResults.push(await decision(check, context));
    return { CallerArn: context.caller.arn, EvaluationResults };
  },
};
