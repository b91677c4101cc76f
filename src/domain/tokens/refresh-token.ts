import { fromBase64Url } from "../../crypto/base64url.ts";
import { type KeyEncryptionKey, SealBroken } from "../../crypto/encryption-at-rest.ts";
import type { UserPool } from "../user-pools/index.ts";

/** What a refresh token says under its seal: which session, and which member of its family it is. */
export interface RefreshTokenContent {
  readonly sessionId: string;
  readonly counter: number;
}

/** The first part of every refresh token: {"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}. Clients expect five parts. */
const HEADER = "eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ";
const IV_START = 1;
const TEXT_START = 13;
const TAG_BYTES = 16;

const place = (clientId: string): string => `refresh_token|${clientId}`;

/** A token that only this pool's key opens and only this client may use. */
export function sealRefreshToken(
  keys: KeyEncryptionKey,
  pool: UserPool,
  clientId: string,
  content: RefreshTokenContent,
): string {
  const sealed = keys
    .dataKey(pool.id, pool.wrappedDataKey)
    .seal(
      "refresh-token",
      place(clientId),
      Buffer.from(JSON.stringify([content.sessionId, content.counter])),
    );
  const parts = [
    sealed.subarray(0, IV_START),
    sealed.subarray(IV_START, TEXT_START),
    sealed.subarray(TEXT_START, -TAG_BYTES),
    sealed.subarray(-TAG_BYTES),
  ];
  return [HEADER, ...parts.map((part) => part.toString("base64url"))].join(".");
}

/** Null for anything that this pool did not give to this client. */
export function openRefreshToken(
  keys: KeyEncryptionKey,
  pool: UserPool,
  clientId: string,
  token: string,
): RefreshTokenContent | null {
  const [header, ...segments] = token.split(".");
  if (header !== HEADER || segments.length !== 4) return null;
  const parts = segments.map(fromBase64Url).filter((part) => part !== null);
  const [version, iv, , tag] = parts;
  if (parts.length !== 4 || version?.length !== IV_START || iv?.length !== TEXT_START - IV_START) return null;
  if (tag?.length !== TAG_BYTES) return null;
  const sealed = Buffer.concat(parts);
  try {
    const text = keys
      .dataKey(pool.id, pool.wrappedDataKey)
      .open("refresh-token", place(clientId), sealed)
      .toString();
    const [sessionId, counter] = JSON.parse(text) as [string, number];
    return { sessionId, counter };
  } catch (fault) {
    if (fault instanceof SealBroken) return null;
    throw fault;
  }
}
