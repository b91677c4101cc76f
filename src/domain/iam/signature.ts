import { digestsEqual } from "../../crypto/encryption-at-rest.ts";
import {
  canonicalRequest,
  SIGV4_ALGORITHM,
  SIGV4_TERMINATOR,
  type SigningScope,
  sha256Base64,
  sha256Hex,
  signatureOf,
  stringToSign,
} from "../../crypto/sigv4.ts";
import { type Instant, MINUTE } from "../../runtime/clock.ts";
import {
  contentHashMismatch,
  credentialMalformed,
  credentialScopeWrong,
  headerNotSigned,
  signatureAlgorithmUnsupported,
  signatureExpiryOutOfRange,
  signatureLacks,
  signatureMismatch,
  signatureParameterMissing,
  signaturePartMalformed,
  signatureTimeWrong,
  signingDateMalformed,
} from "../errors.ts";

/** A request as received, of which a signature may speak. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  /** What follows "?", still encoded. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

/** What a request says of its own signature; nothing of it is proven yet. */
export interface Signature {
  readonly accessKeyId: string;
  readonly scope: SigningScope;
  /** YYYYMMDDTHHMMSSZ */
  readonly at: string;
  readonly signedHeaders: readonly string[];
  /** 32 bytes. */
  readonly bytes: Buffer;
  readonly sessionToken: string | null;
  /** Seconds that a presigned request is good for; null for one that is signed by header. */
  readonly expiresSeconds: number | null;
  /** The query as it was signed. */
  readonly query: string;
}

const SKEW_MS = 15 * MINUTE;
const MAX_EXPIRES_SECONDS = 604_800;
/** Names of regions become part of user pool ids. */
const REGION = /^[a-z][a-z0-9-]{0,31}$/;
const BASIC_FORMAT = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const HEXADECIMAL = /^[0-9a-f]{64}$/;
/** Longer ones are refused unread; those of SDKs have some 400 characters. */
const MAX_AUTHORIZATION = 4096;

/**
 * Reads the signature from the Authorization header or from a presigned query.
 * @returns null when the request carries none
 * @throws IncompleteSignatureException
 */
export function readSignature(request: SignedRequest): Signature | null {
  const authorization = headerOf(request, "authorization");
  if (authorization !== undefined) return fromHeader(request, authorization);
  return request.query.includes("X-Amz-") ? fromQuery(request) : null;
}

const headerOf = ({ headers }: SignedRequest, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === "object" ? value.join(",") : value;
};

const MEMBERS = ["Credential", "Signature", "SignedHeaders"] as const;

function fromHeader(request: SignedRequest, authorization: string): Signature {
  const hashed = sha256Base64(authorization);
  if (authorization.length > MAX_AUTHORIZATION)
    throw signatureLacks(["Authorization header is too long."], hashed);
  const mark = authorization.indexOf(" ");
  const [algorithm, rest] =
    mark === -1 ? [authorization, ""] : [authorization.slice(0, mark), authorization.slice(mark + 1)];
  const members = new Map<string, string>();
  for (const part of rest.split(",").map((piece) => piece.trim())) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    if (equals === -1) throw signaturePartMalformed(part.slice(0, 100), hashed);
    members.set(part.slice(0, equals), part.slice(equals + 1));
  }
  const date = headerOf(request, "x-amz-date") ?? headerOf(request, "date");
  const missing = MEMBERS.filter((name) => !members.get(name)).map(
    (name) => `Authorization header requires '${name}' parameter.`,
  );
  if (date === undefined)
    missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  if (missing.length > 0) throw signatureLacks(missing, hashed);
  if (algorithm !== SIGV4_ALGORITHM) throw signatureAlgorithmUnsupported(algorithm.slice(0, 50));
  return {
    ...readCredential(members.get("Credential") ?? ""),
    at: basicDate(date ?? ""),
    signedHeaders: (members.get("SignedHeaders") ?? "").split(";"),
    bytes: signatureBytes(members.get("Signature") ?? ""),
    sessionToken: headerOf(request, "x-amz-security-token") ?? null,
    expiresSeconds: null,
    query: request.query,
  };
}

const PARAMETERS = [
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Signature",
  "X-Amz-SignedHeaders",
  "X-Amz-Date",
  "X-Amz-Expires",
] as const;

function fromQuery({ query }: SignedRequest): Signature | null {
  const given = new URLSearchParams(query);
  if (!PARAMETERS.some((name) => given.has(name))) return null;
  const [algorithm, credential, signature, signedHeaders, date, expires] = PARAMETERS.map((name) => {
    const value = given.get(name);
    if (!value) throw signatureParameterMissing(name);
    return value;
  });
  if (algorithm !== SIGV4_ALGORITHM) throw signatureAlgorithmUnsupported(String(algorithm).slice(0, 50));
  const expiresSeconds = /^\d{1,6}$/.test(expires ?? "") ? Number(expires) : 0;
  if (expiresSeconds < 1 || expiresSeconds > MAX_EXPIRES_SECONDS) throw signatureExpiryOutOfRange();
  return {
    ...readCredential(credential ?? ""),
    at: basicDate(date ?? ""),
    signedHeaders: (signedHeaders ?? "").split(";"),
    bytes: signatureBytes(signature ?? ""),
    sessionToken: given.get("X-Amz-Security-Token"),
    expiresSeconds,
    query: query
      .split("&")
      .filter((part) => !part.startsWith("X-Amz-Signature="))
      .join("&"),
  };
}

