import { customAuthNotConfigured, unrecognizableLambdaOutput } from "../../errors.ts";
import type { ChallengeResult } from "../challenge-result.ts";
import { type ClaimedUser, claimedAttributes, claimedName, existence } from "../claimed-user.ts";
import { flag, text } from "../response.ts";
import { askFunction, metadata, type Occasion, type TriggerServices } from "../trigger.ts";

/** Where a custom sign-in goes next. */
export type ChallengeDecision =
  | { readonly kind: "challenge"; readonly name: "CUSTOM_CHALLENGE" | "PASSWORD_VERIFIER" }
  | { readonly kind: "issue-tokens" }
  | { readonly kind: "fail" };

/**
 * Before the first and after each challenge of CUSTOM_AUTH: the function sees what happened so far and decides what is next.
 * @throws InvalidUserPoolConfigurationException when the pool names no function; InvalidLambdaResponseException for no decision
 */
export async function defineAuthChallenge(
  services: TriggerServices,
  occasion: Occasion,
  claimed: ClaimedUser,
  session: readonly ChallengeResult[],
): Promise<ChallengeDecision> {
  const arn = occasion.pool.settings.LambdaConfig?.DefineAuthChallenge;
  if (!arn) throw customAuthNotConfigured();
  const response = await askFunction(services, "DefineAuthChallenge", arn, occasion, {
    source: "DefineAuthChallenge_Authentication",
    userName: claimedName(claimed),
    request: {
      userAttributes: claimedAttributes(occasion, claimed),
      session,
      ...metadata(occasion),
      ...existence(occasion, claimed),
    },
    response: { challengeName: null, issueTokens: null, failAuthentication: null },
  });
  if (flag(response.failAuthentication)) return { kind: "fail" };
  if (flag(response.issueTokens)) return { kind: "issue-tokens" };
  const name = text(response.challengeName);
  if (name === "CUSTOM_CHALLENGE") return { kind: "challenge", name };
  // The password is asked for once, by SRP, and only of those who began that way.
  if (name === "PASSWORD_VERIFIER" && session.at(-1)?.challengeName === "SRP_A")
    return { kind: "challenge", name };
  throw unrecognizableLambdaOutput();
}
