import { pbkdf2, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { verify as verifyArgon2 } from "@node-rs/argon2";
import { digestsEqual } from "./encryption-at-rest.ts";

/** How another system hashed a password, with all that is needed to check one: see `parseForeignHash`. */
export type ForeignPasswordHash =
  | { readonly algorithm: "BCRYPT"; readonly cost: number; readonly text: string }
  | {
      readonly algorithm: "SCRYPT";
      /** N, a power of two. */
      readonly cost: number;
      readonly blockSize: number;
      readonly parallelism: number;
      readonly salt: Buffer;
      readonly digest: Buffer;
    }
  | {
      readonly algorithm: "ARGON2ID";
      readonly memoryKib: number;
      readonly passes: number;
      readonly parallelism: number;
      readonly text: string;
    }
  | {
      readonly algorithm: "PBKDF2_SHA256";
      readonly iterations: number;
      readonly salt: Buffer;
      readonly digest: Buffer;
    };

export type ForeignAlgorithm = ForeignPasswordHash["algorithm"];

const BCRYPT = /^\$2[abxy]\$(\d{2})\$[./A-Za-z0-9]{53}$/;
const SCRYPT =
  /^([1-9]\d{0,9})\$([1-9]\d{0,3})\$([1-9]\d{0,3})\$((?:[0-9a-fA-F]{2}){1,128})\$((?:[0-9a-fA-F]{2}){16,64})$/;
const ARGON2ID =
  /^\$argon2id\$v=(?:16|19)\$m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,9})\$([A-Za-z0-9+/]{11,128})\$([A-Za-z0-9+/]{22,86})$/;
const PBKDF2 =
  /^\$pbkdf2-sha256\$([1-9]\d{0,9})\$([A-Za-z0-9+/.]{1,171}={0,2})\$([A-Za-z0-9+/.]{22,86}={0,2})$/;

/** Null for what no encoder writes, and some decoders refuse. passlib writes "." for "+". */
function base64(text: string): Buffer | null {
  const digits = text.replaceAll(".", "+").replace(/=+$/, "");
  const bytes = Buffer.from(digits, "base64");
  return bytes.toString("base64").replace(/=+$/, "") === digits ? bytes : null;
}

const isPowerOfTwo = (number: number): boolean => number > 1 && Number.isInteger(Math.log2(number));

/**
 * Reads a hash as Cognito's documentation of CSV import writes those of each algorithm: bcrypt's own form; `N$r$p$hexSalt$hexHash`;
 * `$argon2id$v=…$m=…,t=…,p=…$salt$hash`; `$pbkdf2-sha256$iterations$salt$hash`. Null when it is none of that algorithm. Says
 * nothing of how much work it is.
 */
export function parseForeignHash(algorithm: ForeignAlgorithm, text: string): ForeignPasswordHash | null {
  switch (algorithm) {
    case "BCRYPT": {
      const cost = Number(BCRYPT.exec(text)?.[1]);
      return cost >= 4 && cost <= 31 ? { algorithm, cost, text } : null;
    }
    case "SCRYPT": {
      const [, n, r, p, salt = "", digest = ""] = SCRYPT.exec(text) ?? [];
      const cost = Number(n);
      if (!isPowerOfTwo(cost)) return null;
      const bytes = { salt: Buffer.from(salt, "hex"), digest: Buffer.from(digest, "hex") };
      return { algorithm, cost, blockSize: Number(r), parallelism: Number(p), ...bytes };
    }
    case "ARGON2ID": {
      const [, m, t, p, salt = "", digest = ""] = ARGON2ID.exec(text) ?? [];
      if (!salt || !base64(salt) || !base64(digest) || Number(m) < 8 * Number(p)) return null;
      return { algorithm, memoryKib: Number(m), passes: Number(t), parallelism: Number(p), text };
    }
    case "PBKDF2_SHA256": {
      const [, iterations, saltText = "", digestText = ""] = PBKDF2.exec(text) ?? [];
      const [salt, digest] = [base64(saltText), base64(digestText)];
      if (!iterations || !salt || !digest) return null;
      return { algorithm, iterations: Number(iterations), salt, digest };
    }
  }
}

const derivePbkdf2 = promisify(pbkdf2);
const deriveScrypt = promisify<Buffer, Buffer, number, object, Buffer>(scrypt);

/** Whether the hash is of this password, taken as UTF-8. Runs off the event loop, for as long as the hash's parameters ask for. */
export async function verifyForeignHash(hash: ForeignPasswordHash, password: string): Promise<boolean> {
  const bytes = Buffer.from(password);
  switch (hash.algorithm) {
    case "BCRYPT": {
      // Loaded when the first such hash is checked: most servers never see one.
      const { verify } = await import("@node-rs/bcrypt");
      return verify(bytes, hash.text);
    }
    case "ARGON2ID":
      return verifyArgon2(hash.text, bytes);
    case "SCRYPT": {
      const { cost, blockSize, parallelism, salt, digest } = hash;
      const maxmem = 128 * blockSize * (cost + parallelism + 2) + 1024 * 1024;
      const options = { N: cost, r: blockSize, p: parallelism, maxmem };
      return digestsEqual(await deriveScrypt(bytes, salt, digest.length, options), digest);
    }
    case "PBKDF2_SHA256": {
      const { iterations, salt, digest } = hash;
      return digestsEqual(await derivePbkdf2(bytes, salt, iterations, digest.length, "sha256"), digest);
    }
  }
}
