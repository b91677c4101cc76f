/** Runs works under one key one after another, in order of arrival; works under different keys do not wait for each other. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #waiting = new Map<string, number>();
  readonly #limit: number;

  /** @param limit how many may wait under one key */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Null when too many wait under this key already; the work did not run then. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T | null> {
    const before = this.#last.get(key);
    const waiting = this.#waiting.get(key) ?? 0;
    if (waiting >= this.#limit) return null;
    this.#waiting.set(key, waiting + 1);
    const mine = before ? before.then(work, work) : work();
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      const left = (this.#waiting.get(key) ?? 1) - 1;
      if (left > 0) this.#waiting.set(key, left);
      else this.#waiting.delete(key);
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
