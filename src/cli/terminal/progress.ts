import { monotonicMs } from "../../runtime/clock.ts";

const SHOWN_EVERY_MS = 100;

/** A line on standard error that tells how far work is, on a terminal only. */
export class Progress {
  readonly #what: string;
  readonly #total: number | null;
  readonly #isShown = process.stderr.isTTY === true;
  #done = 0;
  #shownAt = 0;

  /** @param total null when it is not known */
  constructor(what: string, total: number | null = null) {
    this.#what = what;
    this.#total = total;
  }

  add(count = 1): void {
    this.reach(this.#done + count);
  }

  reach(done: number): void {
    this.#done = done;
    const now = monotonicMs();
    if (!this.#isShown || now - this.#shownAt < SHOWN_EVERY_MS) return;
    this.#shownAt = now;
    const of = this.#total === null ? "" : ` of ${this.#total.toLocaleString("en")}`;
    process.stderr.write(`\r\u001b[K${this.#what}: ${done.toLocaleString("en")}${of}`);
  }

  /** Takes the line away, before something else is said or at the end. */
  clear(): void {
    if (this.#isShown) process.stderr.write("\r\u001b[K");
    this.#shownAt = 0;
  }
}
