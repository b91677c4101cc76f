import type { Services } from "../domain/services.ts";
import {
  COMPLETION,
  expiredBefore,
  type ImportLog,
  LEASE_MS,
  runImport,
} from "../domain/user-imports/index.ts";
import { BackgroundWork } from "../runtime/background-work.ts";
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
  readonly #rounds: BackgroundWork;

  constructor(services: RunnerServices, log: ImportLog) {
    this.#services = services;
    this.#log = log;
    this.#owner = services.random.bytes(16).toString("hex");
    this.#rounds = new BackgroundWork({
      everyMs: POLL_MS,
      work: (isStopped) => this.#work(isStopped),
      onFault: (fault) => services.logger.error("User imports cannot go on", { error: describeFault(fault) }),
    });
  }

  start(): void {
    this.#rounds.start();
  }

  wake(): void {
    this.#rounds.wake();
  }

  /** Waits for the transaction under way; another node goes on with the job. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  async #work(isStopped: () => boolean): Promise<void> {
    const { store, clock, logger } = this.#services;
    const { userImports } = store;
    while (!isStopped()) {
      const now = clock.now();
      const claimed = await userImports.claim(this.#owner, now, after(now, LEASE_MS));
      if (!claimed) break;
      try {
        await runImport(this.#services, this.#log, claimed, this.#owner, isStopped);
      } catch (fault) {
        logger.error("A user import broke off; it will go on", { error: describeFault(fault) });
      }
    }
    const now = clock.now();
    while (!isStopped()) {
      const end = { at: now, message: COMPLETION.expired };
      if ((await userImports.expire(expiredBefore(now), end, EXPIRED_PER_ROUND)) < EXPIRED_PER_ROUND) break;
    }
    while (!isStopped() && (await userImports.removeDiscarded(now)));
  }
}
