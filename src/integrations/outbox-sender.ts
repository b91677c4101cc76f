import { logRecord } from "../domain/log-delivery/index.ts";
import { type MessageContent, type OutboxMessage, openMessage } from "../domain/messages/index.ts";
import type { Services } from "../domain/services.ts";
import { hasCustomSender, sendByFunction } from "../domain/triggers/index.ts";
import type { UserPool } from "../domain/user-pools/index.ts";
import { BackgroundWork } from "../runtime/background-work.ts";
import { after, MINUTE, SECOND } from "../runtime/clock.ts";
import { describeFault } from "../runtime/logger.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { Transport } from "./transport.ts";

const BATCH = 32;
const POLL_MS = 5 * SECOND;
/** While one node sends, others leave the message alone for this long. */
const HIDDEN_MS = MINUTE;
/** Waits between attempts double from here; about an hour in all. */
const FIRST_RETRY_MS = 10 * SECOND;
const ATTEMPTS = 9;

export interface OutboxTransports {
  /** Null: nothing leaves the server on this channel. */
  readonly EMAIL: Transport | null;
  readonly SMS: Transport | null;
  /** What happens to the row afterwards: the development inbox shows kept ones. */
  readonly afterwards: "keep" | "delete";
}

type SenderServices = Pick<
  Services,
  "store" | "clock" | "keyEncryptionKey" | "logger" | "triggers" | "codeEncryption" | "logDelivery"
>;

const LONGEST_REASON = 500;

/** Servers repeat in their errors whom a message was for. */
const withoutAddresses = (text: string): string =>
  text
    .replace(/[^\s<>]+@[^\s<>]+/g, "***")
    .replace(/\+?\d{6,}/g, "***")
    .slice(0, LONGEST_REASON);

/** Sends what waits in the outbox, after the commit that put it there: at once when woken, and every few seconds. */
export class OutboxSender {
  readonly #services: SenderServices;
  readonly #transports: OutboxTransports;
  readonly #metrics: Metrics;
  readonly #rounds: BackgroundWork;

  constructor(services: SenderServices, transports: OutboxTransports, metrics: Metrics) {
    this.#services = services;
    this.#metrics = metrics;
    this.#transports = transports;
    this.#rounds = new BackgroundWork({
      everyMs: POLL_MS,
      work: (isStopped) => this.#drain(isStopped),
      onFault: (fault) => services.logger.error("The outbox cannot be read", { error: describeFault(fault) }),
    });
  }

  start(): void {
    this.#rounds.start();
  }

  wake(): void {
    this.#rounds.wake();
  }

  /** Waits for the batch that is being sent. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  async #drain(isStopped: () => boolean): Promise<void> {
    const { store, clock } = this.#services;
    for (;;) {
      const now = clock.now();
      const batch = await store.outbox.claim(now, after(now, HIDDEN_MS), BATCH);
      await Promise.all(batch.map((message) => this.#deliver(message)));
      if (batch.length < BATCH || isStopped()) return;
    }
  }

  async #deliver(message: OutboxMessage): Promise<void> {
    const { store, clock, logger } = this.#services;
    try {
      const pool = await store.userPools.byKey(message.poolKey);
      const content = pool && openMessage(this.#services, pool, message);
      if (pool && content && !content.imagined) await this.#hand(pool, message, content);
      const afterwards = content?.imagined ? "delete" : this.#transports.afterwards;
      await store.outbox.sent(message.key, clock.now(), afterwards);
      if (!content?.imagined) this.#metrics.delivered(message.channel, "sent");
    } catch (fault) {
      const attempt = message.attempts + 1;
      const retryAt = attempt < ATTEMPTS ? after(clock.now(), FIRST_RETRY_MS * 2 ** message.attempts) : null;
      logger.warn(
        retryAt ? "A message could not be sent; it will be tried again" : "A message was given up",
        {
          channel: message.channel,
          attempt,
          error: describeFault(fault),
        },
      );
      this.#metrics.delivered(message.channel, retryAt ? "retried" : "given up");
      await store.outbox.failed(message.key, retryAt);
      await this.#report(message, fault);
    }
  }

  /** Tells the pool's log of a message that did not leave. It names neither the address nor what the message holds. */
  async #report({ poolKey, channel }: OutboxMessage, fault: unknown): Promise<void> {
    const { store, clock, logDelivery } = this.#services;
    const pool = await store.userPools.byKey(poolKey).catch(() => null);
    if (!pool) return;
    const reason = fault instanceof Error ? withoutAddresses(fault.message) : "unknown";
    const details = `A message could not be delivered by ${channel}: ${reason}`;
    logDelivery.offer(poolKey, logRecord(clock, pool, "USER_NOTIFICATION", { details }));
  }

  /** To the function that sends for the pool, where it has one, else to the channel's transport. */
  async #hand(pool: UserPool, message: OutboxMessage, content: MessageContent): Promise<void> {
    if (hasCustomSender(pool, content.channel)) {
      const user = message.userKey === null ? null : await this.#services.store.users.byKey(message.userKey);
      if (user) await sendByFunction(this.#services, pool, user, content);
      return;
    }
    const transport = this.#transports[content.channel];
    if (transport) await transport.send(pool, content);
    else if (this.#transports.afterwards === "delete")
      throw new Error(`No transport is configured for ${content.channel}`);
  }
}
