import { type Device, isDeviceKey } from "../devices/index.ts";
import { deviceDoesNotExist } from "../errors.ts";
import type { Repositories } from "../store.ts";
import { deviceTracking, type UserPool } from "../user-pools/index.ts";
import type { User, UserKey } from "../users/index.ts";
import type { ClaimedDevice, Progress } from "./sign-in.ts";

/** The device that a client says to be, by DEVICE_KEY. */
export interface DeviceClaim {
  readonly key: string | undefined;
  /** What comes of a key that is none of the user's: the sign-in goes on as from a new device, or it is refused. */
  readonly unknown: "new-device" | "refused";
}

/** DEVICE_KEY among AuthParameters. */
export const claimAtStart = (key: string | undefined): DeviceClaim => ({ key, unknown: "new-device" });

/**
 * DEVICE_KEY among the ChallengeResponses that prove a password. Clients are told of an unknown one: they drop the device they have
 * stored and answer again without it.
 */
export function claimInAnswer(responses: Readonly<Record<string, string>>): DeviceClaim | null {
  return responses.DEVICE_KEY ? { key: responses.DEVICE_KEY, unknown: "refused" } : null;
}

type DeviceStore = Pick<Repositories, "devices">;

/**
 * The user's device that a claim is of; null without a claim, and where the pool tracks no devices.
 * @throws ResourceNotFoundException `Device does not exist.`
 */
export async function deviceOfClaim(
  { devices }: DeviceStore,
  pool: UserPool,
  userKey: UserKey,
  { key, unknown }: DeviceClaim,
): Promise<Device | null> {
  if (!key || !deviceTracking(pool)) return null;
  const device = isDeviceKey(key) ? await devices.find(userKey, key) : null;
  if (!device && unknown === "refused") throw deviceDoesNotExist();
  return device;
}

/** What the progression of a sign-in starts with. */
export const asClaimed = (device: Device | null): ClaimedDevice | null =>
  device && { key: device.deviceKey, publicA: null };

/**
 * The claimed device of a sign-in under way, as it is now.
 * @throws ResourceNotFoundException when it was forgotten since
 */
export async function claimedDevice(
  store: DeviceStore,
  pool: UserPool,
  user: User,
  { device }: Progress,
): Promise<Device | null> {
  if (!device || !deviceTracking(pool)) return null;
  const known = await store.devices.find(user.key, device.key);
  if (!known) throw deviceDoesNotExist();
  return known;
}

/** A device challenge is answered by the device it was given to. @throws ResourceNotFoundException */
export function requireClaimed(progress: Progress, deviceKey: string): ClaimedDevice {
  if (!progress.device || progress.device.key !== deviceKey) throw deviceDoesNotExist();
  return progress.device;
}
