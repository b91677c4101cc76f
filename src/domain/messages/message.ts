import type { KeyEncryptionKey } from "../../crypto/encryption-at-rest.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Identifiers } from "../../runtime/identifiers.ts";
import type { Repositories } from "../store.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";
import type { Channel, Destination } from "./destination.ts";
import type { OutboxMessage } from "./ports.ts";
import { type MessageKind, type MessageText, oneLine, renderMessage } from "./templates.ts";

/** Cognito's name for the message about a sign-in that looks like someone else's. */
const NOTICE = "AccountTakeOverNotification";

/** What a message says, as it is sealed in the outbox. */
export interface MessageContent {
  readonly to: string;
  readonly channel: Channel;
  readonly username: string;
  readonly kind: MessageKind | typeof NOTICE;
  /** The code or temporary password inside the body. */
  readonly code: string;
  readonly subject: string | null;
  readonly body: string;
  /** The same in plain text, where the pool has words of its own for that. */
  readonly textBody?: string | undefined;
  /** In place of the sender of the pool's other messages. */
  readonly sender?: { readonly from?: string | undefined; readonly replyTo?: string | undefined };
  /** Told to a function that sends the message, beside the user's attributes. */
  readonly facts?: Readonly<Record<string, string>>;
  /** For a function that sends messages; rows from before there was one lack it. */
  readonly origin?: MessageOrigin;
  /** True for a name that no user has: all work is done, and nothing leaves. */
  readonly imagined?: boolean;
}

/** The call that a message comes from. */
export interface MessageOrigin {
  readonly clientId: string;
  readonly awsSdkVersion: string;
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
}

/** A message to send. */
export interface MessageRequest {
  readonly kind: MessageKind;
  readonly destination: Destination;
  /** The code or temporary password inside it. */
  readonly code: string;
}

/** Whom a message is for; the key is null for a name that no user has. */
export type Addressee = User | ImaginedAddressee;

/** A name that no user has, for which the work of a message is done and none leaves. */
export interface ImaginedAddressee extends Pick<User, "username" | "attributes"> {
  readonly key: null;
}

export const imaginedAddressee = (name: string): ImaginedAddressee => ({
  key: null,
  username: name,
  attributes: {},
});

/** Sends a message with the transaction that it is made in. */
export type SendMessage = (to: Addressee, request: MessageRequest) => Promise<void>;

/** A message with its words, where a function gave some, and the call it comes from. */
export interface OutgoingMessage extends MessageRequest {
  readonly text: MessageText | null;
  readonly origin: MessageOrigin;
}

export interface MessageServices {
  readonly keyEncryptionKey: KeyEncryptionKey;
  readonly identifiers: Identifiers;
  readonly clock: Clock;
}

const place = (key: number): string => `outbox_message|${key}`;

/**
 * Puts a message into the outbox, in the transaction whose effect it announces; it leaves after the commit.
 * What goes through triggers (transactionWithMessages) calls this; nothing else should.
 * The name in invitations is the one the person signs in with. A message to a name that no user has waits like another, so that
 * neither the call nor those beside which it would be sent take less time; the sender drops it.
 */
export async function queueMessage(
  services: MessageServices,
  repositories: Pick<Repositories, "outbox">,
  pool: UserPool,
  user: Addressee,
  message: OutgoingMessage,
): Promise<void> {
  const { kind, destination, code, text, origin } = message;
  const username = signInName(pool, user);
  const rendered = renderMessage(pool, kind, destination.channel, { username, code }, text);
  const content: MessageContent = {
    to: destination.address,
    channel: destination.channel,
    username: user.username,
    kind,
    code,
    ...rendered,
    origin,
    imagined: user.key === null,
  };
  await add(services, repositories, pool, user, content);
}

/** Puts a notice about a sign-in into the outbox, in the transaction that records it. No function words it. */
export async function queueNotice(
  services: MessageServices,
  repositories: Pick<Repositories, "outbox">,
  pool: UserPool,
  user: User,
  notice: Omit<MessageContent, "channel" | "username" | "kind" | "origin">,
): Promise<void> {
  const content: MessageContent = { ...notice, channel: "EMAIL", username: user.username, kind: NOTICE };
  await add(services, repositories, pool, user, { ...content, subject: oneLine(notice.subject ?? "") });
}

async function add(
  services: MessageServices,
  repositories: Pick<Repositories, "outbox">,
  pool: UserPool,
  user: Addressee,
  content: MessageContent,
): Promise<void> {
  const key = services.identifiers.key();
  await repositories.outbox.add({
    key,
    poolKey: pool.key,
    userKey: user.key,
    channel: content.channel,
    sealed: services.keyEncryptionKey
      .dataKey(pool.id, pool.wrappedDataKey)
      .seal("message", place(key), Buffer.from(JSON.stringify(content))),
    createdAt: services.clock.now(),
    attempts: 0,
  });
}

const signInName = (pool: UserPool, user: Addressee): string =>
  pool.settings.UsernameAttributes?.map((name) => user.attributes[name]).find((value) => value) ??
  user.username;

/** @throws SealBroken when the row was changed or belongs to another pool */
export function openMessage(
  services: Pick<MessageServices, "keyEncryptionKey">,
  pool: UserPool,
  message: OutboxMessage,
): MessageContent {
  return JSON.parse(
    services.keyEncryptionKey
      .dataKey(pool.id, pool.wrappedDataKey)
      .open("message", place(message.key), message.sealed)
      .toString(),
  );
}
