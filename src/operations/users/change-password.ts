import { changePassword as changeOwnPassword } from "../../domain/accounts/index.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";
import { userContext } from "../user-context.ts";

export const changePassword: OperationHandler<"ChangePassword"> = async (input, context) => {
  const { services } = context;
  const bearer = await authenticateAccessToken(services, input.AccessToken);
  await changeOwnPassword(services, { ...bearer, userContext: userContext(context, bearer.client) }, input);
  return {};
};
