import type { RiskLevelType } from "../../api/generated/shapes.ts";
import { HOUR, type Instant, MINUTE } from "../../runtime/clock.ts";
import { networkOf } from "./address-ranges.ts";
import type { AuthEvent, EventContext } from "./ports.ts";

/** How many of a user's latest events a sign-in is compared with. */
export const HISTORY_LENGTH = 50;
/** Failures count for so long, unless a success came after them. */
const FAILURES_COUNT_MS = HOUR;
/** Nobody changes networks this fast, or hardly anyone. */
const IMPOSSIBLE_PACE_MS = 2 * MINUTE;

/** What speaks for another person than the one who signed in before. */
export interface Signals {
  /** A device that none of the good sign-ins came from; also none at all where there was one before. */
  readonly newDevice: boolean;
  readonly newAddress: boolean;
  /** No good sign-in came from a neighbouring address either. */
  readonly newNetwork: boolean;
  readonly newTimezone: boolean;
  readonly newCountry: boolean;
  /** The last good sign-in came from another network minutes ago. */
  readonly impossiblePace: boolean;
  /** Failed sign-ins since the last good one. */
  readonly recentFailures: number;
  /** The user or an administrator said of an earlier event from this address or device that it was not the user. */
  readonly distrusted: boolean;
}

type History = readonly Pick<AuthEvent, "type" | "response" | "context" | "feedback" | "createdAt">[];

/** True when the value is known, others were seen before, and never this one. */
function isNew(value: string | null, before: readonly (string | null)[]): boolean {
  const seen = before.filter((one) => one !== null);
  return value !== null && seen.length > 0 && !seen.includes(value);
}

/** @param history the user's latest events, newest first */
export function signalsOf(history: History, context: EventContext, now: Instant): Signals {
  const signIns = history.filter(({ type }) => type === "SignIn");
  const good = signIns.filter(
    ({ response, feedback }) => response === "Pass" && feedback?.value !== "Invalid",
  );
  const bad = history.filter(({ feedback }) => feedback?.value === "Invalid");
  const lastGood = good[0];
  const addresses = good.map((event) => event.context.ipAddress);
  const networks = addresses.map((address) => address && networkOf(address));
  const network = context.ipAddress && networkOf(context.ipAddress);
  const devices = good.map((event) => event.context.deviceId);
  const newNetwork = isNew(network, networks);
  return {
    newDevice:
      context.deviceId === null
        ? devices[0] !== undefined && devices[0] !== null
        : isNew(context.deviceId, devices),
    newAddress: isNew(context.ipAddress, addresses),
    newNetwork,
    newTimezone: isNew(
      context.timezone,
      good.map((event) => event.context.timezone),
    ),
    newCountry: isNew(
      context.country,
      good.map((event) => event.context.country),
    ),
    impossiblePace: newNetwork && lastGood !== undefined && now - lastGood.createdAt < IMPOSSIBLE_PACE_MS,
    recentFailures: signIns.filter(
      ({ response, createdAt }) =>
        response === "Fail" &&
        now - createdAt < FAILURES_COUNT_MS &&
        (lastGood === undefined || createdAt > lastGood.createdAt),
    ).length,
    distrusted: bad.some(
      (event) =>
        (context.ipAddress !== null && event.context.ipAddress === context.ipAddress) ||
        (context.deviceId !== null && event.context.deviceId === context.deviceId),
    ),
  };
}

/** How many points each signal is worth; see docs/decisions. */
export const POINTS = {
  newDevice: 20,
  newAddress: 15,
  newNetwork: 20,
  newTimezone: 10,
  newCountry: 25,
  impossiblePace: 20,
  distrusted: 60,
} as const satisfies Partial<Record<keyof Signals, number>>;

const FAILURES = [
  { from: 5, points: 40 },
  { from: 3, points: 25 },
] as const;

const LEVELS = [
  { from: 75, level: "High" },
  { from: 50, level: "Medium" },
  { from: 25, level: "Low" },
] as const satisfies readonly { from: number; level: RiskLevelType }[];

export function riskScore(signals: Signals): number {
  const novelty = (Object.keys(POINTS) as (keyof typeof POINTS)[])
    .filter((name) => signals[name])
    .reduce((sum, name) => sum + POINTS[name], 0);
  const failures = FAILURES.find(({ from }) => signals.recentFailures >= from)?.points ?? 0;
  return novelty + failures;
}

/** Null when there is no risk worth speaking of. */
export const riskLevel = (signals: Signals): RiskLevelType | null =>
  LEVELS.find(({ from }) => riskScore(signals) >= from)?.level ?? null;
