import { requireDevice } from "../../domain/devices/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";
import { deviceType } from "../wire/device-type.ts";

export const getDevice: OperationHandler<"GetDevice"> = async (input, { services }) => {
  const bearer = await authenticateAccessToken(services, input.AccessToken ?? "");
  return { Device: deviceType(bearer, await requireDevice(services, bearer, input.DeviceKey), "user") };
};
