/** What is counted under one key. */
export interface RateCounter {
  readonly key: string;
  /** Requests in a period that all nodes together admit. */
  readonly limit: number;
  /** Milliseconds. */
  readonly periodMs: number;
  /** Milliseconds; the bucket is filled again a period later. */
  filledAt: number;
  taken: number;
  /** Requests since the last exchange with other nodes, admitted or not. */
  demand: number;
  /** What this node may admit in a period. */
  share: number;
  /** What it is to be. Others give up first: a share grows only once two exchanges in a row say so. */
  coming: number;
}

/** What a node may admit of a limit before it knows more. */
export type ShareOf = (key: string, limit: number) => number;

/**
 * Token buckets by key. A bucket holds what may be admitted in a period and is filled whole: a period begins with the first request
 * after the last one ended. So whoever keeps to the limit in every stretch of a period is never refused, a steady excess is cut to
 * the limit exactly, and no stretch of `t` periods sees more than `limit × (t + 1)`, rounded up.
 */
export class RateTable {
  readonly #counters = new Map<string, RateCounter>();
  readonly #shareOf: ShareOf;

  /** @param shareOf what is this node's part of a limit */
  constructor(shareOf: ShareOf = (_, limit) => limit) {
    this.#shareOf = shareOf;
  }

  get size(): number {
    return this.#counters.size;
  }

  /** Whether one more is admitted now; counted if it is. @param nowMs never goes back */
  take(key: string, limit: number, periodMs: number, nowMs: number): boolean {
    const counter = this.#counter(key, limit, periodMs, nowMs);
    counter.demand++;
    if (counter.taken >= counter.share) return false;
    counter.taken++;
    return true;
  }

  /** Whether one more would be admitted; nothing is counted. */
  admits(key: string, nowMs: number): boolean {
    const counter = this.#counters.get(key);
    return !counter || nowMs - counter.filledAt >= counter.periodMs || counter.taken < counter.share;
  }

  #counter(key: string, limit: number, periodMs: number, nowMs: number): RateCounter {
    const known = this.#counters.get(key);
    if (known?.limit === limit) {
      if (nowMs - known.filledAt >= periodMs) {
        known.filledAt = nowMs;
        known.taken = 0;
      }
      return known;
    }
    // A limit that was changed counts what was taken already.
    const running = known && nowMs - known.filledAt < periodMs ? known : null;
    const share = this.#shareOf(key, limit);
    const counter: RateCounter = {
      key,
      limit,
      periodMs,
      filledAt: running?.filledAt ?? nowMs,
      taken: running?.taken ?? 0,
      demand: known?.demand ?? 0,
      share,
      coming: share,
    };
    this.#counters.set(key, counter);
    return counter;
  }

  /** Forgets what nobody asked for since the last sweep and whose period is over, and gives the rest. */
  sweep(nowMs: number): Iterable<RateCounter> {
    for (const [key, { demand, filledAt, periodMs }] of this.#counters)
      if (demand === 0 && nowMs - filledAt >= periodMs) this.#counters.delete(key);
    return this.#counters.values();
  }
}
