import { byCodePoint } from "./value.ts";

const SHOWN = 3;
const LEAST_LIKENESS = 0.8;
/** In longer texts the most frequent characters count for nothing. */
const LONG = 200;

/** The up to three candidates that are most like the word, the likest first: Python's `difflib.get_close_matches` with a cutoff of 0.8. */
export function closeMatches(word: string, candidates: readonly string[]): readonly string[] {
  return candidates
    .map((candidate) => ({ candidate, score: likeness(candidate, word) }))
    .filter(({ score }) => score >= LEAST_LIKENESS)
    .sort((a, b) => b.score - a.score || byCodePoint(b.candidate, a.candidate))
    .slice(0, SHOWN)
    .map(({ candidate }) => candidate);
}

/** Ratcliff and Obershelp's: twice the characters in common parts, by the length of both. */
function likeness(a: string, b: string): number {
  const length = a.length + b.length;
  return length === 0 ? 1 : (2 * common(a, b)) / length;
}

function common(a: string, b: string): number {
  const [start, other, size] = longestCommonPart(a, b);
  if (size === 0) return 0;
  return (
    size + common(a.slice(0, start), b.slice(0, other)) + common(a.slice(start + size), b.slice(other + size))
  );
}

/** The first of the longest, by its place in `a`, then in `b`. */
function longestCommonPart(a: string, b: string): readonly [number, number, number] {
  let best: readonly [number, number, number] = [0, 0, 0];
  if (b.length > LONG) return best;
  let lengths: number[] = [];
  for (let i = 0; i < a.length; i++) {
    const row: number[] = [];
    for (let j = 0; j < b.length; j++) {
      if (a[i] !== b[j]) continue;
      const size = (lengths[j - 1] ?? 0) + 1;
      row[j] = size;
      if (size > best[2]) best = [i - size + 1, j - size + 1, size];
    }
    lengths = row;
  }
  return best;
}
