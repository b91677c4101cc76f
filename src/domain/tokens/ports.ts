import type { Instant } from "../../runtime/clock.ts";
import type { PoolKey } from "../user-pools/index.ts";
import type { User, UserKey } from "../users/index.ts";

/**
 * What became of the device that a sign-in is tied to: `new` until ConfirmDevice, `confirmed` while it is one of the user's devices,
 * `forgotten` for good.
 */
export type SessionDeviceState = "new" | "confirmed" | "forgotten";

export interface SessionDevice {
  readonly key: string;
  readonly state: SessionDeviceState;
}

/** When and from where a tracked session was used last. */
export interface SessionActivity {
  readonly lastActiveAt: Instant;
  /** What ran where, or `unknown`. */
  readonly deviceType: string;
  readonly lastIp: string | null;
}

/** What users and administrators see of a session. */
export interface TrackedSession extends SessionActivity {
  /** `tkn` and 25 letters and digits. */
  readonly sessionId: string;
}

/** One sign-in and the refresh token that stands for it: a row each. Ends by expiry or revocation. */
export interface RefreshSession {
  /** The sign-in's event id (UUID): claim `event_id` of its tokens. */
  readonly id: string;
  /** Claim `origin_jti` of its tokens (UUID). */
  readonly originJti: string;
  readonly poolKey: PoolKey;
  readonly userKey: UserKey;
  readonly clientId: string;
  readonly signedInAt: Instant;
  readonly expiresAt: Instant;
  readonly revokedAt: Instant | null;
  /** Which refresh token of the family is the current one; counts rotations from 0. */
  readonly counter: number;
  /** When the current token replaced the one before; null before the first rotation. */
  readonly rotatedAt: Instant | null;
  /** Null where the pool tracked no devices at sign-in. */
  readonly device: SessionDevice | null;
  /** Absent where the pool did not track sessions at sign-in. */
  readonly tracked?: TrackedSession;
}

export interface RefreshSessions {
  insert(session: RefreshSession): Promise<void>;
  /** The session with its user in one read; null when either is gone. */
  findWithUser(id: string): Promise<{ session: RefreshSession; user: User } | null>;
  /** The user's tracked sessions that are neither revoked nor expired, the most recently used one first. */
  trackedOfUser(
    userKey: UserKey,
    now: Instant,
  ): Promise<(RefreshSession & { readonly tracked: TrackedSession })[]>;
  /** Of a tracked session. */
  noteActivity(id: string, activity: SessionActivity): Promise<void>;
  /** Idempotent: an earlier revocation's time stays. */
  revoke(id: string, at: Instant): Promise<void>;
  revokeAllOfUser(userKey: UserKey, at: Instant): Promise<void>;
  /** Moves the counter from `from` to `from + 1`; false when it is not at `from` any more or the session is revoked. */
  rotate(id: string, from: number, at: Instant): Promise<boolean>;
  /** Makes the new device of one of the user's sign-ins a confirmed one; false when no sign-in gave this key, or not any more. */
  confirmDevice(userKey: UserKey, deviceKey: string): Promise<boolean>;
  /** Unties every sign-in of the user from the device: none is refreshed or confirms the device again. */
  forgetDevice(userKey: UserKey, deviceKey: string): Promise<void>;
}
