import { createHash, createHmac, hash } from "node:crypto";

/** What a signature covers, before it is put into canonical form. */
export interface CanonicalParts {
  readonly method: string;
  /** As it stands in the request line: segments are encoded once more, as every service but S3 wants it. */
  readonly path: string;
  /** What follows "?", still encoded, without the signature itself. */
  readonly query: string;
  /** The signed headers, names in lower case and in the order of signing; a header that came several times has several values. */
  readonly headers: readonly (readonly [name: string, ...values: string[]])[];
  /** Lower-case hexadecimal SHA-256 of the body. */
  readonly payloadHash: string;
}

/** The scope of a signing key. */
export interface SigningScope {
  /** YYYYMMDD */
  readonly day: string;
  readonly region: string;
  readonly service: string;
}

export const SIGV4_ALGORITHM = "AWS4-HMAC-SHA256";
export const SIGV4_TERMINATOR = "aws4_request";

/** Lower-case hexadecimal. */
export const sha256Hex = (content: string | Uint8Array): string => hash("sha256", content, "hex");
/** Base64. */
export const sha256Base64 = (content: string): string =>
  createHash("sha256").update(content).digest("base64");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** Percent-encoding that leaves A-Z a-z 0-9 - _ . ~ only, hexadecimal digits in upper case. */
const encode = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Without dot segments and empty ones, each segment encoded once more. */
function canonicalPath(path: string): string {
  if (path === "/") return path;
  const kept: string[] = [];
  const segments = path.split("/");
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(encode(segment));
  }
  const last = segments.at(-1);
  const closing = kept.length > 0 && (last === "" || last === "." || last === "..") ? "/" : "";
  return `/${kept.join("/")}${closing}`;
}

function canonicalQuery(query: string): string {
  if (query === "") return "";
  const pairs = query
    .split("&")
    .filter((part) => part !== "")
    .map((part): [string, string] => {
      const mark = part.indexOf("=");
      const [name, value] = mark === -1 ? [part, ""] : [part.slice(0, mark), part.slice(mark + 1)];
      return [encode(decode(name)), encode(decode(value))];
    });
  pairs.sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : x > y ? 1 : 0) : a < b ? -1 : 1));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

const canonicalValue = (value: string): string => value.trim().replace(/ +/g, " ");

/** The canonical request of AWS Signature Version 4. */
export function canonicalRequest({ method, path, query, headers, payloadHash }: CanonicalParts): string {
  const lines = headers.map(([name, ...values]) => `${name}:${values.map(canonicalValue).join(",")}\n`);
  const names = headers.map(([name]) => name).join(";");
  return `${method}\n${canonicalPath(path)}\n${canonicalQuery(query)}\n${lines.join("")}\n${names}\n${payloadHash}`;
}

/** `YYYYMMDD/region/service/aws4_request` */
export const scopeText = ({ day, region, service }: SigningScope): string =>
  `${day}/${region}/${service}/${SIGV4_TERMINATOR}`;

/** @param at e.g. `20250107T080509Z` */
export const stringToSign = (at: string, scope: SigningScope, canonical: string): string =>
  `${SIGV4_ALGORITHM}\n${at}\n${scopeText(scope)}\n${sha256Hex(canonical)}`;

/** 32 bytes, good for one day, region and service. */
export const signingKey = (secretAccessKey: string, { day, region, service }: SigningScope): Buffer =>
  [day, region, service, SIGV4_TERMINATOR].reduce<Buffer>(
    (parent, part) => hmac(parent, part),
    Buffer.from(`AWS4${secretAccessKey}`),
  );

/** 32 bytes. */
export const signatureOf = (key: Buffer, toSign: string): Buffer => hmac(key, toSign);
