/** What a user of Cognito should know of this version; one sentence or two each. */
export const DIFFERENCES: readonly string[] = [
  "Sign-in flows: USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH (also under its older name ADMIN_NO_SRP_AUTH) and REFRESH_TOKEN_AUTH. USER_SRP_AUTH, USER_AUTH and CUSTOM_AUTH answer UnsupportedOperationException.",
  "Second factors: e-mail and SMS codes and the choice between them. A pool may be configured for software tokens, but a sign-in that comes to SOFTWARE_TOKEN_MFA or MFA_SETUP is refused with InvalidUserPoolConfigurationException.",
  "Lambda triggers are stored and shown but not called.",
  "Signatures (SigV4) are not verified yet: that is why only development mode starts.",
  "The issuer of tokens is this server's own URL, so that OIDC libraries can discover it; `--issuer aws` gives the form of Amazon's tokens.",
  "E-mail MFA needs a pool with EmailSendingAccount DEVELOPER, as on AWS; no SES call is made.",
  "An invitation without DesiredDeliveryMediums goes to the phone number if there is one, otherwise to the e-mail address.",
  "EstimatedNumberOfUsers is exact up to 100,000 and stays there beyond.",
  "Password recovery allows ten requests and answers per user and hour, where Cognito names a range of 5 to 20.",
  "A remembered device proves itself (DEVICE_SRP_AUTH) where ChallengeRequiredOnNewDevice is true: in place of the second factor, or where none is due. Elsewhere a sign-in is tied to the device it names without proof. Both device challenges need the Session.",
  "A DEVICE_KEY that is none of the user's is refused with ResourceNotFoundException in the answer that proves a password, and counts as none in AuthParameters. Forgetting a device ends what its refresh tokens can do, not its access tokens.",
  "Texts that no public source shows are ours: history violations, limits of resources, some configuration rules.",
];
