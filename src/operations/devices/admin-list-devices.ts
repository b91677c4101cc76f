import type { OperationHandler } from "../operation.ts";
import { namedReader } from "./device-caller.ts";
import { devicePage } from "./device-page.ts";

export const adminListDevices: OperationHandler<"AdminListDevices"> = async (input, context) =>
  devicePage(context, await namedReader(context, input), "administrator", input);
