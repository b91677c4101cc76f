export { DEFAULT_ACR_LEVELS } from "./assurance-levels.ts";
export { type DeviceTracking, deviceTracking } from "./device-tracking.ts";
export { type PoolFactors, poolFactors, smsMfaConfiguration, withMfaConfig } from "./mfa-settings.ts";
export { generatePassword, passwordRefusal, temporaryPasswordValidityMs } from "./password-policy.ts";
export {
  domainHost,
  hasDomain,
  newPoolDomain,
  type PoolDomain,
  type PoolDomainKind,
  type PoolDomainNames,
  requireDomainsInTier,
  updatedPoolDomain,
  withDomain,
  withoutDomain,
} from "./pool-domain.ts";
export type { PoolProfile } from "./pool-profile.ts";
export type {
  PageRequest,
  PoolDomains,
  SigningCertificates,
  SigningKeys,
  SigningKeyUse,
  StoredSigningKey,
  UserPools,
} from "./ports.ts";
export {
  createReplica,
  moveReplica,
  presentReplicas,
  type Replica,
  type Replicas,
} from "./replicas.ts";
export { extendSchema } from "./schema-attributes.ts";
export {
  requireTierWithSessions,
  type SessionConfiguration,
  sessionConfiguration,
  sessionTracking,
  withSessionConfiguration,
} from "./session-configuration.ts";
export { type SigningCertificate, signingCertificate } from "./signing-certificate.ts";
export { givenTags, withoutTags, withTags } from "./tags.ts";
export {
  type MfaSettings,
  type PasswordStorage,
  type PoolKey,
  srpPoolName,
  type UserPool,
  type UserPoolSettings,
  userPoolArn,
} from "./user-pool.ts";
export { newUserPoolSettings, updatedUserPool } from "./user-pool-settings.ts";
export { isOriginOf, type WebAuthnSettings, webAuthnSettings } from "./web-authn-settings.ts";
