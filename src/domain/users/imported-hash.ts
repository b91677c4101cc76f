import {
  type ForeignAlgorithm,
  type ForeignPasswordHash,
  parseForeignHash,
} from "../../crypto/foreign-password-hash.ts";

/** A password's hash as another system made it, in the form that its algorithm has in CSV import. */
export interface ImportedHash {
  readonly algorithm: ForeignAlgorithm;
  readonly hash: string;
}

/**
 * The most that Cognito's documentation allows: each sign-in with such a hash costs what its maker chose, and only up to here is
 * that less than a second and 64 MiB.
 */
function isWithinBounds(hash: ForeignPasswordHash): boolean {
  switch (hash.algorithm) {
    case "BCRYPT":
      return hash.cost <= 12;
    case "SCRYPT":
      return hash.cost <= 65_536 && hash.blockSize <= 8 && hash.parallelism <= 1;
    case "ARGON2ID":
      return hash.memoryKib <= 19_456 && hash.passes <= 2 && hash.parallelism <= 1;
    case "PBKDF2_SHA256":
      return hash.iterations <= 600_000;
  }
}

/** Why a hash cannot be imported; null when it can. */
export function importedHashRefusal({ algorithm, hash }: ImportedHash): "malformed" | "too-costly" | null {
  const parsed = parseForeignHash(algorithm, hash);
  if (!parsed) return "malformed";
  return isWithinBounds(parsed) ? null : "too-costly";
}
