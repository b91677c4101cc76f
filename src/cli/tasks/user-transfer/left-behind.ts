/** Something that did not come over, and why. */
export interface LeftBehind {
  readonly what: string;
  readonly why: string;
  /** How many, where there are several. */
  readonly count?: number;
}

/** Collects what cannot come over, so that nothing is dropped silently. */
export class LeftBehindList {
  readonly #counted = new Map<string, { why: string; count: number }>();
  readonly #single: LeftBehind[] = [];

  add(what: string, why: string): void {
    this.#single.push({ what, why });
  }

  /** One more of the kind. */
  count(what: string, why: string): void {
    const known = this.#counted.get(what);
    if (known) known.count++;
    else this.#counted.set(what, { why, count: 1 });
  }

  list(): LeftBehind[] {
    return [...this.#single, ...[...this.#counted].map(([what, { why, count }]) => ({ what, count, why }))];
  }
}
