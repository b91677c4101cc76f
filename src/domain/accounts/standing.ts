import { userDoesNotExist } from "../errors.ts";
import type { Services } from "../services.ts";
import type { User } from "../users/index.ts";

type StandingServices = Pick<Services, "store" | "clock">;

/** AdminEnableUser and AdminDisableUser; disabling also ends every session of the user for good. */
export async function setEnabled(
  services: StandingServices,
  user: User,
  standing: "enabled" | "disabled",
): Promise<void> {
  await services.store.transaction(async (repositories) => {
    const current = await repositories.users.lock(user.key);
    if (!current) throw userDoesNotExist();
    const now = services.clock.now();
    await repositories.users.save({ ...current, enabled: standing === "enabled", modifiedAt: now });
    if (standing === "disabled") await repositories.refreshSessions.revokeAllOfUser(user.key, now);
  });
}

/** DeleteUser and AdminDeleteUser: the user goes with everything that belongs to it; the name is free at once. */
export async function deleteUser(services: StandingServices, user: User): Promise<void> {
  const removed = await services.store.transaction((repositories) => repositories.users.remove(user.key));
  if (!removed) throw userDoesNotExist();
}

/** GlobalSignOut and AdminUserGlobalSignOut: refresh and access tokens of all sessions stop working here. */
export async function signOutEverywhere(services: StandingServices, user: User): Promise<void> {
  await services.store.transaction(async ({ users, refreshSessions }) => {
    // A sign-in that is just being completed holds this lock: its session is there to be ended, or begins after this.
    await users.lock(user.key);
    await refreshSessions.revokeAllOfUser(user.key, services.clock.now());
  });
}
