/**
 * Whether what clients saw of several nodes could have happened in one order, one thing at a time, each between its request and its
 * answer (linearizability). Exact for the two kinds of things that are recorded here; times are of one clock.
 */

/** From a request to its answer; `endMs` is infinite when there was none, for then it may take effect at any later time. */
export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** Something done to a register, whose writes all have different values. Refused writes are left out. */
export interface RegisterEvent extends Interval {
  readonly kind: "write" | "read";
  readonly value: string;
}

/** What the register holds before the first write. */
export const INITIAL = "initial";

const INITIALLY: RegisterEvent = {
  kind: "write",
  value: INITIAL,
  startMs: Number.NEGATIVE_INFINITY,
  endMs: Number.NEGATIVE_INFINITY,
};

/**
 * What is wrong with a register's history. A write and the reads of its value happen together: the value must have been there from
 * the first answer of them to the last request, when that is a time (else it had to be there at some moment between). Two values
 * cannot have been there at once (Gibbons and Korach, Testing Shared Memories, 1997).
 */
export function registerAnomalies(events: readonly RegisterEvent[]): string[] {
  const anomalies: string[] = [];
  const zones: { value: string; firstEndMs: number; lastStartMs: number }[] = [];
  for (const [value, cluster] of Map.groupBy([INITIALLY, ...events], (event) => event.value)) {
    const write = cluster.find(({ kind }) => kind === "write");
    const reads = cluster.filter(({ kind }) => kind === "read");
    if (!write) anomalies.push(`${value} was read and never written`);
    else if (reads.some((read) => read.endMs < write.startMs))
      anomalies.push(`${value} was read before it was written`);
    zones.push({
      value,
      firstEndMs: Math.min(...cluster.map(({ endMs }) => endMs)),
      lastStartMs: Math.max(...cluster.map(({ startMs }) => startMs)),
    });
  }
  const held = zones.filter((zone) => zone.firstEndMs < zone.lastStartMs);
  const fleeting = zones.filter((zone) => zone.firstEndMs >= zone.lastStartMs);
  for (const [i, one] of held.entries()) {
    for (const other of held.slice(i + 1))
      if (one.firstEndMs < other.lastStartMs && other.firstEndMs < one.lastStartMs)
        anomalies.push(`${one.value} and ${other.value} were there at once`);
    for (const inner of fleeting)
      if (one.firstEndMs < inner.lastStartMs && inner.firstEndMs < one.lastStartMs)
        anomalies.push(`${inner.value} came and went while ${one.value} was there`);
  }
  return anomalies;
}

/** An attempt at what one may have only, and keeps: a name, an address, the use of a code or token. Each by somebody else. */
export interface Claim extends Interval {
  readonly by: string;
  readonly outcome: "won" | "refused" | "unknown";
}

/** A look at who has it; null: nobody. */
export interface Look extends Interval {
  readonly found: string | null;
}

/** Whether there is one winner and a moment before which nobody and after which everybody saw that. */
export function isClaimedOnce(claims: readonly Claim[], looks: readonly Look[]): boolean {
  const seen = looks.filter(({ found }) => found !== null);
  const refused = claims.filter(({ outcome }) => outcome === "refused");
  const winners = new Set([
    ...claims.filter(({ outcome }) => outcome === "won").map(({ by }) => by),
    ...seen.map(({ found }) => found),
  ]);
  if (winners.size > 1) return false;
  if (winners.size === 0 && refused.length === 0) return true;
  const earliest = Math.max(
    Number.NEGATIVE_INFINITY,
    ...looks.filter(({ found }) => found === null).map(({ startMs }) => startMs),
  );
  const latest = Math.min(Number.POSITIVE_INFINITY, ...[...seen, ...refused].map(({ endMs }) => endMs));
  return claims.some(
    ({ by, outcome, startMs, endMs }) =>
      outcome !== "refused" &&
      (winners.size === 0 || winners.has(by)) &&
      Math.max(earliest, startMs) <= Math.min(latest, endMs),
  );
}
