import type { WebAuthnCredentialDescription } from "../../api/generated/shapes.ts";
import type { WebAuthnCredential } from "../../domain/authentication/index.ts";
import { timestamp } from "./timestamp.ts";

export const webAuthnCredentialDescription = (
  credential: WebAuthnCredential,
): WebAuthnCredentialDescription => ({
  CredentialId: credential.id,
  FriendlyCredentialName: credential.friendlyName,
  RelyingPartyId: credential.relyingPartyId,
  ...(credential.attachment === null ? {} : { AuthenticatorAttachment: credential.attachment }),
  AuthenticatorTransports: [...credential.transports],
  CreatedAt: timestamp(credential.createdAt),
});
