import { deleteCredential } from "../../domain/authentication/index.ts";
import type { OperationHandler } from "../operation.ts";
import { tokenHolder } from "../token-holder.ts";

export const deleteWebAuthnCredential: OperationHandler<"DeleteWebAuthnCredential"> = async (
  input,
  context,
) => {
  const { user } = await tokenHolder(context, input.AccessToken);
  await deleteCredential(context.services, user, input.CredentialId);
  return {};
};
