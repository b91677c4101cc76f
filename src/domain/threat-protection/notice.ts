import type { AccountTakeoverEventActionType, NotifyConfigurationType } from "../../api/generated/shapes.ts";
import { queueNotice } from "../messages/index.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";
import { writtenTime } from "./auth-event.ts";
import { feedbackToken } from "./feedback.ts";
import type { AuthEvent } from "./ports.ts";

const TEMPLATE_OF = {
  BLOCK: "BlockEmail",
  MFA_IF_CONFIGURED: "MfaEmail",
  MFA_REQUIRED: "MfaEmail",
  NO_ACTION: "NoActionEmail",
} as const satisfies Record<AccountTakeoverEventActionType, keyof NotifyConfigurationType>;

const FACTS = `
Time: {login-time}
Device: {device-name}
IP address: {ip-address}

If this was not you, change your password.`;

const DEFAULTS = {
  BlockEmail: {
    Subject: "Blocked sign-in attempt",
    TextBody: `We blocked an unrecognized sign-in to your account with this information:${FACTS}`,
  },
  MfaEmail: {
    Subject: "New sign-in attempt",
    TextBody: `We asked for a second factor in a sign-in to your account with this information:${FACTS}`,
  },
  NoActionEmail: {
    Subject: "New sign-in attempt",
    TextBody: `We observed an unrecognized sign-in to your account with this information:${FACTS}`,
  },
} as const;

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** In one pass, so that a value that looks like a placeholder stays as it is. */
const fill = (
  template: string,
  values: ReadonlyMap<string, string>,
  show: (text: string) => string,
): string =>
  template.replace(/\{[a-z-]+\}/g, (placeholder) => {
    const value = values.get(placeholder);
    return value === undefined ? placeholder : show(value);
  });

const asIs = (text: string): string => text;

/** What the mail's placeholders stand for. */
function valuesOf(user: User, event: AuthEvent, token: string): Map<string, string> {
  const { context } = event;
  return new Map([
    ["{username}", user.username],
    ["{ip-address}", context.ipAddress ?? ""],
    ["{city}", context.city ?? ""],
    ["{country}", context.country ?? ""],
    ["{login-time}", writtenTime(event.createdAt)],
    ["{device-name}", context.deviceName],
    ["{event-id}", event.id],
    ["{feedback-token}", token],
    // No hosted page answers such a link yet.
    ["{one-click-link-valid}", ""],
    ["{one-click-link-invalid}", ""],
  ]);
}

/**
 * Tells the user by e-mail of what was made of a sign-in, in the transaction that records it. Only a verified address is written
 * to, for the mail carries a token that speaks for the user.
 * @returns whether there is something to send
 */
export async function notifyUser(
  services: Services,
  repositories: Pick<Repositories, "outbox">,
  pool: UserPool,
  user: User,
  event: AuthEvent,
  notice: { readonly action: AccountTakeoverEventActionType; readonly settings: NotifyConfigurationType },
): Promise<boolean> {
  const { email, email_verified } = user.attributes;
  if (!email || email_verified !== "true") return false;
  const { settings } = notice;
  const name = TEMPLATE_OF[notice.action];
  const given = settings[name];
  const {
    Subject: subject,
    TextBody: text,
    HtmlBody: html,
  } = given ?? { ...DEFAULTS[name], HtmlBody: undefined };
  const token = feedbackToken(services, pool, user, event);
  const values = valuesOf(user, event, token);
  const words = text ?? (html === undefined ? DEFAULTS[name].TextBody : undefined);
  const textBody = words === undefined ? undefined : fill(words, values, asIs);
  await queueNotice(services, repositories, pool, user, {
    to: email,
    subject: fill(subject, values, asIs),
    body: html === undefined ? `<pre>${escapeHtml(textBody ?? "")}</pre>` : fill(html, values, escapeHtml),
    textBody,
    code: token,
    sender: { from: settings.From, replyTo: settings.ReplyTo },
    facts: {
      EVENT_ID: event.id,
      IP_ADDRESS: event.context.ipAddress ?? "",
      DEVICE_NAME: event.context.deviceName,
      LOGIN_TIME: writtenTime(event.createdAt),
    },
  });
  return true;
}
