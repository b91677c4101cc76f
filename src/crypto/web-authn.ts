import { createHash, createPublicKey } from "node:crypto";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";

/** COSE algorithms in the order that an authenticator should choose by: ES256, RS256, EdDSA. */
export const WEB_AUTHN_ALGORITHMS = [-7, -257, -8] as const;

/** WebAuthn 3, 7.1 step 25. */
const CREDENTIAL_ID_BYTES = 1023;
const RSA_BITS = { least: 2048, most: 4096 };
/** A statement of another format could make the verifier ask the network for revoked certificates; nobody asks for one. */
const ATTESTATION_FORMATS: readonly unknown[] = ["none", "packed"];

/** What an answer to a ceremony is checked against. */
export interface ExpectedCeremony {
  /** base64url */
  readonly challenge: string;
  readonly relyingPartyId: string;
  readonly userVerification: "required" | "preferred";
  readonly allowsOrigin: (origin: string) => boolean;
}

/** Which of the checks an answer fails first. */
export type WebAuthnRefusal =
  | "malformed"
  | "type"
  | "challenge"
  | "origin"
  | "relying-party"
  | "user-presence"
  | "user-verification"
  | "algorithm"
  | "attestation"
  | "credential"
  | "signature";

export interface RegisteredCredential {
  /** base64url */
  readonly id: string;
  /** COSE_Key */
  readonly publicKey: Uint8Array;
  readonly signCount: number;
  readonly backupEligible: boolean;
  /** The model of the authenticator, as UUID text; all zero where it does not say. */
  readonly aaguid: string;
  readonly attachment: string | null;
  readonly transports: readonly string[];
}

export interface Assertion {
  readonly signCount: number;
  readonly userVerified: boolean;
}

export type CeremonyResult<T> =
  | ({ readonly kind: "verified" } & T)
  | { readonly kind: "refused"; readonly reason: WebAuthnRefusal };

/** Ends a verification; never leaves this file. */
class Refused extends Error {
  readonly reason: WebAuthnRefusal;

  constructor(reason: WebAuthnRefusal) {
    super(reason);
    this.reason = reason;
  }
}

/** Loaded with the first passkey: it takes a tenth of a second that the start of the server need not pay. */
async function verifier() {
  const [server, helpers] = await Promise.all([
    import("@simplewebauthn/server"),
    import("@simplewebauthn/server/helpers"),
  ]);
  return { ...server, ...helpers };
}

type Verifier = Awaited<ReturnType<typeof verifier>>;

/** Whatever the verifier throws, it throws for what a stranger sent. */
async function result<T>(verify: () => Promise<T>): Promise<CeremonyResult<T>> {
  try {
    return { kind: "verified", ...(await verify()) };
  } catch (error) {
    return { kind: "refused", reason: error instanceof Refused ? error.reason : "malformed" };
  }
}

/**
 * Verifies a RegistrationResponseJSON (WebAuthn 3, 7.1). Attestation says nothing here about trust: a statement that is no right
 * one of its format is refused, and no more is made of it.
 */
export async function verifyRegistration(
  credential: unknown,
  expected: ExpectedCeremony,
): Promise<CeremonyResult<RegisteredCredential>> {
  const library = await verifier();
  return result(async () => {
    const { id, response, attachment } = publicKeyCredential(credential);
    const origins = checkClientData(response, "webauthn.create", expected);
    const attestation = decodedAttestation(library, bytesOf(response, "attestationObject"));
    const data = authenticatorData(library, attestation.authenticatorData, expected);
    if (!data.credentialID || !data.credentialPublicKey) throw new Refused("malformed");
    if (data.credentialID.length > CREDENTIAL_ID_BYTES || base64url(data.credentialID) !== id)
      throw new Refused("malformed");
    requireSupportedKey(library, data.credentialPublicKey);
    if (!ATTESTATION_FORMATS.includes(attestation.format)) throw new Refused("attestation");
    const verified = await library.verifyRegistrationResponse({
      response: credential as RegistrationResponseJSON,
      expectedChallenge: expected.challenge,
      expectedOrigin: origins.origin,
      expectedRPID: expected.relyingPartyId,
      requireUserVerification: expected.userVerification === "required",
      supportedAlgorithmIDs: [...WEB_AUTHN_ALGORITHMS],
    });
    if (!verified.verified) throw new Refused("attestation");
    const info = verified.registrationInfo;
    return {
      id,
      publicKey: info.credential.publicKey,
      signCount: info.credential.counter,
      backupEligible: info.credentialDeviceType === "multiDevice",
      aaguid: info.aaguid,
      attachment,
      transports: transportsOf(response),
    };
  });
}

