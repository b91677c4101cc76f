import type { AttributeType, DeviceType } from "../../api/generated/shapes.ts";
import { type Device, type DeviceOwner, deviceArn, deviceOwner } from "../../domain/devices/index.ts";
import { timestamp } from "./timestamp.ts";

/** Who looks: administrators are shown more. */
export type DeviceViewer = "user" | "administrator";

function attributes({ pool, user }: DeviceOwner, device: Device, viewer: DeviceViewer): AttributeType[] {
  const named = (Name: string, Value: string | null) => (Value === null ? [] : [{ Name, Value }]);
  const always = [...named("device_status", "valid"), ...named("device_name", device.name)];
  if (viewer === "user") return [...always, ...named("last_ip_used", device.lastIp)];
  return [
    ...always,
    ...named("dev:device_arn", deviceArn(pool, user, device)),
    ...named("dev:device_owner", deviceOwner(pool, user)),
    ...named("last_ip_used", device.lastIp),
    ...named("dev:device_remembered_status", device.status),
    ...named("dev:device_sdk", "aws-sdk"),
  ];
}

/** The moment of the last sign-in is told in whole seconds, unlike the other two. */
export const deviceType = (owner: DeviceOwner, device: Device, viewer: DeviceViewer): DeviceType => ({
  DeviceKey: device.deviceKey,
  DeviceAttributes: attributes(owner, device, viewer),
  DeviceCreateDate: timestamp(device.createdAt),
  DeviceLastModifiedDate: timestamp(device.modifiedAt),
  DeviceLastAuthenticatedDate: Math.floor(timestamp(device.lastAuthenticatedAt)),
});
