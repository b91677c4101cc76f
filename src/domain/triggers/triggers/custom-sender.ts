import type { Channel, MessageContent } from "../../messages/index.ts";
import type { UserPool } from "../../user-pools/index.ts";
import type { User } from "../../users/index.ts";
import type { CodeEncryption, TriggerInvoker } from "../ports.ts";
import { eventAttributes, NO_CLIENT } from "../trigger.ts";

export interface SenderServices {
  readonly triggers: TriggerInvoker;
  readonly codeEncryption: CodeEncryption;
}

const SENDERS = {
  EMAIL: { member: "CustomEmailSender", type: "customEmailSenderRequestV1", attribute: "email" },
  SMS: { member: "CustomSMSSender", type: "customSMSSenderRequestV1", attribute: "phone_number" },
} as const;

const functionOf = (pool: UserPool, channel: Channel): string | undefined =>
  pool.settings.LambdaConfig?.[SENDERS[channel].member]?.LambdaArn;

export const hasCustomSender = (pool: UserPool, channel: Channel): boolean =>
  functionOf(pool, channel) !== undefined;

/** A reset by an administrator speaks to functions as one that the user asked for. */
export const messageSource = (kind: MessageContent["kind"]): string =>
  kind === "AdminResetUserPassword" ? "ForgotPassword" : kind;

/** The only occasions that hand the caller's metadata on. */
const WITH_METADATA: ReadonlySet<string> = new Set(["ForgotPassword", "SignUp", "Authentication"]);

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/**
 * Hands a message to the function that sends the pool's messages on its channel. What the function answers does not
 * matter; when it fails, the outbox calls it again, as Lambda does with events.
 * @throws Error
 */
export async function sendByFunction(
  { triggers, codeEncryption }: SenderServices,
  pool: UserPool,
  user: User,
  content: MessageContent,
): Promise<void> {
  const { channel, kind, origin } = content;
  const { member, type, attribute } = SENDERS[channel];
  const arn = functionOf(pool, channel);
  const key = pool.settings.LambdaConfig?.KMSKeyID;
  if (!arn || !key) throw new Error(`The pool has no ${member} with a KMSKeyID`);
  const source = messageSource(kind);
  // Temporary passwords may hold what HTML takes for its own; codes are digits.
  const code = channel === "EMAIL" && kind === "AdminCreateUser" ? escapeHtml(content.code) : content.code;
  const event = {
    version: "1",
    triggerSource: `${member}_${source}`,
    region: pool.region,
    userPoolId: pool.id,
    userName: user.username,
    callerContext: {
      awsSdkVersion: origin?.awsSdkVersion ?? "aws-sdk-unknown-unknown",
      clientId: origin?.clientId ?? NO_CLIENT,
    },
    request: {
      type,
      code: await codeEncryption.encrypt(key, { "userpool-id": pool.id }, code),
      ...(WITH_METADATA.has(source) && origin?.clientMetadata
        ? { clientMetadata: origin.clientMetadata }
        : {}),
      // A new address that waits for its proof is where the message has to go.
      userAttributes: { ...eventAttributes(pool, user), [attribute]: content.to, ...content.facts },
    },
  };
  const invocation = await triggers.invoke(arn, event, "event");
  switch (invocation.kind) {
    case "answered":
    case "not-json":
    case "too-large":
      return;
    case "failed":
      throw new Error(`${member} failed with error ${invocation.message}`);
    case "refused":
      throw new Error(`${member} was refused: ${invocation.code}`);
    case "misconfigured":
    case "timed-out":
      throw new Error(`${member}: ${invocation.kind}`);
  }
}
