export { beginSignIn } from "./initiate.ts";
export { attemptProof, attemptSubject, checkPassword } from "./password-proof.ts";
export type { SignInAttempts, UsedSessions } from "./ports.ts";
export { nextStep, type Progress, type SignInPolicy, type Step, usableFactors } from "./sign-in.ts";
export { answerChallenge, type SignInOutcome, type SignInPlace } from "./sign-in-service.ts";
