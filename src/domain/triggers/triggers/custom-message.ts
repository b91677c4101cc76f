import { customMessageRefused } from "../../errors.ts";
import type { Channel, MessageKind, MessageText } from "../../messages/index.ts";
import type { UserPool } from "../../user-pools/index.ts";
import type { User } from "../../users/index.ts";
import { text } from "../response.ts";
import { askFunction, eventAttributes, metadata, type Occasion, type TriggerServices } from "../trigger.ts";
import { hasCustomSender, messageSource } from "./custom-sender.ts";

const LONGEST = { emailMessage: 20_000, emailSubject: 140, smsMessage: 140 } as const;
const CODE = "{####}";
const USERNAME = "{username}";

/** Whether a function words the pool's messages on this channel; one that sends them by itself words them too. */
export const hasCustomMessage = (pool: UserPool, channel: Channel): boolean =>
  Boolean(pool.settings.LambdaConfig?.CustomMessage) && !hasCustomSender(pool, channel);

/** @throws InvalidLambdaResponseException for a text that is too long or lacks a placeholder */
function checked(name: keyof typeof LONGEST, value: unknown, placeholders: readonly string[]): string | null {
  const given = text(value);
  if (!given) return null;
  if ([...given].length > LONGEST[name])
    throw customMessageRefused(`${name} must not be longer than ${LONGEST[name]} characters`);
  for (const placeholder of placeholders)
    if (!given.includes(placeholder)) throw customMessageRefused(`${name} must contain ${placeholder}`);
  return given;
}

/**
 * The function's words for a message; null members leave the pool's template in place. The code itself is not told: the words hold
 * a placeholder for it.
 */
export async function customMessage(
  services: TriggerServices,
  occasion: Occasion,
  user: User,
  kind: MessageKind,
  channel: Channel,
): Promise<MessageText | null> {
  const arn = occasion.pool.settings.LambdaConfig?.CustomMessage;
  if (!arn) return null;
  const invitation = kind === "AdminCreateUser";
  const response = await askFunction(services, "CustomMessage", arn, occasion, {
    source: `CustomMessage_${messageSource(kind)}`,
    userName: user.username,
    request: {
      userAttributes: eventAttributes(occasion.pool, user),
      codeParameter: CODE,
      linkParameter: "{##Click Here##}",
      usernameParameter: invitation ? USERNAME : null,
      ...metadata(occasion),
    },
    response: { smsMessage: null, emailMessage: null, emailSubject: null },
  });
  const placeholders = invitation ? [CODE, USERNAME] : [CODE];
  return channel === "SMS"
    ? { body: checked("smsMessage", response.smsMessage, placeholders), subject: null }
    : {
        body: checked("emailMessage", response.emailMessage, placeholders),
        subject: checked("emailSubject", response.emailSubject, []),
      };
}
