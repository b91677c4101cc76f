import type { User } from "../../users/index.ts";
import { askFunction, eventAttributes, metadata, type Occasion, type TriggerServices } from "../trigger.ts";

/**
 * After an account was confirmed or a password reset. What happened stays when the function fails; the caller learns of the
 * failure all the same.
 */
export async function postConfirmation(
  services: TriggerServices,
  occasion: Occasion,
  what: "ConfirmSignUp" | "ConfirmForgotPassword",
  user: User,
): Promise<void> {
  const arn = occasion.pool.settings.LambdaConfig?.PostConfirmation;
  if (!arn) return;
  await askFunction(services, "PostConfirmation", arn, occasion, {
    source: `PostConfirmation_${what}`,
    userName: user.username,
    request: { userAttributes: eventAttributes(occasion.pool, user), ...metadata(occasion) },
    response: {},
  });
}
