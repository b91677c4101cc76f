import { createHash } from "node:crypto";
import { COMMON_PASSWORDS, PREFIX_BYTES } from "./common-passwords.ts";

/** As short as a password may be anywhere. */
const SHORTEST = 6;

let prefixes: Buffer | null = null;

function holds(list: Buffer, digest: Buffer): boolean {
  let [low, high] = [0, list.length / PREFIX_BYTES - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = list.compare(digest, 0, PREFIX_BYTES, middle * PREFIX_BYTES, (middle + 1) * PREFIX_BYTES);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

/**
 * Whether a password is one of those that everybody uses. Capitals do not matter, nor do symbols at the end: `Password1!` is
 * `password1`, dressed up for a policy. One password in some forty million is taken for a common one by mistake, for only the
 * beginnings of digests are kept.
 */
export function isCommonPassword(password: string): boolean {
  prefixes ??= Buffer.from(COMMON_PASSWORDS, "base64");
  const list = prefixes;
  const plain = password.toLowerCase();
  const undressed = plain.replace(/[^\p{L}\p{N}]+$/u, "");
  return [plain, undressed].some(
    (text) => text.length >= SHORTEST && holds(list, createHash("sha1").update(text).digest()),
  );
}
