import { digestsEqual, type KeyEncryptionKey } from "../../crypto/encryption-at-rest.ts";
import { after, type Clock, HOUR, MINUTE } from "../../runtime/clock.ts";
import { type Random, randomText } from "../../runtime/random.ts";
import type { Turns } from "../../runtime/turns.ts";
import { type Client, clientValidity } from "../clients/index.ts";
import { rateExceeded, verificationCodeExpired, verificationCodeMismatch } from "../errors.ts";
import {
  type Destination,
  imaginedAddressee,
  type MessageKind,
  type MessageServices,
  type SendMessage,
} from "../messages/index.ts";
import type { Services } from "../services.ts";
import type { Repositories, Store } from "../store.ts";
import type { UserPool } from "../user-pools/index.ts";
import { comparable, pretendToDecode, type User } from "../users/index.ts";
import type { CodePurpose, StoredCode } from "./ports.ts";

const DIGITS = 6;
/** A code dies after this many wrong tries: the chance to guess one is 5 in a million. */
const WRONG_TRIES = 5;

const VALIDITY_MS: Record<CodePurpose, number> = {
  "confirm-sign-up": 24 * HOUR,
  "reset-password": HOUR,
  "verify-email": 24 * HOUR,
  "verify-phone_number": 24 * HOUR,
};

/** In a hardened pool no code lives longer: NIST SP 800-63B, 5.1.3.2. */
const HARDENED_VALIDITY_MS = 10 * MINUTE;

const validityMs = ({ profileOf }: Pick<CodeServices, "profileOf">, pool: UserPool, purpose: CodePurpose) =>
  profileOf(pool) === "hardened"
    ? Math.min(VALIDITY_MS[purpose], HARDENED_VALIDITY_MS)
    : VALIDITY_MS[purpose];

/** How long a session lives that carries a code, or a challenge in its place: as the client says. */
export const codeSessionMs = (
  { profileOf }: Pick<CodeServices, "profileOf">,
  pool: UserPool,
  { settings }: Pick<Client, "settings">,
): number => {
  const { sessionMs } = clientValidity(settings);
  return profileOf(pool) === "hardened" ? Math.min(sessionMs, HARDENED_VALIDITY_MS) : sessionMs;
};

export interface CodeServices extends MessageServices {
  readonly random: Random;
  readonly clock: Clock;
  readonly keyEncryptionKey: KeyEncryptionKey;
  readonly profileOf: Services["profileOf"];
}

export const verificationPurpose = (attribute: "email" | "phone_number"): CodePurpose =>
  `verify-${attribute}`;

export const randomCode = (random: Random, digits: number = DIGITS): string =>
  randomText(random, digits, "0123456789");

function digestOf(
  services: CodeServices,
  pool: UserPool,
  user: User,
  purpose: CodePurpose,
  code: string,
): Uint8Array {
  return services.keyEncryptionKey
    .dataKey(pool.id, pool.wrappedDataKey)
    .mac("verification-code", purpose, String(user.key), code);
}

/** What a code is sent for, how its message reads and where it goes. */
export interface CodeRequest {
  readonly purpose: CodePurpose;
  readonly kind: MessageKind;
  readonly destination: Destination;
}

/** Makes a code, stores its HMAC in place of an earlier one, and sends the message that carries it. */
export async function sendCode(
  services: CodeServices,
  { codes }: Pick<Repositories, "codes">,
  send: SendMessage,
  pool: UserPool,
  user: User,
  { purpose, kind, destination }: CodeRequest,
): Promise<void> {
  const code = randomCode(services.random);
  await codes.put({
    userKey: user.key,
    purpose,
    digest: digestOf(services, pool, user, purpose, code),
    attribute: destination.attribute,
    target: destination.address,
    wrongTries: 0,
    expiresAt: after(services.clock.now(), validityMs(services, pool, purpose)),
  });
  await send(user, { kind, destination, code });
}

