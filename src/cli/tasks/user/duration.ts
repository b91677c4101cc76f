import { DAY, HOUR, MINUTE, SECOND } from "../../../runtime/clock.ts";
import { UsageFault } from "../../connection/task.ts";

const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };

/** Milliseconds of `7d`, `12h`, `30m`. @throws UsageFault */
export function durationMs(text: string): number {
  const [, count, unit = ""] = /^(\d+)([smhdw])$/.exec(text) ?? [];
  const size = UNITS[unit];
  if (count === undefined || size === undefined)
    throw new UsageFault(`${text} is not a time such as 7d, 12h or 30m`);
  return Number(count) * size;
}
