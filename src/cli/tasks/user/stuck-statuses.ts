/** Statuses that a user does not leave by signing in with a password of their own. */
export const STUCK_STATUSES = ["FORCE_CHANGE_PASSWORD", "RESET_REQUIRED", "UNCONFIRMED"] as const;
export type StuckStatus = (typeof STUCK_STATUSES)[number];
