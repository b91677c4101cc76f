import { requireDevice } from "../../domain/devices/index.ts";
import type { OperationHandler } from "../operation.ts";
import { deviceType } from "../wire/device-type.ts";
import { namedReader } from "./device-caller.ts";

export const adminGetDevice: OperationHandler<"AdminGetDevice"> = async (input, context) => {
  const owner = await namedReader(context, input);
  const device = await requireDevice(context.services, owner, input.DeviceKey);
  return { Device: deviceType(owner, device, "administrator") };
};
