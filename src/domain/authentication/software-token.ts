import { matchingStep, toBase32 } from "../../crypto/totp.ts";
import { after } from "../../runtime/clock.ts";
import { clientValidity } from "../clients/index.ts";
import {
  sessionExpired,
  sessionInvalid,
  sessionUsed,
  softwareTokenNotOffered,
  softwareTokenNotVerified,
  userDoesNotExist,
  userNotConfirmed,
} from "../errors.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import { poolFactors, type UserPool } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";
import { openSession, sealSession } from "./challenge-session.ts";
import type { ClientPlace } from "./outcome.ts";
import { requireSamePasswordSince } from "./proved-password.ts";
import type { SignIn } from "./sign-in.ts";

const SECRET_BYTES = 32;

const place = (user: Pick<User, "key">): string => `software_token|${user.key}`;
const dataKey = (services: Pick<Services, "keyEncryptionKey">, pool: UserPool) =>
  services.keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey);

/**
 * A new secret for the user, in place of one that was not verified; a verified one stays in force until the new one is verified.
 * @returns the secret in base 32, 52 characters
 * @throws SoftwareTokenMFANotFoundException where the pool has no software tokens
 */
async function newSecret(services: Services, pool: UserPool, user: User): Promise<string> {
  if (!poolFactors(pool).SOFTWARE_TOKEN_MFA) throw softwareTokenNotOffered();
  const secret = services.random.bytes(SECRET_BYTES);
  const sealedPending = dataKey(services, pool).seal("software-token", place(user), secret);
  await services.store.transaction(async (repositories) => {
    const current = await repositories.softwareTokens.find(user.key);
    await repositories.softwareTokens.put({
      userKey: user.key,
      sealedSecret: null,
      friendlyName: null,
      lastStep: 0,
      ...current,
      sealedPending,
    });
  });
  return toBase32(secret);
}

/** The step whose code this is now, for a sealed secret of the user; null when it is none. */
export function stepOfCode(
  services: Pick<Services, "keyEncryptionKey" | "clock">,
  pool: UserPool,
  user: Pick<User, "key">,
  sealedSecret: Uint8Array,
  code: string,
): number | null {
  const secret = dataKey(services, pool).open("software-token", place(user), sealedSecret);
  return matchingStep(secret, code, services.clock.now());
}

/** What VerifySoftwareToken is given. */
export interface SoftwareTokenProof {
  readonly code: string;
  readonly friendlyName: string | null;
}

/** A pending secret with the step whose code proved it. */
interface ProvenSecret {
  readonly sealed: Uint8Array;
  readonly step: number;
}

/** @throws EnableSoftwareTokenMFAException when the code is not one of the pending secret */
async function provenSecret(
  services: Services,
  pool: UserPool,
  user: User,
  code: string,
): Promise<ProvenSecret> {
  const sealed = (await services.store.softwareTokens.find(user.key))?.sealedPending;
  const step = sealed ? stepOfCode(services, pool, user, sealed, code) : null;
  if (!sealed || step === null) throw softwareTokenNotVerified();
  return { sealed, step };
}

/** The proven secret comes into force, unless it was replaced meanwhile; its code is used up. */
async function bringIntoForce(
  repositories: Repositories,
  user: User,
  { sealed, step }: ProvenSecret,
  friendlyName: string | null,
): Promise<User> {
  const current = await repositories.users.lock(user.key);
  const pending = (await repositories.softwareTokens.find(user.key))?.sealedPending;
  if (!current || !pending || Buffer.compare(pending, sealed) !== 0) throw softwareTokenNotVerified();
  await repositories.softwareTokens.put({
    userKey: user.key,
    sealedSecret: sealed,
    sealedPending: null,
    friendlyName,
    lastStep: step,
  });
  return current;
}

/** AssociateSoftwareToken with an access token. */
export const associateForUser = newSecret;

/**
 * VerifySoftwareToken with an access token: in a pool that requires MFA the token becomes an active factor at once; elsewhere the
 * user's preference decides.
 */
