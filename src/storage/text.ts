import { createHash } from "node:crypto";

/*
 * Both databases compare text by its UTF-8 bytes, which is the order of code points. JavaScript's own comparison is by UTF-16
 * units and differs beyond U+FFFF, so nothing in storage orders text with `<` but through `compareText`.
 */

const LAST_CODE_POINT = 0x10ffff;
const FIRST_SURROGATE = 0xd800;
const AFTER_SURROGATES = 0xe000;

/** Text as a database takes it: a lone surrogate has no UTF-8 form and becomes U+FFFD. */
const storable = (text: string): string => text.toWellFormed();

/** Orders by code points, as the databases do: negative when `a` comes first. */
export function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * The least text that comes after every text beginning with `prefix`; null when there is none, that is when the prefix is empty
 * or made of U+10FFFF alone. `prefix <= text < successor(prefix)` is the prefix search that any index serves.
 */
export function successor(prefix: string): string | null {
  const points = Array.from(storable(prefix), (character) => character.codePointAt(0) ?? 0);
  let last = points.pop();
  while (last === LAST_CODE_POINT) last = points.pop();
  if (last === undefined) return null;
  const next = last + 1 === FIRST_SURROGATE ? AFTER_SURROGATES : last + 1;
  return points.map((point) => String.fromCodePoint(point)).join("") + String.fromCodePoint(next);
}

/**
 * How much of a value the search columns and their indexes hold, in code points: PostgreSQL refuses index entries beyond some
 * 2 700 bytes. A ListUsers filter has at most 256 characters, name and quotes included, so no search notices the cut.
 */
export const SEARCHED_LENGTH = 256;

/** The part of a value that is searched and sorted by. */
export function searched(value: string): string {
  if (value.length <= SEARCHED_LENGTH) return value;
  return Array.from(storable(value)).slice(0, SEARCHED_LENGTH).join("");
}

/**
 * A text that is looked up by equality and has to be unique, short enough for an index: itself, or where it is longer than
 * SEARCHED_LENGTH a digest of it, which is too long to be mistaken for a text that stands for itself.
 */
export function lookupKey(text: string): string {
  if (text.length <= SEARCHED_LENGTH) return text;
  return `sha512:${createHash("sha512").update(text).digest("hex")}`.padEnd(SEARCHED_LENGTH + 1, ".");
}

/**
 * PostgreSQL text cannot hold U+0000. It is written as U+0001 U+0001, and U+0001 as U+0001 U+0002, which keeps every order and
 * every prefix as it was.
 */
export function escapeNul(text: string): string {
  return text.includes("\u0001") || text.includes("\0")
    ? text.replaceAll("\u0001", "\u0001\u0002").replaceAll("\0", "\u0001\u0001")
    : text;
}

export function unescapeNul(text: string): string {
  return text.includes("\u0001")
    ? text.replaceAll("\u0001\u0001", "\0").replaceAll("\u0001\u0002", "\u0001")
    : text;
}
