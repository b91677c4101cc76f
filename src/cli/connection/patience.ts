import { setTimeout as sleep } from "node:timers/promises";
import type { Input, OperationName, Output } from "../../api/operation.ts";
import { monotonicMs, SECOND } from "../../runtime/clock.ts";
import { systemRandom } from "../../runtime/random.ts";
import { type Connection, isThrottling, Refusal, Unreachable } from "./connection.ts";

/** After a refusal everybody waits so long, so that a bucket that is empty is asked a few times a second only. */
const AFTER_THROTTLING_MS = 100;
/** How a rate grows each second without a refusal: at first, and from where it was last refused on. */
const GROWTH = { below: 1.3, beyond: 1.05 };
/** A cut keeps this much at least, since a server that was busy for a moment admitted little in it. */
const KEPT = 0.8;
/** What is tried when nothing at all was admitted for a second. */
const SLOWEST_PER_SECOND = 5;
/** For answers that did not come and faults of the server: from this, doubled each time. */
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 8 * SECOND;
const TRIES = 8;

/**
 * When the next call of an operation may begin. Nothing is held back until the server refuses; then calls are spread evenly at the
 * rate that it admitted in the second before, which grows while it refuses nothing and is cut at most once a second.
 */
class Pace {
  /** Calls a second; infinite until the server has refused one. */
  #rate = Number.POSITIVE_INFINITY;
  /** At which the server refused. */
  #refusedAt = Number.POSITIVE_INFINITY;
  #nextAt = 0;
  #changedAt: number | null = null;
  /** When calls of the last second were admitted, oldest first. */
  #admitted: number[] = [];

  async turn(): Promise<void> {
    const now = monotonicMs();
    this.#changedAt ??= now;
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + SECOND / this.#rate;
    if (at > now) await sleep(at - now);
  }

  admitted(): void {
    const now = monotonicMs();
    this.#admitted.push(now);
    this.#forget(now);
    if (this.#rate === Number.POSITIVE_INFINITY || now - (this.#changedAt ?? now) < SECOND) return;
    this.#rate *= this.#rate < this.#refusedAt ? GROWTH.below : GROWTH.beyond;
    this.#changedAt = now;
  }

  throttled(): void {
    const now = monotonicMs();
    this.#nextAt = Math.max(this.#nextAt, now + AFTER_THROTTLING_MS);
    // In less than a second it cannot be told how much is admitted in one.
    if (now - (this.#changedAt ?? now) < SECOND) return;
    this.#forget(now);
    const seen = this.#admitted.length;
    const kept = this.#rate === Number.POSITIVE_INFINITY ? SLOWEST_PER_SECOND : this.#rate * KEPT;
    this.#refusedAt = Math.min(this.#rate, Math.max(seen, kept));
    this.#rate = Math.max(seen, kept);
    this.#changedAt = now;
  }

  #forget(now: number): void {
    let old = 0;
    while (old < this.#admitted.length && now - (this.#admitted[old] ?? now) > SECOND) old++;
    if (old > 0) this.#admitted.splice(0, old);
  }
}

export type Call = <N extends OperationName>(
  operation: N,
  input: Input<N>,
  /** Told when an answer did not come, so that the server may have done what it was asked for. */
  inDoubt?: () => void,
) => Promise<Output<N>>;

/**
 * Calls for bulk work: keeps to the server's own rates, each operation's by itself, and asks again when the server is busy, faulty or
 * away for a while. What may be done twice by that is for the caller to know: see `inDoubt`.
 */
export function patientCalls({ call }: Pick<Connection, "call">): Call {
  const paces = new Map<string, Pace>();
  return async (operation, input, inDoubt) => {
    const pace = paces.get(operation) ?? new Pace();
    paces.set(operation, pace);
    let wait = FIRST_WAIT_MS;
    for (let tried = 1; ; ) {
      await pace.turn();
      try {
        const output = await call(operation, input);
        pace.admitted();
        return output;
      } catch (fault) {
        if (isThrottling(fault)) {
          pace.throttled();
          continue;
        }
        const isPassing = fault instanceof Unreachable || (fault instanceof Refusal && fault.status >= 500);
        if (!isPassing || tried++ === TRIES) throw fault;
        inDoubt?.();
        // Not all at the same moment.
        await sleep(wait / 2 + systemRandom.below(wait / 2));
        wait = Math.min(LONGEST_WAIT_MS, wait * 2);
      }
    }
  };
}
