import type { InitiateAuthResponse } from "../../api/generated/shapes.ts";
import type { SignInOutcome } from "../../domain/authentication/index.ts";

/** The envelope that all four sign-in operations answer with; finished sign-ins carry empty ChallengeParameters. */
export function authResponse(outcome: SignInOutcome): InitiateAuthResponse {
  switch (outcome.kind) {
    case "tokens":
      return { ChallengeParameters: {}, AuthenticationResult: outcome.result };
    case "challenge":
      return {
        ChallengeName: outcome.name,
        ...(outcome.session === undefined ? {} : { Session: outcome.session }),
        ChallengeParameters: { ...outcome.parameters },
        ...(outcome.available ? { AvailableChallenges: [...outcome.available] } : {}),
      };
  }
}
