import type { Instant } from "../../runtime/clock.ts";
import type { UserKey } from "../users/index.ts";
import type { Device, DeviceStatus } from "./device.ts";

/** A device seen again at a completed sign-in. */
export interface DeviceSighting {
  readonly at: Instant;
  readonly ip: string | null;
}

export interface Devices {
  /** False when the user has a device of this key. */
  insert(device: Device): Promise<boolean>;
  /** Only among this user's devices. */
  find(userKey: UserKey, deviceKey: string): Promise<Device | null>;
  /** In the order they were confirmed. */
  list(
    userKey: UserKey,
    page: { readonly afterKey: number | null; readonly limit: number },
  ): Promise<Device[]>;
  /** False when the user has no such device. */
  setStatus(userKey: UserKey, deviceKey: string, status: DeviceStatus, at: Instant): Promise<boolean>;
  seen(userKey: UserKey, deviceKey: string, sighting: DeviceSighting): Promise<void>;
  /** False when the user has no such device. */
  remove(userKey: UserKey, deviceKey: string): Promise<boolean>;
}
