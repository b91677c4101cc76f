import { describeServer } from "./describe-server.ts";
import { explainUser } from "./explain-user.ts";
import { lookupEvents } from "./lookup-events.ts";
import type { ServiceOperation } from "./operation.ts";
import { rotateSigningKeys } from "./rotate-signing-keys.ts";
import { simulateCallerPermissions } from "./simulate-caller-permissions.ts";

/** Operations beside the user-pool API, by X-Amz-Target. Those under `CognateService.` are this server's own. */
export const serviceOperations: Readonly<Record<string, ServiceOperation>> = {
  "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents": lookupEvents,
  "CognateService.ExplainUser": explainUser,
  "CognateService.DescribeServer": describeServer,
  "CognateService.RotateSigningKeys": rotateSigningKeys,
  "CognateService.SimulateCallerPermissions": simulateCallerPermissions,
};
