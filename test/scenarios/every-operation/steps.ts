import { type OperationName, operationNames } from "../../../src/api/operation.ts";
import { accountSteps } from "./account-steps.ts";
import { clientSteps } from "./client-steps.ts";
import { lastSteps } from "./last-steps.ts";
import { pageSteps } from "./page-steps.ts";
import { poolSteps } from "./pool-steps.ts";
import type { Steps } from "./step.ts";
import { userSteps } from "./user-steps.ts";

/** The clients that walk through all operations that they know. */
export const WALKERS = ["AWS CLI", "boto3", "SDK for JavaScript"] as const;
export type Walker = (typeof WALKERS)[number];

/** All operations, each once; an operation without a step does not compile. */
export const STEPS: Steps = {
  ...poolSteps,
  ...clientSteps,
  ...pageSteps,
  ...userSteps,
  ...accountSteps,
  ...lastSteps,
};

/** In the order in which they are done. */
export const stepNames = Object.keys(STEPS) as readonly OperationName[];

/** Operations that the AWS CLI 1.45 and boto3 1.43 do not know: their model is older than this API's. */
const NEWER: ReadonlySet<OperationName> = new Set([
  "AdminDeleteSoftwareToken",
  "AdminGetUserAuthFactors",
  "AdminListUserSessions",
  "AdminRevokeUserSession",
  "CreateUserPoolReplica",
  "DeleteUserPoolReplica",
  "DescribeTermsByClient",
  "GetClientToken",
  "GetProvisionedLimit",
  "GetUserPoolClientSessionConfiguration",
  "GetUserPoolSessionConfiguration",
  "ListUserPoolReplicas",
  "ListUserSessions",
  "RevokeUserSession",
  "SetUserPoolClientSessionConfiguration",
  "SetUserPoolSessionConfiguration",
  "UpdateProvisionedLimit",
  "UpdateUserPoolReplica",
]);

/** The documented operations of a client; the test fails unless it does all of them. */
export const documentedFor = (walker: Walker): readonly OperationName[] =>
  walker === "SDK for JavaScript" ? operationNames : operationNames.filter((name) => !NEWER.has(name));
