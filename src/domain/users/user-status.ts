import type { UserStatus } from "./user.ts";

/** What can happen to a user's standing. Sign-in and deletion do not change it; neither do enabling and disabling. */
export type UserEvent =
  | "sign-up-confirmed"
  | "new-password-set"
  | "permanent-password-set"
  | "temporary-password-set"
  | "password-reset-by-administrator"
  | "password-reset-confirmed";

type Transitions = Readonly<Partial<Record<UserEvent, UserStatus>>>;

/** An administrator's password works from every status. */
const ADMINISTRATOR_SETS: Transitions = {
  "permanent-password-set": "CONFIRMED",
  "temporary-password-set": "FORCE_CHANGE_PASSWORD",
};

/**
 * The whole status machine. An event that a row does not name is not accepted in that status.
 * ARCHIVED, COMPROMISED and UNKNOWN are in the API's enumeration but no operation produces them.
 */
export const USER_STATUS_TRANSITIONS: Readonly<Record<UserStatus, Transitions>> = {
  UNCONFIRMED: {
    ...ADMINISTRATOR_SETS,
    "sign-up-confirmed": "CONFIRMED",
    // Possible only when an administrator verified the address before the person confirmed the account.
    "password-reset-confirmed": "CONFIRMED",
  },
  CONFIRMED: {
    ...ADMINISTRATOR_SETS,
    "password-reset-by-administrator": "RESET_REQUIRED",
    "password-reset-confirmed": "CONFIRMED",
  },
  FORCE_CHANGE_PASSWORD: { ...ADMINISTRATOR_SETS, "new-password-set": "CONFIRMED" },
  RESET_REQUIRED: {
    ...ADMINISTRATOR_SETS,
    "password-reset-by-administrator": "RESET_REQUIRED",
    "password-reset-confirmed": "CONFIRMED",
  },
  EXTERNAL_PROVIDER: ADMINISTRATOR_SETS,
  ARCHIVED: {},
  COMPROMISED: {},
  UNKNOWN: {},
};

/** The status after the event; null when the event is not accepted in this status. */
export function nextUserStatus(status: UserStatus, event: UserEvent): UserStatus | null {
  return USER_STATUS_TRANSITIONS[status][event] ?? null;
}
