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
      const from = email?.EmailSendingAccount === "DEVELOPER" ? (email.From ?? settings.from) : settings.from;
      await mailer.sendMail({
        from,
        ...(email?.ReplyToEmailAddress ? { replyTo: email.ReplyToEmailAddress } : {}),
        to: { name: "", address: message.to },
        subject: message.subject ?? "",
        html: message.body,
      });
    },
  };
}
