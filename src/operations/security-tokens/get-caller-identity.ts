import type { TokenAction } from "./operation.ts";

/** No policy can forbid it: it tells callers no more than their own credentials do. */
export const getCallerIdentity: TokenAction = (_parameters, { caller }) => ({
  UserId: caller.userId,
  Account: caller.accountId,
  Arn: caller.arn,
});
