import { assumeRole } from "./assume-role.ts";
import { getCallerIdentity } from "./get-caller-identity.ts";
import { getSessionToken } from "./get-session-token.ts";
import type { TokenAction } from "./operation.ts";

/** The actions of the Security Token Service that this server has, by their names. */
export const tokenActions: Readonly<Record<string, TokenAction>> = {
  AssumeRole: assumeRole,
  GetCallerIdentity: getCallerIdentity,
  GetSessionToken: getSessionToken,
};
