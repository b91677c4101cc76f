import { createTransport } from "nodemailer";
import type { Transport } from "./transport.ts";

const TIMEOUT_MS = 10_000;

/**
 * E-mail by SMTP. The sender is the pool's own where it sends with its own identity (EmailSendingAccount DEVELOPER), otherwise
 * the configured one. nodemailer encodes every header, so that no value can add one.
 */
export function smtpTransport(settings: { readonly url: string; readonly from: string }): Transport {
  const mailer = createTransport(settings.url, {
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  } as object);
  return {
    async send(pool, message) {
      const email = pool.settings.EmailConfiguration;
      const own = email?.EmailSendingAccount === "DEVELOPER" ? email.From : undefined;
      const replyTo = message.sender?.replyTo ?? email?.ReplyToEmailAddress;
      await mailer.sendMail({
        from: message.sender?.from ?? own ?? settings.from,
        ...(replyTo ? { replyTo } : {}),
        to: { name: "", address: message.to },
        subject: message.subject ?? "",
        ...(message.textBody === undefined ? {} : { text: message.textBody }),
        html: message.body,
      });
    },
  };
}
