export type { ChallengeResult } from "./challenge-result.ts";
export type { ClaimedUser } from "./claimed-user.ts";
export { transactionWithMessages } from "./messaging.ts";
export type { CodeEncryption, Invocation, InvocationMode, TriggerInvoker } from "./ports.ts";
export { NO_CLIENT, type Occasion, type TriggerCall } from "./trigger.ts";
export { type CreatedChallenge, createAuthChallenge } from "./triggers/create-auth-challenge.ts";
export { customMessage } from "./triggers/custom-message.ts";
export { hasCustomSender, sendByFunction } from "./triggers/custom-sender.ts";
export { type ChallengeDecision, defineAuthChallenge } from "./triggers/define-auth-challenge.ts";
export { postAuthentication } from "./triggers/post-authentication.ts";
export { postConfirmation } from "./triggers/post-confirmation.ts";
export { preAuthentication } from "./triggers/pre-authentication.ts";
export { type PreSignUpDecision, preSignUp } from "./triggers/pre-sign-up.ts";
export {
  type ClaimChanges,
  clientTokenGeneration,
  type GroupConfiguration,
  preTokenGeneration,
  type TokenChanges,
  type TokenSource,
  tokenChangesV1,
  tokenChangesV2,
} from "./triggers/pre-token-generation.ts";
export { type MigratedUser, migratesUsers, userMigration } from "./triggers/user-migration.ts";
export { verifyAuthChallengeResponse } from "./triggers/verify-auth-challenge-response.ts";
