import { type KeyEncryptionKey, SealBroken } from "../../crypto/encryption-at-rest.ts";
import type { Client } from "../clients/index.ts";
import { sessionInvalid, sessionUndecodable } from "../errors.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { SignIn } from "./sign-in.ts";

/** Makes the text begin with `AYABe`, as clients have always seen it. */
const PREFIX = Buffer.of(0x01, 0x80, 0x01, 0x78);

const place = (client: Client): string => `challenge_session|${client.id}`;

/** The sign-in's state as text for the client: only this pool's key opens it, and only for this client. */
export function sealSignIn(keys: KeyEncryptionKey, pool: UserPool, client: Client, signIn: SignIn): string {
  const sealed = keys
    .dataKey(pool.id, pool.wrappedDataKey)
    .seal("challenge-session", place(client), Buffer.from(JSON.stringify(signIn)));
  return Buffer.concat([PREFIX, sealed]).toString("base64url");
}

/**
 * @throws NotAuthorizedException: `Invalid session provided` for what is no session at all, `Invalid session for the user.` for
 * one that was not given to this client of this pool
 */
export function openSignIn(keys: KeyEncryptionKey, pool: UserPool, client: Client, session: string): SignIn {
  const bytes = Buffer.from(session, "base64url");
  if (!bytes.subarray(0, PREFIX.length).equals(PREFIX)) throw sessionUndecodable();
  try {
    return JSON.parse(
      keys
        .dataKey(pool.id, pool.wrappedDataKey)
        .open("challenge-session", place(client), bytes.subarray(PREFIX.length))
        .toString(),
    );
  } catch (fault) {
    if (fault instanceof SealBroken) throw sessionInvalid();
    throw fault;
  }
}
