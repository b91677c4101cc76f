export {
  type AliasConflict,
  aliasesOf,
  comparable,
  findUser,
  isMovable,
  pretendToDecode,
  proveAddress,
  takeAliasFromHolder,
  updateAliases,
  usesAddressAsUsername,
  VERIFIED_FLAG,
} from "./aliases.ts";
export {
  type AttributeChanges,
  type AttributeWriter,
  checkAttributes,
  isEmailAddress,
  isPhoneNumber,
  missingRequired,
  readableAttributes,
  requiredAttributesMissing,
  withChanges,
} from "./attributes.ts";
export { type ImportedHash, importedHashRefusal } from "./imported-hash.ts";
export {
  type LinkedIdentities,
  type LinkedIdentity,
  type ProviderSubject,
  SUBJECT,
  withIdentities,
} from "./linked-identities.ts";
export { insertUser, newUser, takenAlias, toInsert } from "./new-user.ts";
export {
  HashingSlots,
  isExposedPassword,
  type PasswordPrefix,
  type PasswordServices,
  passwordMatches,
  pretendToMatch,
  pretendToOpen,
  replacePassword,
  requirePolicy,
  requireUnused,
  sealedInPlaceOfImport,
  sealImportedHash,
  sealPassword,
  srpCredential,
  unknownUserFacts,
  unknownUserVerifier,
} from "./passwords.ts";
export type {
  Alias,
  CompromisedPasswords,
  InsertUserResult,
  Passwords,
  StoredPassword,
  UserCondition,
  UserQuery,
  Users,
  UserToInsert,
} from "./ports.ts";
export {
  type AliasName,
  type MfaFactor,
  NOBODY,
  type User,
  type UserKey,
  type UserMfa,
  type UserStatus,
} from "./user.ts";
export { ENABLED_FIELD, parseUserFilter } from "./user-filter.ts";
export { nextUserStatus, USER_STATUS_TRANSITIONS, type UserEvent } from "./user-status.ts";
