import { unsupportedChallenge } from "../errors.ts";
import type { Services } from "../services.ts";
import { requireAdmittedAddress } from "../threat-protection/index.ts";
import { challenges } from "./challenges/index.ts";
import { answerOpening } from "./first-factor.ts";
import { answerCustomChallenge } from "./flows/custom-auth.ts";
import { answerPasswordVerifier } from "./flows/user-srp.ts";
import type { SignInOutcome, SignInPlace } from "./outcome.ts";
import { answerChallenge, type ChallengeAnswer, openAnswered } from "./sign-in-service.ts";

/** The challenges of choice-based and custom sign-in that are none of a sign-in under way. */
const OTHERS: ReadonlySet<string> = new Set([
  "SELECT_CHALLENGE",
  "PASSWORD",
  "PASSWORD_SRP",
  "SMS_OTP",
  "WEB_AUTHN",
  "CUSTOM_CHALLENGE",
]);

/**
 * RespondToAuthChallenge and AdminRespondToAuthChallenge. The answer to PASSWORD_VERIFIER finds its state in SECRET_BLOCK, every other
 * one in the Session.
 */
export async function respondToChallenge(
  services: Services,
  place: SignInPlace,
  answer: ChallengeAnswer,
): Promise<SignInOutcome> {
  await requireAdmittedAddress(services, place);
  if (answer.name === "PASSWORD_VERIFIER") return answerPasswordVerifier(services, place, answer);
  if (!Object.hasOwn(challenges, answer.name) && !OTHERS.has(answer.name)) throw unsupportedChallenge();
  const state = await openAnswered(services, place, answer);
  switch (state.stage) {
    case "opening":
      return answerOpening(services, place, state, answer.responses);
    case "custom":
      return answerCustomChallenge(services, place, state, answer.responses);
    case "under-way":
      return answerChallenge(services, place, state, answer);
  }
}
