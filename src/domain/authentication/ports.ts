import type { Instant } from "../../runtime/clock.ts";
import type { PoolKey } from "../user-pools/index.ts";
import type { UserKey } from "../users/index.ts";

/** Single use of challenge sessions, by the nonce sealed inside each; and wrong tries at codes that were only said to be sent. */
export interface UsedSessions {
  /** Records the nonce as used; false when it already is, so that two answers to one session cannot both win. */
  consume(nonce: string, expiresAt: Instant): Promise<boolean>;
  /** How often the session was answered wrongly, and whether it is used up. */
  find(nonce: string): Promise<{ consumed: boolean; wrongAnswers: number; expiresAt: Instant } | null>;
  /** Counts a wrong answer and returns how many there are now. */
  countWrongAnswer(nonce: string, expiresAt: Instant): Promise<number>;
  /** Wrong answers are counted anew, until a later time. */
  renew(nonce: string, expiresAt: Instant): Promise<void>;
}

/**
 * The ledger of failed sign-in attempts: one row per subject, shared by all flows and nodes. A subject is a user or a name that
 * no user has, so that unknown names lock like known ones.
 */
export interface SignInAttempts {
  /**
   * Counts one more failure before the proof is checked, unless the subject is locked. The count starts again
   * FORGET_FAILURES_AFTER_MS after the end of the last lock, if nothing was attempted meanwhile. The n-th failure locks for `lockMs(n)` ms; see attempt-limits.ts.
   * @returns false when locked: then nothing was counted
   */
  reserve(poolKey: PoolKey, subject: string, now: Instant): Promise<boolean>;
  /** How many failures stand under the subject; 0 for none. */
  failures(poolKey: PoolKey, subject: string): Promise<number>;
  /**
   * Counts one more failure under a subject that no schedule locks, and remembers it until then.
   * @returns false when there were `most` already: then nothing was counted
   */
  countUpTo(poolKey: PoolKey, subject: string, most: number, rememberedUntil: Instant): Promise<boolean>;
  /** Takes back the last reservation, with its lock: the proof was right but the sign-in is not complete yet. */
  refund(poolKey: PoolKey, subject: string): Promise<void>;
  /** The end of the lock that holds now; null when none does. */
  lockedUntil(poolKey: PoolKey, subject: string, now: Instant): Promise<Instant | null>;
  /** Forgets the failures: called after a success. */
  clear(poolKey: PoolKey, subject: string): Promise<void>;
}

/** A user's shared secret for time-based codes, sealed under the pool's data key. */
export interface SoftwareToken {
  readonly userKey: UserKey;
  /** In force: proven by a code once. Null while there is only a pending one. */
  readonly sealedSecret: Uint8Array | null;
  /** Associated but not proven yet; takes the place of the other when it is. */
  readonly sealedPending: Uint8Array | null;
  readonly friendlyName: string | null;
  /** The latest 30-second step whose code was accepted; that code and earlier ones are used up. */
  readonly lastStep: number;
}

export interface SoftwareTokens {
  find(userKey: UserKey): Promise<SoftwareToken | null>;
  /** Puts the token in place of an earlier one. */
  put(token: SoftwareToken): Promise<void>;
  /** Records the step as used; false when it or a later one was used before, so that a code works once. */
  useStep(userKey: UserKey, step: number): Promise<boolean>;
  remove(userKey: UserKey): Promise<void>;
}

/** A passkey: what is kept of a credential since its registration. */
export interface WebAuthnCredential {
  /** base64url; unique in a pool. */
  readonly id: string;
  readonly poolKey: PoolKey;
  readonly userKey: UserKey;
  /** It answers to no other relying party, should the pool change its own. */
  readonly relyingPartyId: string;
  /** COSE_Key */
  readonly publicKey: Uint8Array;
  /** The counter of the latest assertion; 0 for ever where the authenticator does not count. */
  readonly signCount: number;
  /** Whether the authenticator may copy the key to other devices: fixed when it was made. */
  readonly backupEligible: boolean;
  readonly friendlyName: string;
  /** `platform` or `cross-platform`, where the browser said. */
  readonly attachment: string | null;
  readonly transports: readonly string[];
  readonly createdAt: Instant;
}

/** A registration between StartWebAuthnRegistration and CompleteWebAuthnRegistration; one per user. */
export interface WebAuthnRegistration {
  readonly userKey: UserKey;
  readonly clientId: string;
  /** base64url */
  readonly challenge: string;
  readonly expiresAt: Instant;
}

export interface WebAuthnCredentials {
  /** False when a credential in the pool has this id. */
  insert(credential: WebAuthnCredential): Promise<boolean>;
  /** In the order of registration. */
  ofUser(userKey: UserKey): Promise<WebAuthnCredential[]>;
  /**
   * Records the counter of an assertion; false when it is not above the one before (both 0: the authenticator does not count), or
   * when the credential is gone.
   */
  advance(userKey: UserKey, id: string, signCount: number): Promise<boolean>;
  /** False when the user has no such credential. */
  remove(userKey: UserKey, id: string): Promise<boolean>;
  /** Puts the registration in place of an earlier one. */
  putRegistration(registration: WebAuthnRegistration): Promise<void>;
  findRegistration(userKey: UserKey): Promise<WebAuthnRegistration | null>;
  /** Ends the registration of this challenge; false when it has ended, so that one answer to it can win. */
  consumeRegistration(userKey: UserKey, challenge: string): Promise<boolean>;
}
