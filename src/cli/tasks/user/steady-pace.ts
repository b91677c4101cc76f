import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs, SECOND } from "../../../runtime/clock.ts";
import { systemRandom } from "../../../runtime/random.ts";
import { isThrottling } from "../../connection/connection.ts";

const LONGEST_WAIT_MS = 30 * SECOND;
/** After so many refusals in a row, over two minutes, the quota is used by somebody else. */
const TRIES = 10;

/** What is left of the rate when the server finds it too much, and how it comes back in each second that it does not. */
const CUT = 0.7;
const GROWTH = 1.03;

/** Calls at a steady rate, one at a time; slower as long as the server finds them too many. */
export class SteadyPace {
  readonly #most: number;
  #perSecond: number;
  #nextAt = 0;
  #changedAt = 0;

  /** @param perSecond calls at most */
  constructor(perSecond: number) {
    this.#most = perSecond;
    this.#perSecond = perSecond;
  }

  /** Repeats what was refused for being too much, and nothing else: that alone was surely not done. @throws what the work throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1, wait = SECOND; ; tries++, wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      await this.#turn();
      try {
        return await work();
      } catch (fault) {
        if (!isThrottling(fault) || tries === TRIES) throw fault;
        this.#change(CUT);
        await sleep(wait / 2 + systemRandom.below(wait / 2));
      }
    }
  }

  #change(factor: number): void {
    this.#perSecond = Math.min(this.#most, Math.max(1, this.#perSecond * factor));
    this.#changedAt = monotonicMs();
  }

  async #turn(): Promise<void> {
    const now = monotonicMs();
    if (this.#perSecond < this.#most && now - this.#changedAt >= SECOND) this.#change(GROWTH);
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + SECOND / this.#perSecond;
    if (at > now) await sleep(at - now);
  }
}
