/** Names of members and keys of maps, as shorthand has them. */
const KEY = /^[a-zA-Z0-9\-_.#/:]+$/;
/** Read alone and within lists alike. */
const PLAIN = /^[a-zA-Z0-9_.:/;@%+*$-]+$/;
/** A backslash before a quote, another or the end cannot be written. */
const UNPRINTABLE = /\\(?=["'\\]|$)/;

/** A structure or map in the AWS CLI's shorthand; null for what it cannot say: nulls, empty lists at the top and some texts. */
export function printShorthand(value: unknown): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const pairs = Object.entries(value).map(([key, item]) => pair(key, item));
  return pairs.length === 0 || pairs.includes(null) ? null : pairs.join(",");
}

function pair(key: string, value: unknown): string | null {
  const text = nested(value);
  return KEY.test(key) && text !== null ? `${key}=${text}` : null;
}

function nested(value: unknown): string | null {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "object" || value === null) return null;
  const items = Array.isArray(value)
    ? value.map(nested)
    : Object.entries(value).map(([key, item]) => pair(key, item));
  if (items.includes(null)) return null;
  return Array.isArray(value) ? `[${items.join(",")}]` : `{${items.join(",")}}`;
}

function quoted(text: string): string | null {
  if (PLAIN.test(text)) return text;
  return UNPRINTABLE.test(text) ? null : `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
