import { hash, hashRaw, verify } from "@node-rs/argon2";

/** OWASP's first choice for argon2id, the library's default algorithm: memory in KiB, passes, lanes. */
export const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** The library hashes any bytes but verifies only what is UTF-8, and a keyed password is not: both see it as base64. */
const asText = (password: Uint8Array): string => Buffer.from(password).toString("base64");

/** argon2id in PHC string form. `password` is already keyed (see passwords.ts). Runs off the event loop; 11–13 ms of one core. */
export function hashPassword(password: Uint8Array, salt: Uint8Array): Promise<string> {
  return hash(asText(password), { ...ARGON2ID, salt });
}

/** True when the PHC string was made of this password. */
export function verifyPassword(phc: string, password: Uint8Array): Promise<boolean> {
  return verify(phc, asText(password));
}

/** The same work as a verification, for a user who does not exist. */
export async function wastePasswordWork(password: Uint8Array, salt: Uint8Array): Promise<void> {
  await hashRaw(password, { ...ARGON2ID, salt });
}
