import { type ClaimedUser, claimedAttributes, claimedName, existence } from "../claimed-user.ts";
import { askFunction, type Occasion, type TriggerServices } from "../trigger.ts";

/**
 * When a sign-in begins, before anything is proved: the function may refuse it. For a name that no user has it is asked only where
 * the client hides who exists.
 */
export async function preAuthentication(
  services: TriggerServices,
  occasion: Occasion,
  claimed: ClaimedUser,
): Promise<void> {
  const arn = occasion.pool.settings.LambdaConfig?.PreAuthentication;
  if (!arn) return;
  await askFunction(services, "PreAuthentication", arn, occasion, {
    source: "PreAuthentication_Authentication",
    userName: claimedName(claimed),
    request: {
      userAttributes: claimedAttributes(occasion, claimed),
      validationData: occasion.call.validationData ?? null,
      ...existence(occasion, claimed),
    },
    response: {},
  });
}
