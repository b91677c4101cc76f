import type { UserPool } from "../user-pools/index.ts";
import type { Channel } from "./destination.ts";

/** Cognito's names for what a message is about; a CustomMessage trigger sees them as `CustomMessage_<kind>`. */
export type MessageKind =
  | "AdminCreateUser"
  | "SignUp"
  | "ResendCode"
  | "ForgotPassword"
  | "AdminResetUserPassword"
  | "UpdateUserAttribute"
  | "VerifyUserAttribute"
  | "Authentication";

export interface RenderedMessage {
  /** Null for SMS. */
  readonly subject: string | null;
  readonly body: string;
}

/** Words that a function gave for one message; null leaves the pool's template in place. */
export interface MessageText {
  readonly subject: string | null;
  readonly body: string | null;
}

interface Template {
  readonly subject: string;
  readonly body: string;
}

const DEFAULTS = {
  verification: { subject: "Your verification code", body: "Your verification code is {####}. " },
  reset: { subject: "Your password reset code", body: "Your password reset code is {####}. " },
  authentication: { subject: "Your authentication code", body: "Your authentication code is {####}. " },
  invitation: {
    subject: "Your temporary password",
    body: "Your username is {username} and temporary password is {####}. ",
  },
} as const satisfies Record<string, Template>;

const merged = (fallback: Template, subject: string | undefined, body: string | undefined): Template => ({
  subject: subject ?? fallback.subject,
  body: body ?? fallback.body,
});

/** The pool's text for the occasion, else the built-in one. */
function templateFor(pool: UserPool, kind: MessageKind, channel: Channel): Template {
  const { settings, mfa } = pool;
  const verification = settings.VerificationMessageTemplate;
  switch (kind) {
    case "AdminCreateUser": {
      const invite = settings.AdminCreateUserConfig?.InviteMessageTemplate;
      return channel === "SMS"
        ? merged(DEFAULTS.invitation, undefined, invite?.SMSMessage)
        : merged(DEFAULTS.invitation, invite?.EmailSubject, invite?.EmailMessage);
    }
    case "Authentication":
      return channel === "SMS"
        ? merged(DEFAULTS.authentication, undefined, settings.SmsAuthenticationMessage)
        : merged(
            DEFAULTS.authentication,
            mfa.EmailMfaConfiguration?.Subject,
            mfa.EmailMfaConfiguration?.Message,
          );
    case "ForgotPassword":
    case "AdminResetUserPassword":
    case "SignUp":
    case "ResendCode":
    case "UpdateUserAttribute":
    case "VerifyUserAttribute": {
      const fallback =
        kind === "ForgotPassword" || kind === "AdminResetUserPassword"
          ? DEFAULTS.reset
          : DEFAULTS.verification;
      return channel === "SMS"
        ? merged(fallback, undefined, verification?.SmsMessage)
        : merged(fallback, verification?.EmailSubject, verification?.EmailMessage);
    }
  }
}

/** Replaces the placeholders in one pass, so that a value that looks like a placeholder stays as it is. */
function fill(template: string, username: string, code: string): string {
  return template.replace(/\{####\}|\{username\}/g, (placeholder) =>
    placeholder === "{####}" ? code : username,
  );
}

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Subjects are one line: a header must not be continued by what a template or a name holds. */
export const oneLine = (text: string): string => text.replace(/[\r\n]+/g, " ");

/** E-mail bodies may be HTML, so the values in them are escaped; SMS are plain. */
export function renderMessage(
  pool: UserPool,
  kind: MessageKind,
  channel: Channel,
  values: { readonly username: string; readonly code: string },
  text: MessageText | null = null,
): RenderedMessage {
  const template = merged(
    templateFor(pool, kind, channel),
    text?.subject ?? undefined,
    text?.body ?? undefined,
  );
  if (channel === "SMS") return { subject: null, body: fill(template.body, values.username, values.code) };
  return {
    subject: oneLine(fill(template.subject, values.username, values.code)),
    body: fill(template.body, escapeHtml(values.username), escapeHtml(values.code)),
  };
}