/** What was kept of a credential since its registration. */
export interface KnownCredential extends Pick<RegisteredCredential, "publicKey" | "backupEligible"> {
  /** The user's id in the authenticator, base64url. */
  readonly userHandle: string;
}

/**
 * Verifies an AuthenticationResponseJSON (WebAuthn 3, 7.2) but for its counter: whether that went back is only worth a report once
 * the signature is right, so the caller compares it.
 */
export async function verifyAssertion(
  credential: unknown,
  expected: ExpectedCeremony,
  known: KnownCredential,
): Promise<CeremonyResult<Assertion>> {
  const library = await verifier();
  return result(async () => {
    const { id, response } = publicKeyCredential(credential);
    const origins = checkClientData(response, "webauthn.get", expected);
    const { flags } = authenticatorData(library, bytesOf(response, "authenticatorData"), expected);
    requireExactSignature(library, known.publicKey, bytesOf(response, "signature"));
    const { verified, authenticationInfo } = await library.verifyAuthenticationResponse({
      response: credential as AuthenticationResponseJSON,
      expectedChallenge: expected.challenge,
      expectedOrigin: origins.origin,
      ...(origins.topOrigin === undefined ? {} : { expectedTopOrigin: origins.topOrigin }),
      expectedRPID: expected.relyingPartyId,
      requireUserVerification: expected.userVerification === "required",
      // Below every counter, so that the library compares none.
      credential: { id, publicKey: new Uint8Array(known.publicKey), counter: -1 },
    });
    if (!verified) throw new Refused("signature");
    if (response.userHandle && response.userHandle !== known.userHandle) throw new Refused("credential");
    if (flags.be !== known.backupEligible) throw new Refused("credential");
    return { signCount: authenticationInfo.newCounter, userVerified: authenticationInfo.userVerified };
  });
}

const ES256 = -7;
const [SEQUENCE, INTEGER] = [0x30, 0x02];

/** An ES256 signature is two DER integers in a sequence; the library takes lengths that are not those of the bytes. */
function requireExactSignature(library: Verifier, publicKey: Uint8Array, signature: Buffer): void {
  const decoded: unknown = library.decodeCredentialPublicKey(new Uint8Array(publicKey));
  if ((decoded as ReadonlyMap<number, unknown>).get(3) !== ES256) return;
  const s = 4 + (signature[3] ?? 0);
  const exact =
    signature[0] === SEQUENCE &&
    signature[1] === signature.length - 2 &&
    signature[2] === INTEGER &&
    signature[s] === INTEGER &&
    signature[s + 1] === signature.length - s - 2;
  if (!exact) throw new Refused("signature");
}

/** The id that an answer says to be of; proven only by verifying it. */
export function claimedCredentialId(credential: unknown): string | null {
  try {
    return publicKeyCredential(credential).id;
  } catch {
    return null;
  }
}

type Members = Readonly<Record<string, unknown>>;

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

function members(value: unknown): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Refused("malformed");
  return value as Members;
}

/** Only the one spelling that encoding gives back, so that every reader of a text reads the same bytes. */
function bytesOf(from: Members, name: string): Buffer {
  const text = from[name];
  if (typeof text !== "string") throw new Refused("malformed");
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length === 0 || base64url(bytes) !== text) throw new Refused("malformed");
  return bytes;
}

function publicKeyCredential(value: unknown): { id: string; response: Members; attachment: string | null } {
  const credential = members(value);
  const id = base64url(bytesOf(credential, "id"));
  if (credential.rawId !== id || credential.type !== "public-key") throw new Refused("malformed");
  const { authenticatorAttachment: attachment } = credential;
  return {
    id,
    response: members(credential.response),
    attachment: attachment === "platform" || attachment === "cross-platform" ? attachment : null,
  };
}

