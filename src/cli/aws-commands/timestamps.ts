import { failure } from "./faults.ts";
import { isNumber, numberOf, type Value } from "./value.ts";

/**
 * How timestamps are printed: as they come, which are seconds since 1970, unless the profile's cli_timestamp_format is `iso8601`.
 * @throws CommandFault for any other format
 */
export function timestampPrinter(format = "wire"): (value: Value) => Value {
  if (format === "wire" || format === "none") return (value) => value;
  if (format === "iso8601") return (value) => (isNumber(value) ? isoText(numberOf(value)) : value);
  throw failure(
    `Unknown cli_timestamp_format value: ${format}, valid values are "none", "wire" or "iso8601"`,
  );
}

/** In the time zone of this machine: `2026-11-20T22:10:30.523000+00:00`. @param seconds since 1970 */
function isoText(seconds: number): string {
  const time = new Date(Math.round(seconds * 1000));
  const offset = -time.getTimezoneOffset();
  const local = new Date(time.getTime() + offset * 60_000).toISOString();
  const fraction = local.endsWith(".000Z") ? "" : `.${local.slice(20, 23)}000`;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`;
  return local.slice(0, 19) + fraction + zone;
}
