import { randomBytes, randomInt } from "node:crypto";

/** The only source of randomness; cryptographically strong. */
export interface Random {
  bytes(length: number): Buffer;
  /** A uniformly distributed integer in [0, bound); bound ≤ 2^48. */
  below(bound: number): number;
}

export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
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
