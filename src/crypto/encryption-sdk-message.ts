import { createCipheriv, generateKeyPairSync, hkdfSync, type KeyObject, sign } from "node:crypto";
import type { Random } from "../runtime/random.ts";

/**
 * Messages of the AWS Encryption SDK, format version 1, algorithm suite 0x0378 (AES-256-GCM, HKDF and ECDSA P-384 with SHA-384, no
 * key commitment): what Cognito sends to custom senders and every version of the SDK decrypts. One final frame holds it all.
 * Source: the AWS Encryption SDK message format reference.
 */
const SUITE = 0x0378;
const FRAME_BYTES = 4096;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const MESSAGE_ID_BYTES = 16;
/** Where the message carries the key that its signature is checked by. */
const PUBLIC_KEY = "aws-crypto-public-key";

/** A data key, in the clear and as a receiver finds it under a wrapping key. */
export interface WrappedDataKey {
  readonly plaintext: Buffer;
  readonly providerId: string;
  readonly providerInfo: Buffer;
  readonly ciphertext: Buffer;
}

export type EncryptionContext = Readonly<Record<string, string>>;

const uint16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
};
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const sized = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint16(bytes.length), bytes]);
};

/** Pairs in the order of their names' bytes; nothing at all for none. */
function serialized(context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (pairs.length === 0) return Buffer.alloc(0);
  return Buffer.concat([
    uint16(pairs.length),
    ...pairs.flatMap(([name, value]) => [sized(name), sized(value)]),
  ]);
}

function seal(key: Buffer, iv: Buffer, associated: Buffer, text: Buffer): { text: Buffer; tag: Buffer } {
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  cipher.setAAD(associated);
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  return { text: sealed, tag: cipher.getAuthTag() };
}

/** A raw AES keyring's data key: the wrapping key is one that sender and receiver share. */
export function aesWrappedDataKey(
  wrapping: { readonly namespace: string; readonly name: string; readonly key: Buffer },
  context: EncryptionContext,
  random: Random,
): WrappedDataKey {
  const plaintext = random.bytes(KEY_BYTES);
  const iv = random.bytes(IV_BYTES);
  const sealed = seal(wrapping.key, iv, serialized(context), plaintext);
  return {
    plaintext,
    providerId: wrapping.namespace,
    providerInfo: Buffer.concat([Buffer.from(wrapping.name), uint32(TAG_BYTES * 8), uint32(IV_BYTES), iv]),
    ciphertext: Buffer.concat([sealed.text, sealed.tag]),
  };
}

/** The point in compressed form, base64. */
function compressed(publicKey: KeyObject): string {
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const isOdd = (Buffer.from(y, "base64url").at(-1) ?? 0) & 1;
  return Buffer.concat([Buffer.of(2 + isOdd), Buffer.from(x, "base64url")]).toString("base64");
}

/**
 * Encrypts and signs a text.
 * @param wrap gives the data key for the whole context, to which the message's own public key belongs
 */
export async function encryptionSdkMessage(
  text: string,
  context: EncryptionContext,
  wrap: (context: EncryptionContext) => Promise<WrappedDataKey>,
  random: Random,
): Promise<Buffer> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const whole = { ...context, [PUBLIC_KEY]: compressed(publicKey) };
  const dataKey = await wrap(whole);
  const messageId = random.bytes(MESSAGE_ID_BYTES);
  const info = Buffer.concat([uint16(SUITE), messageId]);
  const key = Buffer.from(hkdfSync("sha384", dataKey.plaintext, "", info, KEY_BYTES));
  const header = Buffer.concat([
    Buffer.of(1, 0x80),
    uint16(SUITE),
    messageId,
    sized(serialized(whole)),
    uint16(1),
    sized(dataKey.providerId),
    sized(dataKey.providerInfo),
    sized(dataKey.ciphertext),
    Buffer.of(2),
    uint32(0),
    Buffer.of(IV_BYTES),
    uint32(FRAME_BYTES),
  ]);
  const headerIv = Buffer.alloc(IV_BYTES);
  const headerTag = seal(key, headerIv, header, Buffer.alloc(0)).tag;
  const content = Buffer.from(text);
  if (content.length >= FRAME_BYTES) throw new RangeError("The text does not fit into one frame");
  const number = uint32(1);
  const iv = Buffer.concat([Buffer.alloc(IV_BYTES - 4), number]);
  const associated = Buffer.concat([
    messageId,
    Buffer.from("AWSKMSEncryptionClient Final Frame"),
    number,
    uint32(0),
    uint32(content.length),
  ]);
  const frame = seal(key, iv, associated, content);
  const message = Buffer.concat([
    header,
    headerIv,
    headerTag,
    uint32(0xffffffff),
    number,
    iv,
    uint32(content.length),
    frame.text,
    frame.tag,
  ]);
  return Buffer.concat([message, sized(sign("sha384", message, privateKey))]);
}
