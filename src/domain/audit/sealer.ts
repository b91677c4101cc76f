import type { CheckpointKey } from "../../crypto/checkpoint-key.ts";
import { type Clock, DAY, MINUTE, SECOND } from "../../runtime/clock.ts";
import { describeFault, type Logger } from "../../runtime/logger.ts";
import type { Store } from "../store.ts";
import { digestOfCheckpoint, FIRST_PREVIOUS, SegmentLink, signedContent } from "./chain.ts";

const SEAL_EVERY_MS = SECOND;
const CHECKPOINT_EVERY_MS = MINUTE;
/** A server seals its records within seconds: what is older belongs to one that was killed. */
const ABANDONED_AFTER_MS = 2 * MINUTE;
/** A chain that is idle for so long is not looked at any more; its server opens it again when it goes on. */
const CLOSED_AFTER_MS = DAY;
const BATCH = 500;
const CHECKPOINT_DRAWS = 20;

/** The chain of this run of the server: its name, and up to where every transaction has ended. */
export interface OwnChain {
  readonly node: string;
  settledThrough(): number;
}

export interface SealerServices {
  readonly store: Store;
  /** The system's: moving the time of development does not hold the seals up. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly checkpointKey: CheckpointKey;
}

/**
 * Seals the records that are committed, each second a segment of their chain, and signs how far it has come, each minute and at the
 * end. Records cannot be linked in their own transactions: these would have to wait for each other. And a row of its own for many of
 * them costs less than a change of each.
 */
export class AuditSealer {
  readonly #services: SealerServices;
  readonly #own: OwnChain;
  #timers: NodeJS.Timeout[] = [];
  #running: Promise<unknown> = Promise.resolve();

  constructor(services: SealerServices, own: OwnChain) {
    this.#services = services;
    this.#own = own;
  }

  start(): void {
    const every = (milliseconds: number, work: () => Promise<void>) =>
      this.#timers.push(setInterval(() => void this.#inTurn(work), milliseconds).unref());
    every(SEAL_EVERY_MS, () => this.#seal(this.#own.node, this.#own.settledThrough()));
    every(CHECKPOINT_EVERY_MS, async () => {
      await this.#adopt();
      await this.#checkpoint(this.#own.node);
    });
    void this.#inTurn(async () => {
      await this.#services.store.audit.openChain(this.#own.node, this.#services.clock.now());
      await this.#adopt();
    });
  }

  /** Seals and signs what there is. */
  async flush(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#seal(this.#own.node, this.#own.settledThrough());
      await this.#checkpoint(this.#own.node);
    });
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    await this.flush();
    await this.#inTurn(() => this.#services.store.audit.closeChain(this.#own.node));
  }

  #inTurn(work: () => Promise<void>): Promise<unknown> {
    this.#running = this.#running
      .then(work)
      .catch((fault) =>
        this.#services.logger.error("The audit trail could not be sealed", { error: describeFault(fault) }),
      );
    return this.#running;
  }

  /** Chains of servers that were killed: what they left unsealed is sealed, and what is long over is closed. */
  async #adopt(): Promise<void> {
    const { store, clock } = this.#services;
    for (const node of await store.audit.openChains()) {
      if (node === this.#own.node) continue;
      const newest = await store.audit.newest(node);
      const sealed = (await store.audit.lastSegment(node))?.position ?? 0;
      const age = clock.now() - (newest?.occurredAt ?? 0);
      if (newest && newest.position > sealed && age > ABANDONED_AFTER_MS) {
        await this.#seal(node, newest.position);
        await this.#checkpoint(node);
      } else if (age > CLOSED_AFTER_MS) await store.audit.closeChain(node);
    }
  }

  async #seal(node: string, through: number): Promise<void> {
    const { store, clock } = this.#services;
    const sealed = (await store.audit.lastSegment(node))?.position ?? 0;
    if ((await store.audit.chain(node, sealed, through, 1)).length === 0) return;
    for (let added = BATCH; added === BATCH; ) {
      added = await store.transaction(async ({ audit }) => {
        await audit.openChain(node, clock.now());
        await audit.lockChain(node);
        const before = await audit.lastSegment(node);
        const link = new SegmentLink(node, before);
        for (const record of await audit.chain(node, before?.position ?? 0, through, BATCH)) link.add(record);
        if (link.size > 0) await audit.addSegment(link.segment());
        return link.size;
      });
    }
  }

  async #checkpoint(node: string): Promise<void> {
    const { store, clock, checkpointKey } = this.#services;
    const head = await store.audit.lastSegment(node);
    if (!head || (await store.audit.lastCheckpointOf(node))?.position === head.position) return;
    const { position, count, link } = head;
    for (let draw = 1; draw <= CHECKPOINT_DRAWS; draw++) {
      const last = await store.audit.lastCheckpoint();
      const content = {
        number: (last?.number ?? 0) + 1,
        node,
        position,
        count,
        link,
        signedAt: clock.now(),
        previous: last ? digestOfCheckpoint(last) : FIRST_PREVIOUS,
      };
      const signature = checkpointKey.sign(signedContent(content));
      if (await store.audit.addCheckpoint({ ...content, signature })) return;
    }
    this.#services.logger.warn("No audit checkpoint was added: other nodes were faster each time");
  }
}
