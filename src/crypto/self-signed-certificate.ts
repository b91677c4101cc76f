import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Random } from "../runtime/random.ts";
import { signRs256 } from "./signing-key.ts";

const generate = promisify(generateKeyPair);
const SERIAL_BYTES = 16;

/** X.690: the tags that a certificate is made of. */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** [0] and [3], explicit */
  version: 0xa0,
  extensions: 0xa3,
} as const;

function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const lengthBytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) lengthBytes.unshift(rest % 256);
  const header = length < 0x80 ? [tag, length] : [tag, 0x80 | lengthBytes.length, ...lengthBytes];
  return Buffer.concat([Buffer.from(header), content]);
}

const sequence = (...contents: readonly Uint8Array[]) => der(TAG.sequence, ...contents);
/** An object identifier by the bytes of its encoding. */
const identifier = (hex: string) => der(TAG.objectIdentifier, Buffer.from(hex, "hex"));
const TRUE = der(TAG.boolean, Buffer.of(0xff));
const bitString = (unusedBits: number, bits: Uint8Array) => der(TAG.bitString, Buffer.of(unusedBits), bits);

const VERSION_3 = der(TAG.version, der(TAG.integer, Buffer.of(2)));
/** 1.2.840.113549.1.1.11 */
const SHA256_WITH_RSA = sequence(identifier("2a864886f70d01010b"), der(TAG.null));
/** 2.5.4.3 */
const COMMON_NAME = identifier("550403");

const EXTENSIONS = der(
  TAG.extensions,
  sequence(
    // 2.5.29.19 basicConstraints: no authority
    sequence(identifier("551d13"), TRUE, der(TAG.octetString, sequence())),
    // 2.5.29.15 keyUsage: digitalSignature
    sequence(identifier("551d0f"), TRUE, der(TAG.octetString, bitString(7, Buffer.of(0x80)))),
  ),
);

const nameOf = (commonName: string) =>
  sequence(der(TAG.set, sequence(COMMON_NAME, der(TAG.utf8String, Buffer.from(commonName)))));

/** RFC 5280, 4.1.2.5: two digits of the year up to 2049, four from 2050 on. */
function time(date: Date): Buffer {
  const text = `${date.toISOString().replace(/\D/g, "").slice(0, 14)}Z`;
  return date.getUTCFullYear() < 2050
    ? der(TAG.utcTime, Buffer.from(text.slice(2)))
    : der(TAG.generalizedTime, Buffer.from(text));
}

/** A positive number that takes all its bytes: neither a sign nor a zero in front. */
function serialNumber(random: Random): Buffer {
  const bytes = random.bytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return der(TAG.integer, bytes);
}

export interface SelfSignedCertificate {
  /** X.509 version 3, DER */
  readonly certificate: Buffer;
  /** PKCS#8 DER */
  readonly privateKey: Buffer;
}

/**
 * An RSA key of 2048 bits and its certificate (RFC 5280), signed by itself with SHA-256. Node reads certificates and makes none.
 * 30–300 ms on a thread of libuv's pool.
 */
export async function newSelfSignedCertificate(
  commonName: string,
  validity: { readonly from: Date; readonly until: Date },
  random: Random,
): Promise<SelfSignedCertificate> {
  const { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject } = await generate("rsa", {
    modulusLength: 2048,
  });
  const name = nameOf(commonName);
  const content = sequence(
    VERSION_3,
    serialNumber(random),
    SHA256_WITH_RSA,
    name,
    sequence(time(validity.from), time(validity.until)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    EXTENSIONS,
  );
  const signature = await signRs256(privateKey, content);
  return {
    certificate: sequence(content, SHA256_WITH_RSA, bitString(0, signature)),
    privateKey: privateKey.export({ type: "pkcs8", format: "der" }),
  };
}
