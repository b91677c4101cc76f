import { forgetDevice } from "../../domain/devices/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminForgetDevice: OperationHandler<"AdminForgetDevice"> = async (input, context) =>
  forgetDevice(context.services, await namedUser(context, input), input.DeviceKey);
