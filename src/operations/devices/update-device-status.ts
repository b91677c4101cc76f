import { setDeviceStatus } from "../../domain/devices/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";

export const updateDeviceStatus: OperationHandler<"UpdateDeviceStatus"> = async (input, { services }) => {
  const bearer = await authenticateAccessToken(services, input.AccessToken);
  await setDeviceStatus(services, bearer, input.DeviceKey, input.DeviceRememberedStatus);
  return {};
};
