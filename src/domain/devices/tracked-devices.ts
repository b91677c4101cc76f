import type { ConfirmDeviceRequest } from "../../api/generated/shapes.ts";
import {
  deviceDoesNotExist,
  deviceKeyExists,
  deviceKeyInvalid,
  deviceTrackingOff,
  userDoesNotExist,
} from "../errors.ts";
import type { Services } from "../services.ts";
import { type DeviceTracking, deviceTracking, type UserPool } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";
import { type Device, type DeviceStatus, deviceGroupKey } from "./device.ts";
import { parseDeviceSecret, sealDeviceSecret } from "./device-secret.ts";

/** Whose devices: a user in a pool. */
export interface DeviceOwner {
  readonly pool: UserPool;
  readonly user: User;
}

function requireTracking(pool: UserPool): DeviceTracking {
  const tracking = deviceTracking(pool);
  if (!tracking) throw deviceTrackingOff(pool.id);
  return tracking;
}

/** @throws InvalidUserPoolConfigurationException, ResourceNotFoundException `Device does not exist.` */
export async function requireDevice(
  services: Pick<Services, "store">,
  { pool, user }: DeviceOwner,
  deviceKey: string,
): Promise<Device> {
  requireTracking(pool);
  const device = await services.store.devices.find(user.key, deviceKey);
  if (!device) throw deviceDoesNotExist();
  return device;
}

/** A page of the user's devices, in the order they were confirmed. @throws InvalidUserPoolConfigurationException */
export async function devicesOf(
  services: Pick<Services, "store">,
  { pool, user }: DeviceOwner,
  page: { readonly afterKey: number | null; readonly limit: number },
): Promise<Device[]> {
  requireTracking(pool);
  return services.store.devices.list(user.key, page);
}

/**
 * ConfirmDevice: the key that a sign-in of this user was given becomes a device of the user, with the secret that proves it.
 * @returns whether the user has yet to say that the device shall be remembered
 * @throws InvalidUserPoolConfigurationException, InvalidParameterException, DeviceKeyExistsException
 */
export async function confirmDevice(
  services: Pick<Services, "store" | "clock" | "identifiers" | "keyEncryptionKey">,
  { pool, user }: DeviceOwner,
  input: Omit<ConfirmDeviceRequest, "AccessToken">,
  ip: string | null,
): Promise<{ readonly userDecides: boolean }> {
  const { remembers } = requireTracking(pool);
  const { DeviceKey: deviceKey, DeviceName: name } = input;
  const secret = parseDeviceSecret(input.DeviceSecretVerifierConfig);
  const now = services.clock.now();
  const owner = { userKey: user.key, deviceKey };
  const device: Omit<Device, "key"> = {
    ...owner,
    groupKey: deviceGroupKey(services, pool),
    name: name ?? null,
    status: remembers === "always" ? "remembered" : "not_remembered",
    sealedSecret: sealDeviceSecret(services, pool, owner, secret),
    lastIp: ip,
    createdAt: now,
    modifiedAt: now,
    lastAuthenticatedAt: now,
  };
  await services.store.transaction(async (repositories) => {
    if (!(await repositories.users.lock(user.key))) throw userDoesNotExist();
    if (await repositories.devices.find(user.key, deviceKey)) throw deviceKeyExists();
    if (!(await repositories.refreshSessions.confirmDevice(user.key, deviceKey))) throw deviceKeyInvalid();
    if (!(await repositories.devices.insert({ ...device, key: services.identifiers.key() })))
      throw deviceKeyExists();
  });
  return { userDecides: remembers === "on-prompt" };
}

/**
 * UpdateDeviceStatus: a device that is not remembered is known, and replaces no second factor.
 * @throws InvalidUserPoolConfigurationException, ResourceNotFoundException
 */
export async function setDeviceStatus(
  services: Pick<Services, "store" | "clock">,
  owner: DeviceOwner,
  deviceKey: string,
  status: DeviceStatus | undefined,
): Promise<void> {
  const device = await requireDevice(services, owner, deviceKey);
  if (status === undefined) return;
  const now = services.clock.now();
  const changed = await services.store.transaction(({ devices }) =>
    devices.setStatus(device.userKey, deviceKey, status, now),
  );
  if (!changed) throw deviceDoesNotExist();
}

/**
 * ForgetDevice: the device is gone, and with it what its sign-ins could still do with it: none is refreshed, and none confirms the
 * same key again. The user's row orders this among sign-ins that are about to complete.
 * @throws InvalidUserPoolConfigurationException, ResourceNotFoundException
 */
export async function forgetDevice(
  services: Pick<Services, "store">,
  { pool, user }: DeviceOwner,
  deviceKey: string,
): Promise<void> {
  requireTracking(pool);
  await services.store.transaction(async (repositories) => {
    await repositories.users.lock(user.key);
    if (!(await repositories.devices.remove(user.key, deviceKey))) throw deviceDoesNotExist();
    await repositories.refreshSessions.forgetDevice(user.key, deviceKey);
  });
}
