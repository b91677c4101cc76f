import type { Random } from "../../runtime/random.ts";

/** What a row is stamped with at each write: see RowCache. */
export const newVersion = (random: Random): number => random.below(2 ** 47);
