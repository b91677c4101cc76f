export { openSecret } from "./access-keys.ts";
export {
  allPrincipals,
  CredentialsError,
  changePolicies,
  createAccessKey,
  createPrincipal,
  createUserKey,
  deleteAccessKey,
  deletePrincipal,
  firstRootKey,
  listPrincipals,
  type NewAccessKey,
  type PrincipalName,
  type PrincipalSettings,
  ROOT_NAME,
  rotateAccessKey,
} from "./administration.ts";
export { Authority, type FixedAccessKey, type ProvenCaller } from "./authority.ts";
export { localUser } from "./local-user.ts";
export { type Origin, operationDenial, requireOperationAllowed } from "./operation-access.ts";
export { type Policy, readPolicy } from "./policy-document.ts";
export { type AccessRequest, evaluate, type Verdict } from "./policy-evaluation.ts";
export type { Principals } from "./ports.ts";
export {
  type AccessKey,
  arnOf,
  isPrincipalName,
  type NamedPolicy,
  type Principal,
  type PrincipalKey,
  type PrincipalKind,
  type StoredPrincipal,
} from "./principal.ts";
export { assumeRole, type RoleRequest, type RoleSession, sessionToken } from "./sessions.ts";
export type { SignedRequest } from "./signature.ts";
export type { TemporaryCredentials } from "./temporary-credentials.ts";
