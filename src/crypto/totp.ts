import { createHmac } from "node:crypto";
import type { Instant } from "../runtime/clock.ts";

const STEP_MS = 30_000;
const DIGITS = 6;
/** Steps before and after the present one that count too: clocks differ. */
const WINDOW = 1;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648 base 32 without padding. */
export function toBase32(bytes: Uint8Array): string {
  let bits = 0;
  let value = 0;
  let text = "";
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      text += BASE32[(value >>> (bits - 5)) & 31];
      bits -= 5;
    }
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + BASE32[(value << (5 - bits)) & 31] : text;
}

/** RFC 6238: HMAC-SHA-1, six digits, steps of 30 seconds. */
export function totpCode(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", secret).update(counter).digest();
  const offset = (digest[digest.length - 1] ?? 0) & 15;
  const number = digest.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, "0");
}

/** The step whose code this is, among those that count now; null when it is none of theirs. */
export function matchingStep(secret: Uint8Array, code: string, now: Instant): number | null {
  const present = Math.floor(now / STEP_MS);
  let match: number | null = null;
  for (let step = present - WINDOW; step <= present + WINDOW; step++)
    if (totpCode(secret, step) === code) match = step;
  return match;
}
