import { createAccessKey } from "./create-access-key.ts";
import { createRole } from "./create-role.ts";
import { createUser } from "./create-user.ts";
import { deleteAccessKey } from "./delete-access-key.ts";
import { deleteRole } from "./delete-role.ts";
import { deleteUser } from "./delete-user.ts";
import { describeServer } from "./describe-server.ts";
import { explainUser } from "./explain-user.ts";
import { listPrincipals } from "./list-principals.ts";
import { lookupEvents } from "./lookup-events.ts";
import type { ServiceOperation } from "./operation.ts";
import { putPolicies } from "./put-policies.ts";
import { rotateAccessKey } from "./rotate-access-key.ts";
import { rotateSigningKeys } from "./rotate-signing-keys.ts";
import { simulateCallerPermissions } from "./simulate-caller-permissions.ts";
import { updateAssumeRolePolicy } from "./update-assume-role-policy.ts";

/** Operations beside the user-pool API, by X-Amz-Target. Those under `CognateService.` are this server's own. */
export const serviceOperations: Readonly<Record<string, ServiceOperation>> = {
  "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents": lookupEvents,
  "CognateService.CreateAccessKey": createAccessKey,
  "CognateService.CreateRole": createRole,
  "CognateService.CreateUser": createUser,
  "CognateService.DeleteAccessKey": deleteAccessKey,
  "CognateService.DeleteRole": deleteRole,
  "CognateService.DeleteUser": deleteUser,
  "CognateService.DescribeServer": describeServer,
  "CognateService.ExplainUser": explainUser,
  "CognateService.ListPrincipals": listPrincipals,
  "CognateService.PutPolicies": putPolicies,
  "CognateService.RotateAccessKey": rotateAccessKey,
  "CognateService.RotateSigningKeys": rotateSigningKeys,
  "CognateService.SimulateCallerPermissions": simulateCallerPermissions,
  "CognateService.UpdateAssumeRolePolicy": updateAssumeRolePolicy,
};
