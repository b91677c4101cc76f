export { type DeviceTracking, deviceTracking } from "./device-tracking.ts";
export { type PoolFactors, poolFactors, withMfaConfig } from "./mfa-settings.ts";
export { generatePassword, passwordRefusal, temporaryPasswordValidityMs } from "./password-policy.ts";
export type { PageRequest, SigningKeys, SigningKeyUse, StoredSigningKey, UserPools } from "./ports.ts";
export { extendSchema } from "./schema-attributes.ts";
export {
  type MfaSettings,
  type PasswordStorage,
  type PoolKey,
  srpPoolName,
  type UserPool,
  type UserPoolSettings,
  userPoolArn,
} from "./user-pool.ts";
export { newUserPoolSettings, updatedUserPoolSettings } from "./user-pool-settings.ts";
export { isOriginOf, type WebAuthnSettings, webAuthnSettings } from "./web-authn-settings.ts";