/** CollectedClientData: what for, which challenge, and where; a frame must stand in a page that is allowed too. */
function checkClientData(response: Members, type: string, expected: ExpectedCeremony) {
  const clientData = members(JSON.parse(bytesOf(response, "clientDataJSON").toString()));
  const { origin, topOrigin } = clientData;
  if (clientData.type !== type) throw new Refused("type");
  if (clientData.challenge !== expected.challenge) throw new Refused("challenge");
  if (typeof origin !== "string" || !expected.allowsOrigin(origin)) throw new Refused("origin");
  if (topOrigin === undefined) return { origin };
  if (typeof topOrigin !== "string" || !expected.allowsOrigin(topOrigin)) throw new Refused("origin");
  return { origin, topOrigin };
}

function decodedAttestation({ decodeAttestationObject, isoCBOR }: Verifier, bytes: Buffer) {
  const decoded = decodeAttestationObject(new Uint8Array(bytes));
  // Bytes after the object would be bytes that nobody has looked at.
  const whole = isoCBOR.encode(decoded as unknown as Parameters<typeof isoCBOR.encode>[0]);
  if (whole.length !== bytes.length) throw new Refused("malformed");
  return { format: decoded.get("fmt"), authenticatorData: decoded.get("authData") };
}

function authenticatorData(library: Verifier, bytes: Uint8Array, expected: ExpectedCeremony) {
  const data = library.parseAuthenticatorData(new Uint8Array(bytes));
  const relyingParty = createHash("sha256").update(expected.relyingPartyId).digest();
  if (!relyingParty.equals(data.rpIdHash)) throw new Refused("relying-party");
  if (!data.flags.up) throw new Refused("user-presence");
  if (expected.userVerification === "required" && !data.flags.uv) throw new Refused("user-verification");
  return data;
}

const KEY_TYPES = {
  [-7]: { kty: "EC", members: { kty: 2, crv: 1 }, crv: "P-256", parameters: { x: -2, y: -3 } },
  [-8]: { kty: "OKP", members: { kty: 1, crv: 6 }, crv: "Ed25519", parameters: { x: -2 } },
  [-257]: { kty: "RSA", members: { kty: 3, crv: null }, crv: null, parameters: { n: -1, e: -2 } },
} as const;

/** A key that could never verify anything is better refused now than at the first sign-in. */
function requireSupportedKey({ decodeCredentialPublicKey }: Verifier, publicKey: Uint8Array): void {
  const decoded: unknown = decodeCredentialPublicKey(new Uint8Array(publicKey));
  const cose = decoded as ReadonlyMap<number, unknown>;
  const algorithm = WEB_AUTHN_ALGORITHMS.find((one) => one === cose.get(3));
  if (algorithm === undefined) throw new Refused("algorithm");
  const { kty, members, crv, parameters } = KEY_TYPES[algorithm];
  if (cose.get(1) !== members.kty || (members.crv !== null && cose.get(-1) !== members.crv))
    throw new Refused("algorithm");
  const jwk: Record<string, string> = { kty, ...(crv === null ? {} : { crv }) };
  for (const [name, label] of Object.entries(parameters)) {
    const value = cose.get(label);
    if (!(value instanceof Uint8Array)) throw new Refused("algorithm");
    jwk[name] = base64url(value);
  }
  const bits = importedKey(jwk).asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && (bits < RSA_BITS.least || bits > RSA_BITS.most)) throw new Refused("algorithm");
}

function importedKey(jwk: Record<string, string>) {
  try {
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    throw new Refused("algorithm");
  }
}

const TRANSPORT = /^[a-z-]{1,20}$/;
const TRANSPORTS = 8;

/** As the browser says; kept for its own use at the next sign-in. */
function transportsOf({ transports }: Members): string[] {
  if (!Array.isArray(transports)) return [];
  return transports
    .filter((one): one is string => typeof one === "string" && TRANSPORT.test(one))
    .slice(0, TRANSPORTS);
}
