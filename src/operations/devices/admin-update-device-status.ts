import { setDeviceStatus } from "../../domain/devices/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminUpdateDeviceStatus: OperationHandler<"AdminUpdateDeviceStatus"> = async (
  input,
  context,
) => {
  const owner = await namedUser(context, input);
  await setDeviceStatus(context.services, owner, input.DeviceKey, input.DeviceRememberedStatus);
  return {};
};
