import { hash, hashRaw, verify } from "@node-rs/argon2";

/** OWASP's first choice for argon2id, the library's default algorithm: memory in KiB, passes, lanes. */
export const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** argon2id in PHC string form. `password` is already keyed (see passwords.ts). Runs off the event loop; 11–13 ms of one core. */
export function hashPassword(password: Uint8Array, salt: Uint8Array): Promise<string> {
  return hash(password, { ...ARGON2ID, salt });
}

/** True when the PHC string was made of this password. */
export function verifyPassword(phc: string, password: Uint8Array): Promise<boolean> {
  return verify(phc, password);
}

/** The same work as a verification, for a user who does not exist. */
export async function wastePasswordWork(password: Uint8Array, salt: Uint8Array): Promise<void> {
  await hashRaw(password, { ...ARGON2ID, salt });
}
