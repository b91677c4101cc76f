/** What a user of Cognito should know of this version; one sentence or two each. */
export const DIFFERENCES: readonly string[] = [
  "Lambda triggers are called only where the operator maps their ARNs (docs/operations/triggers.md): to a Lambda endpoint, a webhook, or a file. InboundFederation is stored but not called, as there is no federation yet.",
  "Custom senders get codes in the AWS Encryption SDK's format under a key that the operator maps, at KMS or shared with the function; nothing is sent to them where the key is not mapped.",
  "A custom sign-in remembers what fits into a Session of 2,048 characters; functions that give it more fail it with InvalidLambdaResponseException. Each Session of CUSTOM_CHALLENGE takes one answer, right or wrong.",
  "CUSTOM_AUTH without the password asks for no second factor, also in pools that require MFA; with SRP_A first it does, before the functions are asked again. A user in RESET_REQUIRED is refused there, not asked for a new password.",
  "User migration sends no welcome message, and answers nothing but a wrong password for whatever goes wrong where the client hides who exists.",
  "Signatures (SigV4) are not verified yet: that is why only development mode starts.",
  "The issuer of tokens is this server's own URL, so that OIDC libraries can discover it; `--issuer aws` gives the form of Amazon's tokens.",
  "E-mail MFA needs a pool with EmailSendingAccount DEVELOPER, as on AWS; no SES call is made.",
  "An invitation without DesiredDeliveryMediums goes to the phone number if there is one, otherwise to the e-mail address.",
  "EstimatedNumberOfUsers is exact up to 100,000 and stays there beyond.",
  "Password recovery allows ten requests and answers per user and hour, where Cognito names a range of 5 to 20.",
  "Texts that no public source shows are ours: history violations, limits of resources, some configuration rules.",
];
