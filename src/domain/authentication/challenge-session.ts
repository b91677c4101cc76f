import { fromBase64Url } from "../../crypto/base64url.ts";
import { type KeyEncryptionKey, SealBroken } from "../../crypto/encryption-at-rest.ts";
import type { Client } from "../clients/index.ts";
import { sessionInvalid, sessionUndecodable } from "../errors.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { UserKey } from "../users/index.ts";
import type { SessionState } from "./sign-in.ts";

/** Makes the text begin with `AYABe`, as clients have always seen it. */
const PREFIX = Buffer.of(0x01, 0x80, 0x01, 0x78);
/** Client ids are short; their length stands in one byte before them. */
const ID_START = PREFIX.length + 1;

/** A key has this many digits at most. */
const KEY_DIGITS = 16;

/**
 * What a sign-in keeps between two requests, as bytes to seal: as long for a user as for a name that no user has, or the length of
 * what the client is given would tell them apart.
 */
export function stateBytes(state: { readonly userKey: UserKey | null }): Buffer {
  return Buffer.from(JSON.stringify(state) + " ".repeat(KEY_DIGITS - String(state.userKey).length));
}

const place = (clientId: string): string => `challenge_session|${clientId}`;

/** The sign-in's state as text for the client: only this pool's key opens it, and only for the client it names. */
export function sealSession(
  keys: KeyEncryptionKey,
  pool: UserPool,
  client: Client,
  state: SessionState,
): string {
  const id = Buffer.from(client.id);
  const sealed = keys
    .dataKey(pool.id, pool.wrappedDataKey)
    .seal("challenge-session", place(client.id), stateBytes(state));
  return Buffer.concat([PREFIX, Buffer.of(id.length), id, sealed]).toString("base64url");
}

function parts(session: string): { clientId: string; sealed: Buffer } {
  const bytes = fromBase64Url(session);
  if (!bytes?.subarray(0, PREFIX.length).equals(PREFIX)) throw sessionUndecodable();
  const idEnd = ID_START + (bytes[PREFIX.length] ?? 0);
  return { clientId: bytes.subarray(ID_START, idEnd).toString(), sealed: bytes.subarray(idEnd) };
}

/**
 * Whose session it says to be; proven only by opening it.
 * @throws NotAuthorizedException `Invalid session provided` for what is no session at all
 */
export const claimedClientId = (session: string): string => parts(session).clientId;

/**
 * @throws NotAuthorizedException: `Invalid session provided` for what is no session at all, `Invalid session for the user.` for
 * one that was not given to this client of this pool
 */
export function openSession(
  keys: KeyEncryptionKey,
  pool: UserPool,
  client: Client,
  session: string,
): SessionState {
  const { clientId, sealed } = parts(session);
  if (clientId !== client.id) throw sessionInvalid();
  try {
    return JSON.parse(
      keys
        .dataKey(pool.id, pool.wrappedDataKey)
        .open("challenge-session", place(client.id), sealed)
        .toString(),
    );
  } catch (fault) {
    if (fault instanceof SealBroken) throw sessionInvalid();
    throw fault;
  }
}
