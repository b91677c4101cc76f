import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { Random } from "../runtime/random.ts";

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** A sealed value that is not what was sealed, under this key and for this place. */
export class SealBroken extends Error {
  constructor() {
    super("A sealed value cannot be opened: wrong key, wrong place or changed bytes");
    this.name = "SealBroken";
  }
}

/** What a derived key is for. Each purpose has a key of its own (HKDF label), so that one seal cannot pass for another. */
export type SealPurpose =
  | "password"
  | "client-secret"
  | "signing-key"
  | "signing-certificate"
  | "message"
  | "challenge-session"
  | "refresh-token"
  | "page-token"
  | "software-token"
  | "device-secret"
  | "import-file"
  | "identity-provider-secrets"
  | "feedback-token"
  | "access-key-secret"
  | "session-credentials"
  | "data-key";

export type SeedPurpose = "audit-checkpoint";

export type MacPurpose =
  | "verification-code"
  | "unknown-user"
  | "password-pepper"
  | "challenge-code"
  | "device-group"
  | "import-upload";

/** What a seal is bound to beside its key. */
const associatedData = (purpose: SealPurpose, place: string): Buffer => Buffer.from(`${purpose}|${place}`);

/**
 * Seals and authenticates under one 256-bit key: AES-256-GCM with a random 96-bit IV and associated data that binds the value to
 * its place. Layout: version (1 byte), IV (12), ciphertext, tag (16).
 */
export class SealingKey {
  readonly #key: Uint8Array;
  readonly #random: Random;
  readonly #derived = new Map<string, Buffer>();

  /** @param key 32 bytes */
  constructor(key: Uint8Array, random: Random) {
    if (key.byteLength !== KEY_BYTES) throw new RangeError("A sealing key has 32 bytes");
    this.#key = key;
    this.#random = random;
  }

  /** @param place what the value belongs to (`column|row`), authenticated but not stored */
  seal(purpose: SealPurpose, place: string, plaintext: Uint8Array): Buffer {
    const iv = this.#random.bytes(IV_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#keyFor(purpose), iv);
    cipher.setAAD(associatedData(purpose, place));
    return Buffer.concat([
      Buffer.of(VERSION),
      iv,
      cipher.update(plaintext),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
  }

  /** @throws SealBroken */
  open(purpose: SealPurpose, place: string, sealed: Uint8Array): Buffer {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    if (bytes.length < 1 + IV_BYTES + TAG_BYTES || bytes[0] !== VERSION) throw new SealBroken();
    const decipher = createDecipheriv("aes-256-gcm", this.#keyFor(purpose), bytes.subarray(1, 1 + IV_BYTES));
    decipher.setAAD(associatedData(purpose, place));
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    try {
      return Buffer.concat([
        decipher.update(bytes.subarray(1 + IV_BYTES, bytes.length - TAG_BYTES)),
        decipher.final(),
      ]);
    } catch {
      throw new SealBroken();
    }
  }

  /** HMAC-SHA256 over the parts; each is length-prefixed, so that no two lists of parts read the same. */
  mac(purpose: MacPurpose, ...parts: readonly string[]): Buffer {
    const mac = createHmac("sha256", this.#keyFor(purpose));
    for (const part of parts) {
      const bytes = Buffer.from(part);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      mac.update(length).update(bytes);
    }
    return mac.digest();
  }

  /** 32 bytes that follow from the key, for a key pair of this purpose. */
  seed(purpose: SeedPurpose): Buffer {
    return Buffer.from(this.#keyFor(purpose));
  }

  #keyFor(purpose: SealPurpose | MacPurpose | SeedPurpose): Buffer {
    let key = this.#derived.get(purpose);
    if (!key) {
      key = Buffer.from(hkdfSync("sha256", this.#key, "cognate", purpose, KEY_BYTES));
      this.#derived.set(purpose, key);
    }
    return key;
  }
}

/** Holds the key-encryption key: makes and unwraps the data keys, one per pool and one for the server as a whole. */
export class KeyEncryptionKey {
  readonly #sealing: SealingKey;
  /** Keys that this one takes the place of: what they wrapped can be unwrapped until it is wrapped anew. */
  readonly #earlier: readonly SealingKey[];
  readonly #random: Random;
  readonly #dataKeys = new Map<string, SealingKey>();
  #server: SealingKey | null = null;

  /**
   * @param key 32 bytes
   * @param earlier 32 bytes each
   */
  constructor(key: Uint8Array, random: Random, earlier: readonly Uint8Array[] = []) {
    this.#sealing = new SealingKey(key, random);
    this.#earlier = earlier.map((one) => new SealingKey(one, random));
    this.#random = random;
  }

  /** A new data key, wrapped for its owner (a pool id). */
  newDataKey(owner: string): Buffer {
    return this.#sealing.seal("data-key", owner, this.#random.bytes(KEY_BYTES));
  }

  /** @throws SealBroken when the wrapped key belongs to another owner or another key-encryption key */
  dataKey(owner: string, wrapped: Uint8Array): SealingKey {
    const name = `${owner}|${Buffer.from(wrapped).toString("base64")}`;
    let key = this.#dataKeys.get(name);
    if (!key) {
      key = new SealingKey(this.#unwrap(owner, wrapped), this.#random);
      if (this.#dataKeys.size >= 10_000) this.#dataKeys.clear();
      this.#dataKeys.set(name, key);
    }
    return key;
  }

  /** Whether the key is wrapped under the present key-encryption key rather than an earlier one. */
  wrapsPresently(owner: string, wrapped: Uint8Array): boolean {
    try {
      this.#sealing.open("data-key", owner, wrapped);
      return true;
    } catch {
      return false;
    }
  }

  /** The same data key, wrapped under the present key-encryption key. @throws SealBroken */
  rewrap(owner: string, wrapped: Uint8Array): Buffer {
    return this.#sealing.seal("data-key", owner, this.#unwrap(owner, wrapped));
  }

  /** Seals what belongs to the server as a whole, such as page tokens. Known once `useServerKey` was called. */
  get server(): SealingKey {
    if (!this.#server) throw new Error("The server's key is not loaded");
    return this.#server;
  }

  useServerKey(key: SealingKey): void {
    this.#server = key;
  }

  #unwrap(owner: string, wrapped: Uint8Array): Buffer {
    for (const key of this.#earlier) {
      try {
        return key.open("data-key", owner, wrapped);
      } catch {
        // Wrapped under another one.
      }
    }
    return this.#sealing.open("data-key", owner, wrapped);
  }
}

/** Compares two digests in constant time; false when the lengths differ. */
export function digestsEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
