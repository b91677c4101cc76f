import type { KeyEncryptionKey } from "../../crypto/encryption-at-rest.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Identifiers } from "../../runtime/identifiers.ts";
import type { Repositories } from "../store.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { User, UserKey } from "../users/index.ts";
import type { Channel, Destination } from "./destination.ts";
import type { OutboxMessage } from "./ports.ts";
import { type MessageKind, renderMessage } from "./templates.ts";

/** What a message says, as it is sealed in the outbox. */
export interface MessageContent {
  readonly to: string;
  readonly channel: Channel;
  readonly username: string;
  readonly kind: MessageKind;
  /** The code or temporary password inside the body. */
  readonly code: string;
  readonly subject: string | null;
  readonly body: string;
}

export interface MessageServices {
  readonly keyEncryptionKey: KeyEncryptionKey;
  readonly identifiers: Identifiers;
  readonly clock: Clock;
}

const place = (key: number): string => `outbox_message|${key}`;

/** Whom a message is for; the key is null for a name that no user has. */
export type Addressee = Pick<User, "username" | "attributes"> & { readonly key: UserKey | null };

/**
 * Puts a message into the outbox, in the transaction whose effect it announces; it leaves after the commit.
 * The name in invitations is the one the person signs in with.
 * @returns its key
 */
export async function queueMessage(
  services: MessageServices,
  repositories: Pick<Repositories, "outbox">,
  pool: UserPool,
  user: Addressee,
  message: { readonly kind: MessageKind; readonly destination: Destination; readonly code: string },
): Promise<number> {
  const { kind, destination, code } = message;
  const username = signInName(pool, user);
  const rendered = renderMessage(pool, kind, destination.channel, { username, code });
  const content: MessageContent = {
    to: destination.address,
    channel: destination.channel,
    username: user.username,
    kind,
    code,
    ...rendered,
  };
  const key = services.identifiers.key();
  await repositories.outbox.add({
    key,
    poolKey: pool.key,
    userKey: user.key,
    channel: destination.channel,
    sealed: services.keyEncryptionKey
      .dataKey(pool.id, pool.wrappedDataKey)
      .seal("message", place(key), Buffer.from(JSON.stringify(content))),
    createdAt: services.clock.now(),
    attempts: 0,
  });
  return key;
}

/**
 * The work of queueMessage for a name that no user has, so that time does not tell. What it writes is gone before the transaction
 * ends: nobody ever sees it.
 */
export async function pretendToQueue(
  services: MessageServices,
  repositories: Pick<Repositories, "outbox">,
  pool: UserPool,
  name: string,
  message: Parameters<typeof queueMessage>[4],
): Promise<void> {
  const nobody = { key: null, username: name, attributes: {} };
  const key = await queueMessage(services, repositories, pool, nobody, message);
  await repositories.outbox.sent(key, services.clock.now(), "delete");
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