/**
 * Checks a code before the transaction that uses it up. A try is counted first and then looked at, so that guesses sent at once, to
 * whichever nodes, are no more than five; a right one is taken back.
 * @returns the digest to consume
 * @throws CodeMismatchException, ExpiredCodeException, TooManyRequestsException
 */
export async function checkCode(
  services: CodeServices & { readonly store: Store; readonly proofTurns: Turns },
  pool: UserPool,
  user: User,
  purpose: CodePurpose,
  code: string,
): Promise<Uint8Array> {
  const checked = await services.proofTurns.take(`code|${user.key}|${purpose}`, async () => {
    const { codes } = services.store;
    const found = await codes.find(user.key, purpose);
    if (!found || found.expiresAt <= services.clock.now()) throw verificationCodeExpired();
    const stored = await codes.reserveTry(user.key, purpose, WRONG_TRIES);
    if (!stored) throw verificationCodeExpired();
    const digest = digestOf(services, pool, user, purpose, code);
    if (!digestsEqual(digest, Buffer.from(stored.digest))) throw verificationCodeMismatch();
    await codes.refundTry(user.key, purpose, digest);
    return { digest };
  });
  if (!checked) throw rateExceeded();
  return checked.digest;
}

/**
 * Uses the code up, in the transaction of its effect: of several equal answers one wins.
 * @throws ExpiredCodeException when another answer was first, or time is up
 */
export async function consumeCode(
  services: Pick<CodeServices, "clock">,
  repositories: Pick<Repositories, "codes">,
  user: User,
  purpose: CodePurpose,
  digest: Uint8Array,
): Promise<StoredCode> {
  const code = await repositories.codes.consume(user.key, purpose, digest);
  if (!code || code.expiresAt <= services.clock.now()) throw verificationCodeExpired();
  return code;
}

/** Under which wrong tries at a code count that was only said to be sent. */
const imaginedCode = (services: CodeServices, pool: UserPool, name: string, purpose: CodePurpose): string =>
  services.keyEncryptionKey
    .dataKey(pool.id, pool.wrappedDataKey)
    .mac("unknown-user", "code", purpose, comparable(pool, name))
    .toString("base64url");

/** The work of sendCode for a name that no user has. From now on wrong tries are answered as if there were a code. */
export async function pretendToSendCode(
  services: CodeServices,
  { usedSessions }: Pick<Repositories, "usedSessions">,
  send: SendMessage,
  pool: UserPool,
  name: string,
  { purpose, kind, destination }: CodeRequest,
): Promise<void> {
  const code = randomCode(services.random);
  const expiresAt = after(services.clock.now(), validityMs(services, pool, purpose));
  await usedSessions.renew(imaginedCode(services, pool, name, purpose), expiresAt);
  await send(imaginedAddressee(name), { kind, destination, code });
}

/**
 * How a code is refused where none was sent: as checkCode refuses a wrong one, if it was said that one was sent.
 * @throws CodeMismatchException, ExpiredCodeException, TooManyRequestsException
 */
export async function refuseImaginedCode(
  services: CodeServices & { readonly store: Store; readonly proofTurns: Turns },
  pool: UserPool,
  name: string,
  purpose: CodePurpose,
): Promise<never> {
  const nonce = imaginedCode(services, pool, name, purpose);
  await services.proofTurns.take(`code|${nonce}`, async () => {
    const { usedSessions } = services.store;
    const imagined = await usedSessions.find(nonce);
    if (!imagined || imagined.expiresAt <= services.clock.now()) throw verificationCodeExpired();
    const tries = await usedSessions.countWrongAnswer(nonce, imagined.expiresAt);
    // A code has more to decode, and is read twice.
    pretendToDecode();
    pretendToDecode();
    throw tries > WRONG_TRIES ? verificationCodeExpired() : verificationCodeMismatch();
  });
  throw rateExceeded();
}