interface Credential {
  readonly accessKeyId: string;
  readonly scope: SigningScope;
  readonly terminator: string;
}

function readCredential(text: string): Credential {
  const parts = text.split("/");
  const [accessKeyId = "", day = "", region = "", service = "", terminator = ""] = parts;
  if (parts.length !== 5 || accessKeyId === "") throw credentialMalformed(text.slice(0, 200));
  if (terminator !== SIGV4_TERMINATOR)
    throw credentialScopeWrong([
      `Credential should be scoped with a valid terminator: '${SIGV4_TERMINATOR}'.`,
    ]);
  return { accessKeyId, scope: { day, region, service }, terminator };
}

/** ISO 8601 basic format, which `Date` has in its own form. */
function basicDate(text: string): string {
  if (BASIC_FORMAT.test(text)) return text;
  const millis = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(millis)) throw signingDateMalformed(text.slice(0, 100));
  return compact(millis);
}

const compact = (millis: number): string => new Date(millis).toISOString().replace(/[-:]|\.\d{3}/g, "");

function signatureBytes(text: string): Buffer {
  // What has not even the form of a signature matches none; the answer is the same.
  if (!HEXADECIMAL.test(text)) throw signatureMismatch();
  return Buffer.from(text, "hex");
}

/** @throws InvalidSignatureException when the signature was made for another service, or for no place at all */
export function requireScope({ scope, at }: Signature, service: string): void {
  const wrong: string[] = [];
  if (!REGION.test(scope.region)) wrong.push("Credential should be scoped to a valid region.");
  if (scope.service !== service) wrong.push(`Credential should be scoped to correct service: '${service}'.`);
  if (scope.day !== at.slice(0, 8))
    wrong.push(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.day}' != '${at.slice(0, 8)}', from '${at}'.`,
    );
  if (wrong.length > 0) throw credentialScopeWrong(wrong);
}

/** @throws InvalidSignatureException when the signature is too old or of the future */
export function requireCurrent({ at, expiresSeconds }: Signature, now: Instant): void {
  const [, year, month, day, hour, minute, second] = (BASIC_FORMAT.exec(at) ?? []).map(Number);
  const signedAt = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  const allowance = expiresSeconds === null ? SKEW_MS : expiresSeconds * 1000;
  const named = expiresSeconds === null ? `${SKEW_MS / MINUTE} min.` : `${expiresSeconds} sec.`;
  if (signedAt < now - allowance)
    throw signatureTimeWrong(
      `Signature expired: ${at} is now earlier than ${compact(now - allowance)} (${compact(now)} - ${named})`,
    );
  if (signedAt > now + SKEW_MS)
    throw signatureTimeWrong(
      `Signature not yet current: ${at} is still later than ${compact(now + SKEW_MS)} (${compact(now)} + ${SKEW_MS / MINUTE} min.)`,
    );
}

/**
 * Headers that change what a request means: without them in the signature, one made for one operation or server would be good for
 * another.
 */
const MUST_BE_SIGNED: readonly (readonly [name: string, asWritten: string])[] = [
  ["host", "Host"],
  ["x-amz-target", "X-Amz-Target"],
];

/**
 * Proves that the request is the one that was signed with the key.
 * @throws InvalidSignatureException
 */
export function requireMatch(signature: Signature, request: SignedRequest, signingKey: Buffer): void {
  const { signedHeaders, query, at, scope, bytes } = signature;
  for (const [name, asWritten] of MUST_BE_SIGNED)
    if (request.headers[name] !== undefined && !signedHeaders.includes(name))
      throw headerNotSigned(asWritten);
  const payloadHash = sha256Hex(request.body);
  const announced = headerOf(request, "x-amz-content-sha256");
  if (announced !== undefined && announced !== payloadHash) throw contentHashMismatch();
  const headers = signedHeaders.map((name): [string, ...string[]] => {
    const value = request.headers[name];
    if (value === undefined || name !== name.toLowerCase()) throw signatureMismatch();
    return [name, ...(typeof value === "string" ? [value] : value).map(asSent)];
  });
  const { method, path } = request;
  const canonical = canonicalRequest({ method, path, query, headers, payloadHash });
  if (!digestsEqual(signatureOf(signingKey, stringToSign(at, scope, canonical)), bytes))
    throw signatureMismatch();
}

/** Node reads a header's bytes as Latin-1; clients sign UTF-8. */
const asSent = (value: string): string =>
  /[\x80-\xff]/.test(value) ? Buffer.from(value, "latin1").toString("utf8") : value;
