export {
  attemptOf,
  attemptSubject,
  clearAttempts,
  clearFailuresInARow,
  lockOf,
  refundAttempt,
} from "./attempt-ledger.ts";
export { claimedClientId } from "./challenge-session.ts";
export { confirmationSession } from "./confirmation.ts";
export { configuredAuthFactors, signInPolicyOf } from "./first-factor-choice.ts";
export { beginSignIn } from "./initiate.ts";
export { migrateForgotten } from "./migration.ts";
export type { ClientPlace, SignInOutcome, SignInPlace } from "./outcome.ts";
export { attemptProof, checkPassword } from "./password-proof.ts";
export type {
  SignInAttempts,
  SoftwareToken,
  SoftwareTokens,
  UsedSessions,
  WebAuthnCredential,
  WebAuthnCredentials,
  WebAuthnRegistration,
} from "./ports.ts";
export { respondToChallenge } from "./respond.ts";
export {
  availableFirstFactors,
  type ChallengeName,
  type ClaimedDevice,
  type DeviceStanding,
  type FirstFactor,
  type FirstFactorPolicy,
  factorsToSetUp,
  firstChallenge,
  nextStep,
  type Progress,
  type Proof,
  type SignInPolicy,
  type Step,
  usableFactors,
} from "./sign-in.ts";
export { REFUSALS } from "./sign-in-service.ts";
export {
  associateForUser,
  associateInSignIn,
  deleteSoftwareToken,
  verifyForUser,
  verifyInSignIn,
} from "./software-token.ts";
export { completeRegistration, deleteCredential, startRegistration } from "./web-authn-registration.ts";
export { usablePasskeys } from "./web-authn-sign-in.ts";
