import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";

/** What precedes the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** Signs checkpoints of the audit trail with Ed25519. The key follows from the key-encryption key: whoever has that can sign. */
export class CheckpointKey {
  readonly #private: KeyObject;
  readonly #public: KeyObject;

  /** @param seed 32 bytes */
  constructor(seed: Uint8Array) {
    this.#private = createPrivateKey({
      key: Buffer.concat([PKCS8_PREFIX, seed]),
      format: "der",
      type: "pkcs8",
    });
    this.#public = createPublicKey(this.#private);
  }

  /** In base64. */
  sign(content: Uint8Array): string {
    return sign(null, content, this.#private).toString("base64");
  }

  verify(content: Uint8Array, signature: string): boolean {
    return verify(null, content, this.#public, Buffer.from(signature, "base64"));
  }

  /** For verification elsewhere: PEM, SubjectPublicKeyInfo. */
  get publicPem(): string {
    return String(this.#public.export({ format: "pem", type: "spki" }));
  }
}
