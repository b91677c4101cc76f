import { claimedCredentialId, type ExpectedCeremony, verifyAssertion } from "../../crypto/web-authn.ts";
import { clientValidity } from "../clients/index.ts";
import { invalidParameter, passkeyRefused, sessionInvalid } from "../errors.ts";
import type { Services } from "../services.ts";
import { isOriginOf, type UserPool, webAuthnSettings } from "../user-pools/index.ts";
import { comparable, type User } from "../users/index.ts";
import type { Verification } from "./challenge.ts";
import type { ClientPlace } from "./outcome.ts";
import type { WebAuthnCredential } from "./ports.ts";
import type { Opening } from "./sign-in.ts";

export const WEB_AUTHN_CHALLENGE_BYTES = 32;
const IMAGINED_ID_BYTES = 20;

/** What a browser must know of a passkey to ask for it. */
export type Passkey = Pick<WebAuthnCredential, "id" | "transports">;

/** Whether passkeys can answer in this pool as it is set up now. */
export function usesPasskeys(pool: UserPool): boolean {
  const { allowed, relyingPartyId } = webAuthnSettings(pool);
  return allowed && relyingPartyId !== null;
}

/** The user's passkeys that can answer in this pool as it is set up now. */
export async function usablePasskeys(
  { store }: Pick<Services, "store">,
  pool: UserPool,
  user: User,
): Promise<WebAuthnCredential[]> {
  if (!usesPasskeys(pool)) return [];
  const { relyingPartyId } = webAuthnSettings(pool);
  const credentials = await store.webAuthnCredentials.ofUser(user.key);
  return credentials.filter((credential) => credential.relyingPartyId === relyingPartyId);
}

/**
 * What a name that no user has is made to have, the same every time. Some users have a passkey and some have none, so half of these
 * names have one: then neither answer tells whether there is such a user.
 */
export function imaginedPasskeys(
  services: Pick<Services, "keyEncryptionKey">,
  pool: UserPool,
  name: string,
): Passkey[] {
  if (!usesPasskeys(pool)) return [];
  const digest = services.keyEncryptionKey
    .dataKey(pool.id, pool.wrappedDataKey)
    .mac("unknown-user", "passkey", comparable(pool, name));
  if (digest.readUInt8(IMAGINED_ID_BYTES) % 2 === 0) return [];
  const id = digest.subarray(0, IMAGINED_ID_BYTES).toString("base64url");
  return [{ id, transports: ["internal", "hybrid"] }];
}

/** A PublicKeyCredentialRequestOptionsJSON, as text. */
export function credentialRequestOptions(
  { pool, client }: ClientPlace,
  passkeys: readonly Passkey[],
  challenge: string,
): string {
  const { relyingPartyId, userVerification } = webAuthnSettings(pool);
  return JSON.stringify({
    challenge,
    timeout: clientValidity(client.settings).sessionMs,
    rpId: relyingPartyId,
    allowCredentials: passkeys.map(({ id, transports }) => ({
      type: "public-key",
      id,
      ...(transports.length > 0 ? { transports } : {}),
    })),
    userVerification,
  });
}

/** What an answer is checked against in this pool; null where the pool names no relying party. */
export function expectedCeremony(pool: UserPool, challenge: string): ExpectedCeremony | null {
  const { relyingPartyId, userVerification } = webAuthnSettings(pool);
  if (relyingPartyId === null) return null;
  const allowsOrigin = (origin: string) => isOriginOf(relyingPartyId, origin);
  return { challenge, relyingPartyId, userVerification, allowsOrigin };
}

/** The user's id in authenticators, base64url. */
export const userHandleOf = (user: Pick<User, "sub">): string => Buffer.from(user.sub).toString("base64url");

/** A key to do the same work with where there is no credential: P-256's own base point. */
const NOBODYS_KEY = Buffer.from(
  "a5010203262001215820" +
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" +
    "225820" +
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
  "hex",
);

/** It may be the second of two copies of a passkey that signs here; which one is the user's nobody can tell. */
const wentBack = (counter: number, before: number): boolean =>
  (counter > 0 || before > 0) && counter <= before;

function parsedCredential(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidParameter("CREDENTIAL is not a JSON object.");
  }
}

/**
 * Checks the answer to a WEB_AUTHN challenge. It cannot be guessed, so a wrong one is not counted and a lock does not refuse a right
 * one: a stranger who fails on purpose does not keep out whoever has a passkey.
 * @param answer AuthenticationResponseJSON as text
 */
export async function verifyPasskey(
  services: Services,
  { pool, client }: ClientPlace,
  opening: Opening,
  user: User | null,
  answer: string,
): Promise<Verification> {
  const refused = { kind: "rejected", error: passkeyRefused() } as const;
  const given = parsedCredential(answer);
  const expected = expectedCeremony(pool, opening.secret ?? "");
  if (!expected) return refused;
  const id = claimedCredentialId(given);
  const credentials = user ? await usablePasskeys(services, pool, user) : [];
  const credential = credentials.find((one) => one.id === id);
  const result = await verifyAssertion(given, expected, {
    publicKey: credential?.publicKey ?? NOBODYS_KEY,
    backupEligible: credential?.backupEligible ?? false,
    userHandle: user ? userHandleOf(user) : "",
  });
  if (result.kind === "refused" || !credential || !user) return refused;
  const { signCount, userVerified } = result;
  if (wentBack(signCount, credential.signCount)) {
    services.logger.warn("The counter of a passkey went back: there may be a copy of it", {
      userPoolId: pool.id,
      clientId: client.id,
    });
    return refused;
  }
  return {
    kind: "proved",
    proof: userVerified ? "FIRST_WEB_AUTHN_WITH_USER_VERIFICATION" : "FIRST_WEB_AUTHN",
    async apply(repositories) {
      const current = await repositories.users.lock(user.key);
      if (!current) throw sessionInvalid();
      if (!(await repositories.webAuthnCredentials.advance(user.key, credential.id, signCount)))
        throw passkeyRefused();
      return current;
    },
  };
}
