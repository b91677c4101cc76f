import {
  minimalBytes,
  SRP_K,
  SRP_N,
  type SrpIdentity,
  srpClaimSignature,
  srpDerivedKey,
  srpPower,
  srpPrivateKey,
  srpScrambler,
  srpVerifier,
  toBigInt,
} from "./srp.ts";

/** The client's side of one exchange: keep `a` secret, send `publicA`. */
export interface SrpClientKeys {
  readonly a: bigint;
  /** A = g^a mod N as lower-case hex without leading zeros. */
  readonly publicA: string;
}

/** What a server sends for a password to be proved: SALT and SRP_B in hex, SECRET_BLOCK in base 64. */
export interface SrpChallenge {
  readonly salt: string;
  readonly publicB: string;
  readonly secretBlock: string;
}

const HEX = /^[0-9a-f]+$/i;
const G = Buffer.of(2);

/** The server's public value would let anyone, or nobody, prove the password. */
export class SrpChallengeUnsafe extends Error {
  constructor() {
    super("The server's SRP values are not acceptable");
  }
}

/** @param a 32 random bytes */
export function srpClientKeys(a: Uint8Array): SrpClientKeys {
  return { a: toBigInt(a), publicA: toBigInt(srpPower(G, a)).toString(16) };
}

/** K, the key that whoever knows the password shares with the server. @throws SrpChallengeUnsafe */
export function srpClientKey(
  keys: SrpClientKeys,
  identity: SrpIdentity,
  password: string,
  { salt, publicB }: Pick<SrpChallenge, "salt" | "publicB">,
): Buffer {
  if (!HEX.test(salt) || !HEX.test(publicB)) throw new SrpChallengeUnsafe();
  const b = BigInt(`0x${publicB}`);
  const scrambler = srpScrambler(BigInt(`0x${keys.publicA}`), b);
  if (b % SRP_N === 0n || scrambler === 0n) throw new SrpChallengeUnsafe();
  const saltBytes = minimalBytes(BigInt(`0x${salt}`));
  const x = toBigInt(srpPrivateKey(identity, password, saltBytes));
  const kv = (SRP_K * toBigInt(srpVerifier(identity, password, saltBytes))) % SRP_N;
  const base = ((b % SRP_N) - kv + SRP_N) % SRP_N;
  const s = toBigInt(srpPower(minimalBytes(base), minimalBytes(keys.a + scrambler * x)));
  return srpDerivedKey(scrambler, s);
}

/** PASSWORD_CLAIM_SIGNATURE in base 64. @param timestamp as `srpTimestamp` has it @throws SrpChallengeUnsafe */
export function srpClaim(
  keys: SrpClientKeys,
  identity: SrpIdentity,
  password: string,
  challenge: SrpChallenge,
  timestamp: string,
): string {
  const key = srpClientKey(keys, identity, password, challenge);
  const block = Buffer.from(challenge.secretBlock, "base64");
  return srpClaimSignature(key, identity, block, timestamp).toString("base64");
}

/** TIMESTAMP: `Tue Jan 7 08:05:09 UTC 2025`, the day without a leading zero. @param now milliseconds since the epoch */
export function srpTimestamp(now: number): string {
  const [weekday, day, month, year, time] = new Date(now).toUTCString().replace(",", "").split(" ");
  return `${weekday} ${month} ${Number(day)} ${time} UTC ${year}`;
}
