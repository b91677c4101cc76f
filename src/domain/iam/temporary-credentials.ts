import { type KeyEncryptionKey, SealBroken } from "../../crypto/encryption-at-rest.ts";
import { after, type Instant, SECOND } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { securityTokenInvalid } from "../errors.ts";
import { newSecret, uniqueId } from "./access-keys.ts";
import type { PrincipalKey } from "./principal.ts";

/** What a session token says, sealed: nothing of it is stored, and every node with the key-encryption key can read it. */
export interface SessionGrant {
  readonly secret: string;
  /** The role taken on; null for credentials of the source key's own principal. */
  readonly role: { readonly key: PrincipalKey; readonly session: string } | null;
  /** The access key at the root: when it goes, so do these credentials. */
  readonly sourceKeyId: string;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  /** JSON */
  readonly sessionPolicy: string | null;
}

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: Instant;
}

/** Makes temporary credentials. @param seconds how long they last */
export function issueCredentials(
  { keyEncryptionKey, random }: { readonly keyEncryptionKey: KeyEncryptionKey; readonly random: Random },
  grant: Pick<SessionGrant, "role" | "sourceKeyId" | "sessionPolicy">,
  now: Instant,
  seconds: number,
): TemporaryCredentials {
  const accessKeyId = uniqueId(random, "ASIA");
  const secretAccessKey = newSecret(random);
  const expiresAt = after(now, seconds * SECOND);
  const content: SessionGrant = { ...grant, secret: secretAccessKey, issuedAt: now, expiresAt };
  const sealed = keyEncryptionKey.server.seal(
    "session-credentials",
    accessKeyId,
    Buffer.from(JSON.stringify(content)),
  );
  return { accessKeyId, secretAccessKey, sessionToken: sealed.toString("base64"), expiresAt };
}

/** What a session token grants to its access key. @throws UnrecognizedClientException for a token that is none, or of another key */
export function openSessionToken(
  keyEncryptionKey: KeyEncryptionKey,
  accessKeyId: string,
  sessionToken: string,
): SessionGrant {
  try {
    const sealed = Buffer.from(sessionToken, "base64");
    return JSON.parse(keyEncryptionKey.server.open("session-credentials", accessKeyId, sealed).toString());
  } catch (fault) {
    if (fault instanceof SealBroken) throw securityTokenInvalid();
    throw fault;
  }
}
