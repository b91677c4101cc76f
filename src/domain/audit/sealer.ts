import type { CheckpointKey } from "../../crypto/checkpoint-key.ts";
import { type Clock, MINUTE, SECOND } from "../../runtime/clock.ts";
import { describeFault, type Logger } from "../../runtime/logger.ts";
import type { Store } from "../store.ts";
import { digestOfCheckpoint, FIRST_PREVIOUS, firstLink, linkOf, signedContent } from "./chain.ts";

const SEAL_EVERY_MS = SECOND;
const CHECKPOINT_EVERY_MS = MINUTE;
/** A server seals its records within seconds: what is older belongs to one that was killed. */
const ABANDONED_AFTER_MS = 2 * MINUTE;
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
 * Puts the records that are committed into their chain, each second, and signs how far it has come, each minute and at the end.
 * Records cannot be linked in their own transactions: these would have to wait for each other.
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
    void this.#inTurn(() => this.#adopt());
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
    await this.#inTurn(() => this.#services.store.audit.forgetLock(this.#own.node));
  }

  #inTurn(work: () => Promise<void>): Promise<unknown> {
    this.#running = this.#running
      .then(work)
      .catch((fault) =>
        this.#services.logger.error("The audit trail could not be sealed", { error: describeFault(fault) }),
      );
    return this.#running;
  }

  /** Chains of servers that were killed with records still unsealed. */
  async #adopt(): Promise<void> {
    const { store, clock } = this.#services;
    for (const node of await store.audit.unsealedNodes()) {
      if (node === this.#own.node) continue;
      const [oldest] = await store.audit.unsealed(node, Number.MAX_SAFE_INTEGER, 1);
      if (!oldest || oldest.occurredAt > clock.now() - ABANDONED_AFTER_MS) continue;
      await this.#seal(node, Number.MAX_SAFE_INTEGER);
      await this.#checkpoint(node);
    }
  }

  async #seal(node: string, through: number): Promise<void> {
    const { store, clock } = this.#services;
    for (let sealed = BATCH; sealed === BATCH; ) {
      if ((await store.audit.unsealed(node, through, 1)).length === 0) return;
      sealed = await store.transaction(async ({ audit }) => {
        await audit.lockChain(node, clock.now());
        const head = await audit.head(node);
        let [link, ordinal] = [head?.link ?? firstLink(node), head?.count ?? 0];
        const links = [];
        for (const record of await audit.unsealed(node, through, BATCH)) {
          link = linkOf(link, record);
          ordinal += 1;
          links.push({ id: record.id, link, ordinal });
        }
        await audit.seal(links);
        return links.length;
      });
    }
  }

  async #checkpoint(node: string): Promise<void> {
    const { store, clock, checkpointKey } = this.#services;
    const head = await store.audit.head(node);
    if (!head || (await store.audit.lastCheckpointOf(node))?.position === head.position) return;
    for (let draw = 1; draw <= CHECKPOINT_DRAWS; draw++) {
      const last = await store.audit.lastCheckpoint();
      const content = {
        number: (last?.number ?? 0) + 1,
        node,
        ...head,
        signedAt: clock.now(),
        previous: last ? digestOfCheckpoint(last) : FIRST_PREVIOUS,
      };
      const signature = checkpointKey.sign(signedContent(content));
      if (await store.audit.addCheckpoint({ ...content, signature })) return;
    }
    this.#services.logger.warn("No audit checkpoint was added: other nodes were faster each time");
  }
}
