/** Milliseconds since the Unix epoch, UTC. */
export type Instant = number & { readonly __brand: "Instant" };

/** The only source of time: nothing else in `src` reads the system clock. */
export interface Clock {
  now(): Instant;
}

export const systemClock: Clock = { now: () => Date.now() as Instant };

/** Milliseconds since some moment in the past, never going back: for measuring how long something took or may take. */
export const monotonicMs = (): number => performance.now();

/** The instant `milliseconds` after `start` (before it, when negative). */
export const after = (start: Instant, milliseconds: number): Instant => (start + milliseconds) as Instant;

/** A clock that a developer may move, for tests of expiry; starts at the base clock's time. */
export class AdjustableClock implements Clock {
  readonly #base: Clock;
  #offset = 0;

  constructor(base: Clock = systemClock) {
    this.#base = base;
  }

  now(): Instant {
    return after(this.#base.now(), this.#offset);
  }

  advance(milliseconds: number): void {
    this.#offset += milliseconds;
  }

  set(instant: Instant): void {
    this.#offset = instant - this.#base.now();
  }

  reset(): void {
    this.#offset = 0;
  }
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
