import { customAuthNotConfigured } from "../../errors.ts";
import type { ChallengeResult } from "../challenge-result.ts";
import { type ClaimedUser, claimedAttributes, claimedName, existence } from "../claimed-user.ts";
import { text, textMap } from "../response.ts";
import { askFunction, metadata, type Occasion, type TriggerServices } from "../trigger.ts";

/** A challenge that a function made. */
export interface CreatedChallenge {
  /** For the client. */
  readonly publicParameters: Readonly<Record<string, string>>;
  /** For the function that verifies the answer; never for the client. */
  readonly privateParameters: Readonly<Record<string, string>>;
  readonly metadata: string | null;
}

/** Makes the question of a CUSTOM_CHALLENGE. @throws InvalidUserPoolConfigurationException when the pool names no function */
export async function createAuthChallenge(
  services: TriggerServices,
  occasion: Occasion,
  claimed: ClaimedUser,
  session: readonly ChallengeResult[],
): Promise<CreatedChallenge> {
  const arn = occasion.pool.settings.LambdaConfig?.CreateAuthChallenge;
  if (!arn) throw customAuthNotConfigured();
  const response = await askFunction(services, "CreateAuthChallenge", arn, occasion, {
    source: "CreateAuthChallenge_Authentication",
    userName: claimedName(claimed),
    request: {
      userAttributes: claimedAttributes(occasion, claimed),
      challengeName: "CUSTOM_CHALLENGE",
      session,
      ...metadata(occasion),
      ...existence(occasion, claimed),
    },
    response: { publicChallengeParameters: null, privateChallengeParameters: null, challengeMetadata: null },
  });
  return {
    publicParameters: textMap(response.publicChallengeParameters),
    privateParameters: textMap(response.privateChallengeParameters),
    metadata: text(response.challengeMetadata),
  };
}