export async function verifyForUser(
  services: Services,
  pool: UserPool,
  user: User,
  { code, friendlyName }: SoftwareTokenProof,
): Promise<void> {
  const proven = await provenSecret(services, pool, user, code);
  await services.store.transaction(async (repositories) => {
    const current = await bringIntoForce(repositories, user, proven, friendlyName);
    if (pool.settings.MfaConfiguration === "ON" && !current.mfa.enabled.includes("SOFTWARE_TOKEN_MFA"))
      await repositories.users.save({
        ...current,
        mfa: { ...current.mfa, enabled: [...current.mfa.enabled, "SOFTWARE_TOKEN_MFA"] },
      });
  });
}

/**
 * AdminDeleteSoftwareToken: the secret is gone, verified or not, and codes of it are worth nothing from now on, also in a sign-in
 * under way. Succeeds for a user without one.
 * @throws UserNotConfirmedException
 */
export async function deleteSoftwareToken(
  services: Pick<Services, "store" | "clock">,
  user: User,
): Promise<void> {
  await services.store.transaction(async ({ users, softwareTokens }) => {
    const current = await users.lock(user.key);
    if (!current) throw userDoesNotExist();
    if (current.status === "UNCONFIRMED") throw userNotConfirmed();
    await softwareTokens.remove(user.key);
    const { enabled, preferred, ...rest } = current.mfa;
    const mfa = {
      ...rest,
      enabled: enabled.filter((factor) => factor !== "SOFTWARE_TOKEN_MFA"),
      preferred: preferred === "SOFTWARE_TOKEN_MFA" ? null : preferred,
    };
    await users.save({ ...current, mfa, modifiedAt: services.clock.now() });
  });
}

/** The sign-in under an MFA_SETUP session. @throws NotAuthorizedException */
async function openSetUp(services: Services, { pool, client }: ClientPlace, session: string) {
  const signIn = openSession(services.keyEncryptionKey, pool, client, session);
  if (signIn.stage !== "under-way" || signIn.challenge !== "MFA_SETUP") throw sessionInvalid();
  if ((await services.store.usedSessions.find(signIn.nonce))?.consumed) throw sessionUsed();
  if (signIn.expiresAt <= services.clock.now()) throw sessionExpired();
  const user = await services.store.users.byKey(signIn.userKey);
  if (!user?.enabled) throw sessionInvalid();
  return { signIn, user };
}

function nextSession(services: Services, { pool, client }: ClientPlace, signIn: SignIn): string {
  return sealSession(services.keyEncryptionKey, pool, client, {
    ...signIn,
    nonce: services.identifiers.uuid(),
    expiresAt: after(services.clock.now(), clientValidity(client.settings).sessionMs),
  });
}

/** AssociateSoftwareToken inside a sign-in. */
export async function associateInSignIn(services: Services, signInPlace: ClientPlace, session: string) {
  const { signIn, user } = await openSetUp(services, signInPlace, session);
  const secretCode = await newSecret(services, signInPlace.pool, user);
  return { secretCode, session: nextSession(services, signInPlace, signIn) };
}

/** VerifySoftwareToken inside a sign-in: the new session is the answer to MFA_SETUP. */
export async function verifyInSignIn(
  services: Services,
  signInPlace: ClientPlace,
  session: string,
  { code, friendlyName }: SoftwareTokenProof,
): Promise<string> {
  const { signIn, user } = await openSetUp(services, signInPlace, session);
  const proven = await provenSecret(services, signInPlace.pool, user, code);
  await services.store.transaction(async (repositories) => {
    if (!(await repositories.usedSessions.consume(signIn.nonce, signIn.expiresAt))) throw sessionUsed();
    await requireSamePasswordSince(repositories, user.key, signIn);
    await bringIntoForce(repositories, user, proven, friendlyName);
  });
  return nextSession(services, signInPlace, { ...signIn, factorSetUp: "SOFTWARE_TOKEN_MFA" });
}
