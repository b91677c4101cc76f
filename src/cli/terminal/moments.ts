import { DAY, HOUR, MINUTE, SECOND } from "../../runtime/clock.ts";

const UNITS = [
  [DAY, "day"],
  [HOUR, "hour"],
  [MINUTE, "minute"],
  [SECOND, "second"],
] as const;

/** `in 59 minutes`, `2 days ago`. @param at epoch seconds @param now milliseconds */
export function distance(at: number, now: number): string {
  const milliseconds = at * SECOND - now;
  const [unit, word] = UNITS.find(([size]) => Math.abs(milliseconds) >= size) ?? [SECOND, "second"];
  const count = Math.floor(Math.abs(milliseconds) / unit);
  const amount = `${count} ${word}${count === 1 ? "" : "s"}`;
  return milliseconds >= 0 ? `in ${amount}` : `${amount} ago`;
}

/** The same moment in UTC, where this machine is, and from now. @param at epoch seconds */
export function moment(at: number, now: number): string {
  const date = new Date(at * SECOND);
  if (Number.isNaN(date.getTime())) return `${at}, which is no time`;
  const utc = date.toISOString().replace(/\.\d{3}/, "");
  const local = date.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" });
  return `${utc} (${local}), ${distance(at, now)}`;
}
