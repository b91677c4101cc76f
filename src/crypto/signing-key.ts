import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { promisify } from "node:util";

/** RFC 7517 members of an RSA public key. */
export interface RsaPublicJwk {
  readonly kty: string;
  readonly n: string;
  readonly e: string;
}

export interface NewSigningKey {
  /** 44 characters: standard base64 of 32 bytes, as Cognito's key ids. */
  readonly kid: string;
  /** PKCS#8 DER */
  readonly privateKey: Buffer;
  readonly publicJwk: RsaPublicJwk;
}

const generate = promisify(generateKeyPair);

/** A 2048-bit RSA key; 30–300 ms on a thread of libuv's pool. */
export async function newSigningKey(): Promise<NewSigningKey> {
  const { privateKey, publicKey } = await generate("rsa", { modulusLength: 2048 });
  const jwk = publicKey.export({ format: "jwk" });
  const publicJwk = { kty: String(jwk.kty), n: String(jwk.n), e: String(jwk.e) };
  return {
    kid: createHash("sha256").update(publicJwk.n).digest("base64"),
    privateKey: privateKey.export({ type: "pkcs8", format: "der" }),
    publicJwk,
  };
}

export const importPrivateKey = (pkcs8: Buffer): KeyObject =>
  createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });

export const importPublicKey = (jwk: RsaPublicJwk): KeyObject =>
  createPublicKey({ key: { kty: jwk.kty, n: jwk.n, e: jwk.e }, format: "jwk" });

/** RS256 (RSASSA-PKCS1-v1_5 with SHA-256) on a thread of libuv's pool: it uses every core. */
export function signRs256(key: KeyObject, data: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign("sha256", data, key, (error, signature) => (error ? reject(error) : resolve(signature)));
  });
}

/** 0.03 ms; false for any malformed signature. */
export function verifyRs256(key: KeyObject, data: Buffer, signature: Uint8Array): boolean {
  return verify("sha256", data, key, signature);
}
