import { startRegistration } from "../../domain/authentication/index.ts";
import type { OperationHandler } from "../operation.ts";
import { tokenHolder } from "../token-holder.ts";

export const startWebAuthnRegistration: OperationHandler<"StartWebAuthnRegistration"> = async (
  input,
  context,
) => {
  const holder = await tokenHolder(context, input.AccessToken);
  return { CredentialCreationOptions: await startRegistration(context.services, holder, holder.user) };
};
