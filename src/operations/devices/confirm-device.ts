import { confirmDevice as confirm } from "../../domain/devices/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";

export const confirmDevice: OperationHandler<"ConfirmDevice"> = async (input, { services, sourceIp }) => {
  const bearer = await authenticateAccessToken(services, input.AccessToken);
  const { userDecides } = await confirm(services, bearer, input, sourceIp ?? null);
  return { UserConfirmationNecessary: userDecides };
};
