import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** COSE algorithm numbers. */
export const ES256 = -7;
export const EDDSA = -8;
export const RS256 = -257;
export type Algorithm = typeof ES256 | typeof EDDSA | typeof RS256;

/** Bits of the flags in authenticator data. */
export const FLAGS = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40 } as const;

type Cbor = number | string | Uint8Array | readonly Cbor[] | ReadonlyMap<number | string, Cbor>;

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.of((major << 5) | value);
  if (value < 0x100) return Buffer.of((major << 5) | 24, value);
  return Buffer.of((major << 5) | 25, value >> 8, value & 0xff);
}

/** RFC 8949, as far as authenticators need it. */
export function cbor(value: Cbor): Buffer {
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string")
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  const entries = [...(value as ReadonlyMap<number | string, Cbor>)];
  return Buffer.concat([head(5, entries.length), ...entries.flatMap(([key, one]) => [cbor(key), cbor(one)])]);
}

const sha256 = (data: Uint8Array | string): Buffer => createHash("sha256").update(data).digest();
const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

function newKeyPair(algorithm: Algorithm): { privateKey: KeyObject; coseKey: Buffer } {
  const bytes = (text: string | undefined) => Buffer.from(text ?? "", "base64url");
  switch (algorithm) {
    case ES256: {
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const { x, y } = publicKey.export({ format: "jwk" });
      const members: [number, Cbor][] = [
        [1, 2],
        [3, algorithm],
        [-1, 1],
        [-2, bytes(x)],
        [-3, bytes(y)],
      ];
      return { privateKey, coseKey: cbor(new Map(members)) };
    }
    case EDDSA: {
      const { privateKey, publicKey } = generateKeyPairSync("ed25519");
      const { x } = publicKey.export({ format: "jwk" });
      const members: [number, Cbor][] = [
        [1, 1],
        [3, algorithm],
        [-1, 6],
        [-2, bytes(x)],
      ];
      return { privateKey, coseKey: cbor(new Map(members)) };
    }
    case RS256: {
      const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const { n, e } = publicKey.export({ format: "jwk" });
      const members: [number, Cbor][] = [
        [1, 3],
        [3, algorithm],
        [-1, bytes(n)],
        [-2, bytes(e)],
      ];
      return { privateKey, coseKey: cbor(new Map(members)) };
    }
  }
}

const signed = (algorithm: Algorithm, key: KeyObject, data: Uint8Array): Buffer =>
  sign(algorithm === EDDSA ? null : "sha256", data, key);

/** The members of CredentialCreationOptions that an authenticator reads. */
export interface CreationOptions {
  readonly rp: { readonly id: string };
  readonly user: { readonly id: string };
  readonly challenge: string;
}

/** The members of CREDENTIAL_REQUEST_OPTIONS that an authenticator reads. */
export interface RequestOptions {
  readonly rpId: string;
  readonly challenge: string;
}

/** What goes wrong on purpose, or is otherwise than usual. */
export interface Ceremony {
  readonly origin?: string;
  readonly topOrigin?: string;
  readonly crossOrigin?: boolean;
  readonly type?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  /** The flags without AT; UP and UV unless said otherwise. */
  readonly flags?: number;
  readonly counter?: number;
  readonly attestation?: "none" | "packed" | "tpm";
  /** Bytes after the attestation object or the authenticator data. */
  readonly tail?: Buffer;
  readonly userHandle?: string;
  /** Changes what is signed after it was signed. */
  readonly tamper?: boolean;
}

function clientDataJson(usualType: string, challenge: string, ceremony: Ceremony): Buffer {
  const { type = usualType, origin = "https://example.com", crossOrigin = false, topOrigin } = ceremony;
  const data = { type, challenge: ceremony.challenge ?? challenge, origin, crossOrigin };
  return Buffer.from(JSON.stringify(topOrigin === undefined ? data : { ...data, topOrigin }));
}

function authenticatorData(rpId: string, flags: number, counter: number, attested = Buffer.alloc(0)): Buffer {
  const counted = Buffer.alloc(4);
  counted.writeUInt32BE(counter);
  const bits = attested.length > 0 ? flags | FLAGS.AT : flags;
  return Buffer.concat([sha256(rpId), Buffer.of(bits), counted, attested]);
}

/** A passkey in software: one key pair for one relying party and one user. */
export class VirtualAuthenticator {
  readonly algorithm: Algorithm;
  readonly id = randomBytes(32);
  readonly coseKey: Buffer;
  /** Counts up with each use, unless it is made not to count. */
  counter: number;
  readonly #privateKey: KeyObject;
  readonly #counts: boolean;
  #userHandle = "";

  constructor(algorithm: Algorithm = ES256, counts: "counts" | "does not count" = "counts") {
    this.algorithm = algorithm;
    this.#counts = counts === "counts";
    this.counter = 0;
    const { privateKey, coseKey } = newKeyPair(algorithm);
    this.#privateKey = privateKey;
    this.coseKey = coseKey;
  }

  #nextCounter(): number {
    if (this.#counts) this.counter++;
    return this.counter;
  }

  /** navigator.credentials.create(…).toJSON() */
  create(options: CreationOptions, ceremony: Ceremony = {}) {
    this.#userHandle = options.user.id;
    const clientData = clientDataJson("webauthn.create", options.challenge, ceremony);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.id.length);
    const attested = Buffer.concat([Buffer.alloc(16), length, this.id, this.coseKey]);
    const { flags = FLAGS.UP | FLAGS.UV, attestation = "none" } = ceremony;
    const counter = ceremony.counter ?? this.#nextCounter();
    const data = authenticatorData(ceremony.rpId ?? options.rp.id, flags, counter, attested);
    const toSign = Buffer.concat([data, sha256(clientData)]);
    const signature = signed(this.algorithm, this.#privateKey, toSign);
    if (ceremony.tamper) signature.writeUInt8(signature.readUInt8(20) ^ 1, 20);
    const statement: [string, Cbor][] =
      attestation === "none"
        ? []
        : [
            ["alg", this.algorithm],
            ["sig", signature],
          ];
    const members: [string, Cbor][] = [
      ["fmt", attestation],
      ["attStmt", new Map(statement)],
      ["authData", data],
    ];
    return {
      id: base64url(this.id),
      rawId: base64url(this.id),
      type: "public-key",
      authenticatorAttachment: "platform",
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url(clientData),
        attestationObject: base64url(
          Buffer.concat([cbor(new Map(members)), ceremony.tail ?? Buffer.alloc(0)]),
        ),
        transports: ["internal", "hybrid"],
      },
    };
  }

  /** navigator.credentials.get(…).toJSON() */
  get(options: RequestOptions, ceremony: Ceremony = {}) {
    const clientData = clientDataJson("webauthn.get", options.challenge, ceremony);
    const { flags = FLAGS.UP | FLAGS.UV, tail = Buffer.alloc(0) } = ceremony;
    const counter = ceremony.counter ?? this.#nextCounter();
    const data = Buffer.concat([authenticatorData(ceremony.rpId ?? options.rpId, flags, counter), tail]);
    const signature = signed(this.algorithm, this.#privateKey, Buffer.concat([data, sha256(clientData)]));
    if (ceremony.tamper) data.writeUInt8(data.readUInt8(36) ^ 1, 36);
    return {
      id: base64url(this.id),
      rawId: base64url(this.id),
      type: "public-key",
      authenticatorAttachment: "platform",
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url(clientData),
        authenticatorData: base64url(data),
        signature: base64url(signature),
        userHandle: ceremony.userHandle ?? this.#userHandle,
      },
    };
  }
}
