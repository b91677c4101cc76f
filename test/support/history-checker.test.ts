import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Claim,
  INITIAL,
  type Interval,
  isClaimedOnce,
  type Look,
  type RegisterEvent,
  registerAnomalies,
} from "./history-checker.ts";

/** Whether some order respects the intervals and is one that `step` can follow; tries them all. An unanswered event may be left out. */
function canHappen<E extends Interval, S>(
  events: readonly E[],
  state: S,
  step: (state: S, event: E) => S | null,
): boolean {
  if (events.every(({ endMs }) => endMs === Number.POSITIVE_INFINITY)) return true;
  const firstEnd = Math.min(...events.map(({ endMs }) => endMs));
  return events.some((event, i) => {
    if (event.startMs > firstEnd) return false;
    const next = step(state, event);
    return (
      next !== null &&
      canHappen(
        events.filter((_, n) => n !== i),
        next,
        step,
      )
    );
  });
}

const interval = fc
  .tuple(fc.nat(12), fc.nat(6))
  .map(([startMs, length]) => ({ startMs, endMs: startMs + length }));
/** True now and then. */
const unanswered = fc.nat(4).map((n) => n === 0);

const write = (n: number) =>
  fc.tuple(interval, unanswered).map(
    ([{ startMs, endMs }, lost]): RegisterEvent => ({
      kind: "write",
      value: `w${n}`,
      startMs,
      endMs: lost ? Number.POSITIVE_INFINITY : endMs,
    }),
  );
const read = fc
  .tuple(interval, fc.integer({ min: -1, max: 3 }))
  .map(([at, n]): RegisterEvent => ({ kind: "read", value: n < 0 ? INITIAL : `w${n}`, ...at }));

const claim = (n: number) =>
  fc
    .tuple(
      interval,
      fc.constantFrom("won" as const, "refused" as const, "refused" as const, "unknown" as const),
    )
    .map(
      ([{ startMs, endMs }, outcome]): Claim => ({
        by: `c${n}`,
        outcome,
        startMs,
        endMs: outcome === "unknown" ? Number.POSITIVE_INFINITY : endMs,
      }),
    );
const look = fc
  .tuple(interval, fc.integer({ min: -2, max: 2 }))
  .map(([at, n]): Look => ({ found: n < 0 ? null : `c${n}`, ...at }));

const RUNS = { numRuns: 3_000 };

describe("the checker of histories", () => {
  it("says of registers what trying every order says", () => {
    const verdicts = { possible: 0, impossible: 0 };
    fc.assert(
      fc.property(
        fc.tuple(write(0), write(1), write(2)),
        fc.array(read, { maxLength: 4 }),
        (writes, reads) => {
          const possible = canHappen([...writes, ...reads], INITIAL, (value, event) => {
            if (event.kind === "write") return event.value;
            return event.value === value ? value : null;
          });
          verdicts[possible ? "possible" : "impossible"]++;
          expect(registerAnomalies([...writes, ...reads]).length === 0).toBe(possible);
        },
      ),
      RUNS,
    );
    expect(Math.min(...Object.values(verdicts)), "of both kinds").toBeGreaterThan(RUNS.numRuns / 20);
  });

  it("says of what one may have only what trying every order says", () => {
    const verdicts = { possible: 0, impossible: 0 };
    fc.assert(
      fc.property(
        fc.tuple(claim(0), claim(1), claim(2)),
        fc.array(look, { maxLength: 3 }),
        (claims, looks) => {
          type Event = Claim | Look;
          const possible = canHappen<Event, string | null>([...claims, ...looks], null, (holder, event) => {
            // An empty holder's name would be null's: kept as an empty text.
            if ("found" in event) return (event.found ?? "") === (holder ?? "") ? (holder ?? "") : null;
            if (event.outcome === "won") return holder ? null : event.by;
            if (event.outcome === "refused") return holder ? holder : null;
            return holder || event.by;
          });
          verdicts[possible ? "possible" : "impossible"]++;
          expect(isClaimedOnce(claims, looks)).toBe(possible);
        },
      ),
      RUNS,
    );
    expect(Math.min(...Object.values(verdicts)), "of both kinds").toBeGreaterThan(RUNS.numRuns / 20);
  });
});
