/** What a user of Cognito should know of this version; one sentence or two each. */
export const DIFFERENCES: readonly string[] = [
  "Sign-in flows: all but CUSTOM_AUTH, which answers UnsupportedOperationException.",
  "A pool that keeps argon2id hashes has no SRP verifiers: SRP sign-in fails there as for a wrong password.",
  "With rotation, a refresh token that is used again within its grace period gets the same successor; a second branch never lives beside it.",
  "Lambda triggers are stored and shown but not called.",
  "Signatures (SigV4) are not verified yet: that is why only development mode starts.",
  "The issuer of tokens is this server's own URL, so that OIDC libraries can discover it; `--issuer aws` gives the form of Amazon's tokens.",
  "E-mail MFA needs a pool with EmailSendingAccount DEVELOPER, as on AWS; no SES call is made.",
  "An invitation without DesiredDeliveryMediums goes to the phone number if there is one, otherwise to the e-mail address.",
  "EstimatedNumberOfUsers is exact up to 100,000 and stays there beyond.",
  "Password recovery allows ten requests and answers per user and hour, where Cognito names a range of 5 to 20.",
  "Texts that no public source shows are ours: history violations, limits of resources, some configuration rules.",
  "Passkeys belong to the RelyingPartyId of SetUserPoolMfaConfig; there is no default, as there are no domains yet. Origins are the https origins of that domain and those below it, and http://localhost for the relying party localhost. Native apps' origins (android:apk-key-hash) are refused.",
  "Passkeys may have ES256, RS256 or Ed25519 keys, and attestation of the formats none and packed, which are checked but not traced to a manufacturer. WebAuthnMfaSettings of SetUserMFAPreference has no effect: with FactorConfiguration MULTI_FACTOR_WITH_USER_VERIFICATION a user's passkeys count as two factors.",
  "A passkey whose counter stands still or goes back is refused and the server logs a warning.",
  "The texts of the WebAuthn exceptions, and `Invalid passkey for the user.` for whatever is wrong with the answer to WEB_AUTHN, are ours.",
];
