import type { Services } from "../domain/services.ts";
import {
  COMPLETION,
  expiredBefore,
  type ImportLog,
  LEASE_MS,
  runImport,
} from "../domain/user-imports/index.ts";
import { after, SECOND } from "../runtime/clock.ts";
import { describeFault } from "../runtime/logger.ts";

const POLL_MS = 5 * SECOND;
/** Jobs that are noted as expired at once. */
const EXPIRED_PER_ROUND = 50;

type RunnerServices = Pick<
  Services,
  "store" | "clock" | "identifiers" | "keyEncryptionKey" | "logger" | "random"
>;

/**
 * Runs the imports that were started on any node, one at a time on each: at once when woken, and every few seconds for those that
 * another node left behind. Expires jobs that nobody starts and removes files that nobody needs.
 */
export class UserImportRunner {
  readonly #services: RunnerServices;
  readonly #log: ImportLog;
  /** Unlike that of any other process. */
  readonly #owner: string;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  #again = false;
  #stopped = false;

  constructor(services: RunnerServices, log: ImportLog) {
    this.#services = services;
    this.#log = log;
    this.#owner = services.random.bytes(16).toString("hex");
  }

  start(): void {
    this.#timer = setInterval(() => this.wake(), POLL_MS).unref();
    this.wake();
  }

  wake(): void {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = this.#work()
      .catch((fault) =>
        this.#services.logger.error("User imports cannot go on", { error: describeFault(fault) }),
      )
      .finally(() => {
        this.#running = null;
        if (this.#again) {
          this.#again = false;
          this.wake();
        }
      });
  }

  /** Waits for the transaction under way; another node goes on with the job. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #work(): Promise<void> {
    const { store, clock, logger } = this.#services;
    const { userImports } = store;
    while (!this.#stopped) {
      const now = clock.now();
      const claimed = await userImports.claim(this.#owner, now, after(now, LEASE_MS));
      if (!claimed) break;
      try {
        await runImport(this.#services, this.#log, claimed, this.#owner, () => this.#stopped);
      } catch (fault) {
        logger.error("A user import broke off; it will go on", { error: describeFault(fault) });
      }
    }
    const now = clock.now();
    while (!this.#stopped) {
      const end = { at: now, message: COMPLETION.expired };
      if ((await userImports.expire(expiredBefore(now), end, EXPIRED_PER_ROUND)) < EXPIRED_PER_ROUND) break;
    }
    while (!this.#stopped && (await userImports.removeDiscarded(now)));
  }
}
