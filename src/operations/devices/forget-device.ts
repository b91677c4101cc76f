import { forgetDevice as forget } from "../../domain/devices/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";

export const forgetDevice: OperationHandler<"ForgetDevice"> = async (input, { services }) =>
  forget(services, await authenticateAccessToken(services, input.AccessToken ?? ""), input.DeviceKey);
