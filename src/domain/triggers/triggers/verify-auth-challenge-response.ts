import { customAuthNotConfigured } from "../../errors.ts";
import { type ClaimedUser, claimedAttributes, claimedName, existence } from "../claimed-user.ts";
import { flag } from "../response.ts";
import { askFunction, metadata, type Occasion, type TriggerServices } from "../trigger.ts";

/** Whether the answer to a CUSTOM_CHALLENGE is right. @throws InvalidUserPoolConfigurationException when the pool names no function */
export async function verifyAuthChallengeResponse(
  services: TriggerServices,
  occasion: Occasion,
  claimed: ClaimedUser,
  privateParameters: Readonly<Record<string, string>>,
  answer: string,
): Promise<boolean> {
  const arn = occasion.pool.settings.LambdaConfig?.VerifyAuthChallengeResponse;
  if (!arn) throw customAuthNotConfigured();
  const response = await askFunction(services, "VerifyAuthChallengeResponse", arn, occasion, {
    source: "VerifyAuthChallengeResponse_Authentication",
    userName: claimedName(claimed),
    request: {
      userAttributes: claimedAttributes(occasion, claimed),
      privateChallengeParameters: privateParameters,
      challengeAnswer: answer,
      ...metadata(occasion),
      ...existence(occasion, claimed),
    },
    response: { answerCorrect: null },
  });
  return flag(response.answerCorrect);
}
