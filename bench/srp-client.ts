import { constants, createHash, createHmac, publicEncrypt, randomBytes } from "node:crypto";
import {
  SRP_N,
  srpClaimSignature,
  srpPrivateKey,
  srpVerifier,
  toBigInt,
  toJavaBytes,
} from "../src/crypto/srp.ts";

const sha256 = (...parts: readonly Uint8Array[]): bigint => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return toBigInt(hash.digest());
};
const hex = (value: bigint): string => {
  const digits = value.toString(16);
  return digits.length % 2 === 0 ? digits : `0${digits}`;
};
const N_BYTES = 384;
const n = Buffer.from(hex(SRP_N), "hex").toString("base64url");
const K = sha256(toJavaBytes(SRP_N), toJavaBytes(2n));

/** By OpenSSL, as an RSA public operation without padding: the client must not be what limits the load. */
function power(base: bigint, exponent: bigint): bigint {
  const e = Buffer.from(hex(exponent), "hex").toString("base64url");
  const message = Buffer.from(hex(base).padStart(2 * N_BYTES, "0"), "hex");
  const key = { kty: "RSA", n, e };
  return toBigInt(publicEncrypt({ key, format: "jwk", padding: constants.RSA_NO_PADDING }, message));
}

/** One client that signs many users in by SRP: its A is made once, and what depends on a user's password alone once per user. */
export class SrpClient {
  readonly #group: string;
  readonly #password: string;
  readonly #a = toBigInt(randomBytes(32));
  readonly #publicA = power(2n, this.#a);
  readonly #users = new Map<string, { readonly x: bigint; readonly kv: bigint }>();
  /** SRP_A */
  readonly publicA = this.#publicA.toString(16);

  constructor(userPoolId: string, password: string) {
    this.#group = userPoolId.slice(userPoolId.indexOf("_") + 1);
    this.#password = password;
  }

  /** ChallengeResponses to PASSWORD_VERIFIER with these parameters. */
  answer(parameters: Readonly<Record<string, string>>): Record<string, string> {
    const {
      SALT = "",
      SRP_B = "",
      SECRET_BLOCK = "",
      USER_ID_FOR_SRP = "",
      USERNAME = USER_ID_FOR_SRP,
    } = parameters;
    const identity = { group: this.#group, name: USER_ID_FOR_SRP };
    let user = this.#users.get(USER_ID_FOR_SRP);
    if (!user) {
      const salt = Buffer.from(SALT, "hex");
      const v = toBigInt(srpVerifier(identity, this.#password, salt));
      user = { x: toBigInt(srpPrivateKey(identity, this.#password, salt)), kv: (K * v) % SRP_N };
      this.#users.set(USER_ID_FOR_SRP, user);
    }
    const B = BigInt(`0x${SRP_B}`);
    const u = sha256(toJavaBytes(this.#publicA), toJavaBytes(B));
    const shared = power((B - user.kv + SRP_N) % SRP_N, this.#a + u * user.x);
    const prk = createHmac("sha256", toJavaBytes(u)).update(toJavaBytes(shared)).digest();
    const key = createHmac("sha256", prk).update("Caldera Derived Key").update(Buffer.of(1)).digest();
    const TIMESTAMP = timestamp(new Date());
    const block = Buffer.from(SECRET_BLOCK, "base64");
    return {
      USERNAME,
      PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
      PASSWORD_CLAIM_SIGNATURE: srpClaimSignature(key.subarray(0, 16), identity, block, TIMESTAMP).toString(
        "base64",
      ),
      TIMESTAMP,
    };
  }
}

/** `Tue Jan 7 08:05:09 UTC 2025` */
function timestamp(now: Date): string {
  const [weekday, day, month, year, time] = now.toUTCString().replace(",", "").split(" ");
  return `${weekday} ${month} ${Number(day)} ${time} UTC ${year}`;
}
