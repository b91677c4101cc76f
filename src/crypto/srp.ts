import { constants, createHash, createHmac, publicEncrypt } from "node:crypto";

/**
 * SRP-6a as Cognito's clients compute it: the 3072-bit group of RFC 5054, g = 2, SHA-256, and integers in Java's BigInteger byte
 * form: minimal big-endian, with a 00 byte in front when the top bit is set, never padded to the size of N.
 */
const N_HEX =
  "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD" +
  "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
  "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F" +
  "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B" +
  "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510" +
  "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7" +
  "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C" +
  "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF";

/** The group's modulus. */
export const SRP_N = BigInt(`0x${N_HEX}`);
const N_BYTES = 384;
const N_BASE64URL = Buffer.from(N_HEX, "hex").toString("base64url");
const G = Buffer.of(2);
/**
 * What the server's public value is a power of: −2 mod N. The powers of 2 are only the squares, and there anyone could tell by a
 * Legendre symbol that a guessed verifier is wrong: each B that the server sends would halve a dictionary, without one attempt that
 * counts. The powers of −2 are all residues. Clients compute with B alone, and notice nothing.
 */
const MINUS_G = Buffer.from((SRP_N - 2n).toString(16), "hex");

/** The number's bytes as Java's BigInteger.toByteArray gives them. */
export function toJavaBytes(value: bigint): Buffer {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const bytes = Buffer.from(even, "hex");
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}

export const toBigInt = (bytes: Uint8Array): bigint =>
  bytes.byteLength === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

const sha256 = (...parts: readonly (Uint8Array | string)[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** k, the multiplier. */
export const SRP_K = toBigInt(sha256(toJavaBytes(SRP_N), toJavaBytes(2n)));

/**
 * base^exponent mod N by OpenSSL: an RSA public operation without padding is that very power, and several times faster than
 * BigInt arithmetic (0.6 ms against 3–4 ms for a 256-bit exponent).
 * @param base less than N
 */
export function srpPower(base: Uint8Array, exponent: Uint8Array): Buffer {
  const message = Buffer.alloc(N_BYTES);
  message.set(base, N_BYTES - base.byteLength);
  return publicEncrypt(
    {
      key: { kty: "RSA", n: N_BASE64URL, e: Buffer.from(exponent).toString("base64url") },
      format: "jwk",
      padding: constants.RSA_NO_PADDING,
    },
    message,
  );
}

/** Big-endian, without a sign. */
export const minimalBytes = (value: bigint): Buffer => {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
};

/** Whose password: `<pool name or device group key><username or device key>`. */
export interface SrpIdentity {
  readonly group: string;
  readonly name: string;
}

/** x, the private key that a password stands for. The salt counts as an integer. */
export function srpPrivateKey(identity: SrpIdentity, password: string, salt: Uint8Array): Buffer {
  const inner = sha256(`${identity.group}${identity.name}:${password}`);
  return sha256(toJavaBytes(toBigInt(salt)), inner);
}

/** v = g^x mod N, 384 bytes big-endian. */
export function srpVerifier(identity: SrpIdentity, password: string, salt: Uint8Array): Buffer {
  return srpPower(G, srpPrivateKey(identity, password, salt));
}

/** The server's side of one exchange: keep `b` secret, send `publicB`. */
export interface SrpServerKeys {
  /** b, 32 random bytes. */
  readonly b: Uint8Array;
  /** B = k·v + (−g)^b mod N as lower-case hex without leading zeros. */
  readonly publicB: string;
}

export function srpServerKeys(verifier: Uint8Array, b: Uint8Array): SrpServerKeys {
  const publicB = (SRP_K * toBigInt(verifier) + toBigInt(srpPower(MINUS_G, b))) % SRP_N;
  return { b, publicB: publicB.toString(16) };
}

/** A client's A is from 1 to N - 1; a multiple of N would make the shared key known to anyone. @param publicA hexadecimal */
export function isPublicValue(publicA: string): boolean {
  const a = BigInt(`0x${publicA}`);
  return a > 0n && a < SRP_N;
}

/** u, which both public values go into. */
export const srpScrambler = (a: bigint, b: bigint): bigint =>
  toBigInt(sha256(toJavaBytes(a), toJavaBytes(b)));

/** HKDF of S, 16 bytes. */
export function srpDerivedKey(scrambler: bigint, s: bigint): Buffer {
  const prk = createHmac("sha256", toJavaBytes(scrambler)).update(toJavaBytes(s)).digest();
  return createHmac("sha256", prk)
    .update("Caldera Derived Key")
    .update(Buffer.of(1))
    .digest()
    .subarray(0, 16);
}

/**
 * The key both sides share, or two of which it is one: the client raises (−g)^b to a power that only it knows to be even or odd, so
 * that for an odd b its S may have the other sign. None when the client's A or the scrambler u is degenerate.
 */
export function srpSessionKeys(publicA: string, verifier: Uint8Array, keys: SrpServerKeys): Buffer[] {
  if (!isPublicValue(publicA)) return [];
  const a = BigInt(`0x${publicA}`);
  const scrambler = srpScrambler(a, BigInt(`0x${keys.publicB}`));
  if (scrambler === 0n) return [];
  const vToU = toBigInt(srpPower(verifier, minimalBytes(scrambler)));
  const s = toBigInt(srpPower(minimalBytes((a * vToU) % SRP_N), keys.b));
  const isOdd = ((keys.b.at(-1) ?? 0) & 1) === 1;
  return (isOdd ? [s, SRP_N - s] : [s]).map((candidate) => srpDerivedKey(scrambler, candidate));
}

/**
 * A verifier that is of no password: no more than bytes, yet as random as a real one looks, and without the power that one costs.
 * @param seed secret, or the verifier could be recognised behind B
 */
export const imaginedVerifier = (seed: Uint8Array): Buffer =>
  createHash("shake256", { outputLength: N_BYTES }).update(seed).digest();

/** PASSWORD_CLAIM_SIGNATURE: what a client that knows the password answers. */
export function srpClaimSignature(
  key: Uint8Array,
  identity: SrpIdentity,
  secretBlock: Uint8Array,
  timestamp: string,
): Buffer {
  return createHmac("sha256", key)
    .update(`${identity.group}${identity.name}`)
    .update(secretBlock)
    .update(timestamp)
    .digest();
}
