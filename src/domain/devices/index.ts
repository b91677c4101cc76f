export {
  type Device,
  type DeviceStatus,
  deviceArn,
  deviceGroupKey,
  deviceOwner,
  isDeviceKey,
} from "./device.ts";
export { type DeviceSecret, openDeviceSecret } from "./device-secret.ts";
export type { DeviceSighting, Devices } from "./ports.ts";
export {
  confirmDevice,
  type DeviceOwner,
  devicesOf,
  forgetDevice,
  requireDevice,
  setDeviceStatus,
} from "./tracked-devices.ts";
