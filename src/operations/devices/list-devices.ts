import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";
import { devicePage } from "./device-page.ts";

export const listDevices: OperationHandler<"ListDevices"> = async (input, context) =>
  devicePage(context, await authenticateAccessToken(context.services, input.AccessToken), "user", input);
