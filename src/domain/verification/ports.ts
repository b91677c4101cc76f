import type { Instant } from "../../runtime/clock.ts";
import type { PoolKey } from "../user-pools/index.ts";
import type { UserKey } from "../users/index.ts";

/** Attempts per subject and hour, for codes and password changes. */
export interface AttemptCounts {
  /** Counts one attempt in the window that starts at `windowStart` and returns how many there are in it now. */
  count(poolKey: PoolKey, subject: string, kind: string, windowStart: Instant): Promise<number>;
}

export type CodePurpose = "confirm-sign-up" | "reset-password" | "verify-email" | "verify-phone_number";

/** A code that was sent; only its HMAC is kept. One per user and purpose: a new one replaces the old. */
export interface StoredCode {
  readonly userKey: UserKey;
  readonly purpose: CodePurpose;
  readonly digest: Uint8Array;
  /** The attribute whose value got the code; proven when it comes back. */
  readonly attribute: "email" | "phone_number";
  /** The value it was sent to; becomes the attribute's value where the pool keeps the old one until proven. */
  readonly target: string;
  readonly wrongTries: number;
  readonly expiresAt: Instant;
}

export interface VerificationCodes {
  put(code: StoredCode): Promise<void>;
  find(userKey: UserKey, purpose: CodePurpose): Promise<StoredCode | null>;
  /** Removes and returns the code if the digest is right; null when it is not, so that one answer wins. */
  consume(userKey: UserKey, purpose: CodePurpose, digest: Uint8Array): Promise<StoredCode | null>;
  /** Counts a try as wrong before it is looked at, and returns the code to look at; null when there was none or `limit` is reached. */
  reserveTry(userKey: UserKey, purpose: CodePurpose, limit: number): Promise<StoredCode | null>;
  /** Takes the count of a right try back, if the code is still this one. */
  refundTry(userKey: UserKey, purpose: CodePurpose, digest: Uint8Array): Promise<void>;
  remove(userKey: UserKey, purpose: CodePurpose): Promise<void>;
}
