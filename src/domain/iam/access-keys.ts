import type { SealingKey } from "../../crypto/encryption-at-rest.ts";
import { type Random, randomText } from "../../runtime/random.ts";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_BYTES = 30;

/** AKIA for access keys that last, ASIA for temporary ones, AIDA for users, AROA for roles. */
type IdPrefix = "AKIA" | "ASIA" | "AIDA" | "AROA";

/** The prefix and 16 characters in base 32. */
export const uniqueId = (random: Random, prefix: IdPrefix): string =>
  `${prefix}${randomText(random, 16, BASE32)}`;

/** 40 characters: 240 bits in base64. */
export const newSecret = (random: Random): string => random.bytes(SECRET_BYTES).toString("base64");

export const sealSecret = (key: SealingKey, accessKeyId: string, secret: string): Buffer =>
  key.seal("access-key-secret", accessKeyId, Buffer.from(secret));

/** @throws SealBroken when it was sealed for another access key, or under another key-encryption key */
export const openSecret = (key: SealingKey, accessKeyId: string, sealed: Uint8Array): string =>
  key.open("access-key-secret", accessKeyId, sealed).toString();
