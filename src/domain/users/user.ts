import type { UserStatusType } from "../../api/generated/shapes.ts";
import type { Instant } from "../../runtime/clock.ts";
import type { PoolKey } from "../user-pools/index.ts";

/** Row key of a user; stays the same for life, unlike user names, and is never used again after deletion. */
export type UserKey = number & { readonly __brand: "UserKey" };

/** No user's key: what is looked up for a name that no user has, so that the database is asked as often as for one. */
export const NOBODY = 0 as UserKey;

export type UserStatus = UserStatusType;

/** A second factor as UserMFASettingList and PreferredMfaSetting name it. */
export type MfaFactor = "SMS_MFA" | "EMAIL_OTP" | "SOFTWARE_TOKEN_MFA";

export interface UserMfa {
  readonly enabled: readonly MfaFactor[];
  readonly preferred: MfaFactor | null;
  /** Set where MFA by SMS was turned on by the older SetUserSettings: shown as MFAOptions. */
  readonly smsOption?: boolean;
}

export interface User {
  readonly key: UserKey;
  readonly poolKey: PoolKey;
  /** Lower-case UUID text, not of version 4. */
  readonly sub: string;
  /** As given at creation; the sub in pools whose users sign in with an address. */
  readonly username: string;
  readonly status: UserStatus;
  readonly enabled: boolean;
  /** All attributes but sub, by wire name; values are strings as on the wire. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly mfa: UserMfa;
  readonly createdAt: Instant;
  readonly modifiedAt: Instant;
}

/** The attributes a person can sign in with beside the username. */
export type AliasName = "email" | "phone_number" | "preferred_username";
