import { randomBytes, randomFillSync, randomInt } from "node:crypto";

/** The only source of randomness; cryptographically strong. */
export interface Random {
  bytes(length: number): Buffer;
  /** A uniformly distributed integer in [0, bound); bound < 2^48. */
  below(bound: number): number;
}

/** Drawn ahead, since asking for a few bytes costs as much as asking for many: every request needs some for its id. */
const ahead = Buffer.alloc(4096);
let used = ahead.length;

/** Bytes are handed out once and leave no copy behind. */
function fewBytes(length: number): Buffer {
  if (used + length > ahead.length) {
    randomFillSync(ahead);
    used = 0;
  }
  const bytes = Buffer.from(ahead.subarray(used, used + length));
  ahead.fill(0, used, used + length);
  used += length;
  return bytes;
}

/** Identifiers, salts and initialisation vectors; keys are drawn by themselves. */
const FEW = 16;

export const systemRandom: Random = {
  bytes: (length) => (length <= FEW ? fewBytes(length) : randomBytes(length)),
  below: (bound) => randomInt(bound),
};

/** `length` characters drawn uniformly from `alphabet`. */
export function randomText(random: Random, length: number, alphabet: string): string {
  let text = "";
  for (let i = 0; i < length; i++) text += alphabet[random.below(alphabet.length)];
  return text;
}

/** A uniformly shuffled copy. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}
