export { claimedClientId } from "./challenge-session.ts";
export { confirmationSession } from "./confirmation.ts";
export { configuredAuthFactors } from "./first-factor-choice.ts";
export { beginSignIn } from "./initiate.ts";
export { migrateForgotten } from "./migration.ts";
export type { ClientPlace, SignInOutcome, SignInPlace } from "./outcome.ts";
export { attemptProof, attemptSubject, checkPassword } from "./password-proof.ts";
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
  type DeviceStanding,
  nextStep,
  type Progress,
  type Proof,
  type SignInPolicy,
  type Step,
  usableFactors,
} from "./sign-in.ts";
export {
  associateForUser,
  associateInSignIn,
  deleteSoftwareToken,
  verifyForUser,
  verifyInSignIn,
} from "./software-token.ts";
export { completeRegistration, deleteCredential, startRegistration } from "./web-authn-registration.ts";
