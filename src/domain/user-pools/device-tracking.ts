import type { UserPool } from "./user-pool.ts";

/** How a pool remembers the devices of its users. */
export interface DeviceTracking {
  /** When a confirmed device counts as remembered: at once, or when its user says so. */
  readonly remembers: "always" | "on-prompt";
  /** Whether the proof of a remembered device takes the place of the second factor. */
  readonly replacesSecondFactor: boolean;
}

/** Null for a pool that tracks no devices; a DeviceConfiguration with nothing in it tracks them. */
export function deviceTracking(pool: Pick<UserPool, "settings">): DeviceTracking | null {
  const configuration = pool.settings.DeviceConfiguration;
  if (!configuration) return null;
  return {
    remembers: configuration.DeviceOnlyRememberedOnUserPrompt ? "on-prompt" : "always",
    replacesSecondFactor: configuration.ChallengeRequiredOnNewDevice ?? false,
  };
}
