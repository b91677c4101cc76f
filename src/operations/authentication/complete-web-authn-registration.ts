import { completeRegistration } from "../../domain/authentication/index.ts";
import type { OperationHandler } from "../operation.ts";
import { tokenHolder } from "../token-holder.ts";

export const completeWebAuthnRegistration: OperationHandler<"CompleteWebAuthnRegistration"> = async (
  input,
  context,
) => {
  const holder = await tokenHolder(context, input.AccessToken);
  await completeRegistration(context.services, holder, holder.user, input.Credential);
  return {};
};
