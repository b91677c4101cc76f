import {
  type RegisteredCredential,
  verifyRegistration,
  WEB_AUTHN_ALGORITHMS,
  type WebAuthnRefusal,
} from "../../crypto/web-authn.ts";
import { after, MINUTE } from "../../runtime/clock.ts";
import { clientValidity } from "../clients/index.ts";
import {
  invalidCredential,
  resourceLimitExceeded,
  type ServiceError,
  webAuthnChallengeNotFound,
  webAuthnClientMismatch,
  webAuthnConfigurationMissing,
  webAuthnCredentialNotFound,
  webAuthnCredentialNotSupported,
  webAuthnNotEnabled,
  webAuthnOriginNotAllowed,
  webAuthnRelyingPartyMismatch,
} from "../errors.ts";
import type { Services } from "../services.ts";
import { type UserPool, webAuthnSettings } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";
import { authenticatorName } from "./authenticator-names.ts";
import type { ClientPlace } from "./outcome.ts";
import { expectedCeremony, userHandleOf, WEB_AUTHN_CHALLENGE_BYTES } from "./web-authn-sign-in.ts";

const PASSKEYS_PER_USER = 20;
/** How long a browser waits for its user. */
const TIMEOUT_MS = MINUTE;

const tooManyPasskeys = () => resourceLimitExceeded("passkeys per user");

/** What the user reads in the list of an authenticator: a name that is theirs, not the UUID of a pool without usernames. */
function namesOf({ username, sub, attributes }: User): { name: string; displayName: string } {
  const { email, phone_number, name: fullName } = attributes;
  const name = username === sub ? (email ?? phone_number ?? username) : username;
  return { name, displayName: fullName ?? name };
}

/**
 * StartWebAuthnRegistration: the options for the browser, and a challenge that waits for its answer on whichever node that comes to.
 * @returns PublicKeyCredentialCreationOptionsJSON
 * @throws WebAuthnNotEnabledException, WebAuthnConfigurationMissingException, LimitExceededException
 */
export async function startRegistration(services: Services, { pool, client }: ClientPlace, user: User) {
  const { allowed, relyingPartyId, userVerification } = webAuthnSettings(pool);
  if (!allowed) throw webAuthnNotEnabled();
  if (relyingPartyId === null) throw webAuthnConfigurationMissing();
  const credentials = await services.store.webAuthnCredentials.ofUser(user.key);
  if (credentials.length >= PASSKEYS_PER_USER) throw tooManyPasskeys();
  const challenge = services.random.bytes(WEB_AUTHN_CHALLENGE_BYTES).toString("base64url");
  const registration = {
    userKey: user.key,
    clientId: client.id,
    challenge,
    expiresAt: after(services.clock.now(), clientValidity(client.settings).sessionMs),
  };
  await services.store.transaction(({ webAuthnCredentials }) =>
    webAuthnCredentials.putRegistration(registration),
  );
  return {
    rp: { id: relyingPartyId, name: relyingPartyId },
    user: { id: userHandleOf(user), ...namesOf(user) },
    challenge,
    pubKeyCredParams: WEB_AUTHN_ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
    timeout: TIMEOUT_MS,
    excludeCredentials: credentials.map(({ id }) => ({ id, type: "public-key" })),
    authenticatorSelection: { requireResidentKey: true, residentKey: "required", userVerification },
  };
}

const REFUSALS: Record<WebAuthnRefusal, () => ServiceError> = {
  malformed: invalidCredential,
  type: invalidCredential,
  challenge: webAuthnChallengeNotFound,
  origin: webAuthnOriginNotAllowed,
  "relying-party": webAuthnRelyingPartyMismatch,
  "user-presence": webAuthnCredentialNotSupported,
  "user-verification": webAuthnCredentialNotSupported,
  algorithm: webAuthnCredentialNotSupported,
  attestation: webAuthnCredentialNotSupported,
  credential: invalidCredential,
  signature: invalidCredential,
};

/**
 * CompleteWebAuthnRegistration: the browser's answer becomes a passkey of the user, once.
 * @param credential RegistrationResponseJSON
 * @throws WebAuthnNotEnabledException, WebAuthnChallengeNotFoundException, WebAuthnClientMismatchException,
 * WebAuthnOriginNotAllowedException, WebAuthnRelyingPartyMismatchException, WebAuthnCredentialNotSupportedException,
 * InvalidParameterException, LimitExceededException
 */
export async function completeRegistration(
  services: Services,
  { pool, client }: ClientPlace,
  user: User,
  credential: unknown,
): Promise<void> {
  if (!webAuthnSettings(pool).allowed) throw webAuthnNotEnabled();
  const pending = await services.store.webAuthnCredentials.findRegistration(user.key);
  if (!pending || pending.expiresAt <= services.clock.now()) throw webAuthnChallengeNotFound();
  if (pending.clientId !== client.id) throw webAuthnClientMismatch();
  const expected = expectedCeremony(pool, pending.challenge);
  if (!expected) throw webAuthnRelyingPartyMismatch();
  const result = await verifyRegistration(credential, expected);
  if (result.kind === "refused") throw REFUSALS[result.reason]();
  await keep(services, pool, user, pending.challenge, expected.relyingPartyId, result);
}

/** Of several right answers to one challenge the first one wins. */
async function keep(
  services: Services,
  pool: UserPool,
  user: User,
  challenge: string,
  relyingPartyId: string,
  registered: RegisteredCredential,
): Promise<void> {
  const { id, publicKey, signCount, backupEligible, aaguid, attachment, transports } = registered;
  await services.store.transaction(async ({ users, webAuthnCredentials }) => {
    const current = await users.lock(user.key);
    if (!current || !(await webAuthnCredentials.consumeRegistration(user.key, challenge)))
      throw webAuthnChallengeNotFound();
    if ((await webAuthnCredentials.ofUser(user.key)).length >= PASSKEYS_PER_USER) throw tooManyPasskeys();
    const inserted = await webAuthnCredentials.insert({
      id,
      poolKey: pool.key,
      userKey: user.key,
      relyingPartyId,
      publicKey,
      signCount,
      backupEligible,
      friendlyName: authenticatorName(aaguid),
      attachment,
      transports,
      createdAt: services.clock.now(),
    });
    if (!inserted) throw invalidCredential();
  });
}

/** DeleteWebAuthnCredential. @throws ResourceNotFoundException */
export async function deleteCredential(services: Services, user: User, id: string): Promise<void> {
  const removed = await services.store.transaction(({ webAuthnCredentials }) =>
    webAuthnCredentials.remove(user.key, id),
  );
  if (!removed) throw webAuthnCredentialNotFound();
}
