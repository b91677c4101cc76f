import { createHash, createHmac, randomBytes } from "node:crypto";
import type { AuthenticationResultType } from "../../src/api/generated/shapes.ts";
import {
  SRP_N,
  type SrpIdentity,
  srpClaimSignature,
  srpPrivateKey,
  srpVerifier,
  toBigInt,
  toJavaBytes,
} from "../../src/crypto/srp.ts";

function sha256(...parts: readonly Uint8Array[]): bigint {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return toBigInt(hash.digest());
}

function modPow(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let b = base % SRP_N, e = exponent; e > 0n; e >>= 1n, b = (b * b) % SRP_N)
    if (e & 1n) result = (result * b) % SRP_N;
  return result;
}

/** The client's side of SRP, for a user (pool name and username) or a device (group key and device key). */
export class SrpSide {
  readonly #identity: SrpIdentity;
  readonly #password: string;
  readonly #a = toBigInt(randomBytes(32));
  /** SRP_A */
  readonly publicA = modPow(2n, this.#a).toString(16);

  constructor(identity: SrpIdentity, password: string) {
    this.#identity = identity;
    this.#password = password;
  }

  /**
   * What a challenge with these parameters is answered with.
   * @param password another one, for a proof that is wrong
   */
  proof(parameters: Readonly<Record<string, string>> = {}, password = this.#password) {
    const { SALT = "", SRP_B = "", SECRET_BLOCK = "", USERNAME = "" } = parameters;
    const [A, B] = [BigInt(`0x${this.publicA}`), BigInt(`0x${SRP_B}`)];
    const x = toBigInt(srpPrivateKey(this.#identity, password, Buffer.from(SALT, "hex")));
    const u = sha256(toJavaBytes(A), toJavaBytes(B));
    const k = sha256(toJavaBytes(SRP_N), toJavaBytes(2n));
    const base = (((B - k * modPow(2n, x)) % SRP_N) + SRP_N) % SRP_N;
    const shared = modPow(base, this.#a + u * x);
    const prk = createHmac("sha256", toJavaBytes(u)).update(toJavaBytes(shared)).digest();
    const key = createHmac("sha256", prk).update("Caldera Derived Key").update(Buffer.of(1)).digest();
    const TIMESTAMP = "Tue Jan 7 08:05:09 UTC 2025";
    const block = Buffer.from(SECRET_BLOCK, "base64");
    const signature = srpClaimSignature(key.subarray(0, 16), this.#identity, block, TIMESTAMP);
    return {
      USERNAME,
      PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
      PASSWORD_CLAIM_SIGNATURE: signature.toString("base64"),
      TIMESTAMP,
    };
  }
}

/** The side of the protocol that a device plays: what it confirms itself with, and how it proves itself later. */
export class DeviceSide {
  readonly key: string;
  /** DeviceSecretVerifierConfig */
  readonly secret: { readonly Salt: string; readonly PasswordVerifier: string };
  readonly #srp: SrpSide;

  /** @param result of a sign-in that gave NewDeviceMetadata */
  constructor(result: AuthenticationResultType | undefined) {
    const { DeviceKey, DeviceGroupKey } = result?.NewDeviceMetadata ?? {};
    if (!DeviceKey || !DeviceGroupKey) throw new Error("No new device was given");
    const identity = { group: DeviceGroupKey, name: DeviceKey };
    const password = randomBytes(40).toString("base64");
    const salt = toJavaBytes(toBigInt(randomBytes(16)));
    const verifier = toJavaBytes(toBigInt(srpVerifier(identity, password, salt)));
    this.key = DeviceKey;
    this.secret = { Salt: salt.toString("base64"), PasswordVerifier: verifier.toString("base64") };
    this.#srp = new SrpSide(identity, password);
  }

  /** SRP_A */
  get publicA(): string {
    return this.#srp.publicA;
  }

  /** Responses to DEVICE_PASSWORD_VERIFIER. */
  proof(parameters?: Readonly<Record<string, string>>, password?: string): Record<string, string> {
    return { ...this.#srp.proof(parameters, password), DEVICE_KEY: this.key };
  }
}
