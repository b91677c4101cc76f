import type { User } from "../../users/index.ts";
import { askFunction, eventAttributes, metadata, type Occasion, type TriggerServices } from "../trigger.ts";

/** After the last challenge of a sign-in and before its tokens; not when tokens are refreshed. */
export async function postAuthentication(
  services: TriggerServices,
  occasion: Occasion,
  user: User,
  newDeviceUsed: boolean,
): Promise<void> {
  const arn = occasion.pool.settings.LambdaConfig?.PostAuthentication;
  if (!arn) return;
  await askFunction(services, "PostAuthentication", arn, occasion, {
    source: "PostAuthentication_Authentication",
    userName: user.username,
    request: {
      userAttributes: eventAttributes(occasion.pool, user),
      newDeviceUsed,
      ...metadata(occasion),
    },
    response: {},
  });
}
