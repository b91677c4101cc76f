/**
 * Every error a client can read. One factory per sentence, so that a text exists once; clients match on these texts.
 * Sources: captured answers of the service and its documentation; see docs/compatibility.md for the doubtful ones.
 */

/** An error that the API answers with: `code` is the bare exception name on the wire. */
export class ServiceError extends Error {
  readonly code: string;
  /** HTTP status; 400 for all modelled errors but the internal ones. */
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = "ServiceError";
    this.code = code;
    this.status = status;
  }
}

const error =
  (code: string) =>
  (message: string): ServiceError =>
    new ServiceError(code, message);

const aliasExists = error("AliasExistsException");
const codeMismatch = error("CodeMismatchException");
const expiredCode = error("ExpiredCodeException");
const groupExists = error("GroupExistsException");
const invalidLambdaResponse = error("InvalidLambdaResponseException");
const invalidPassword = error("InvalidPasswordException");
const limitExceeded = error("LimitExceededException");
const notAuthorized = error("NotAuthorizedException");
const operationNotEnabled = error("OperationNotEnabledException");
const preconditionNotMet = error("PreconditionNotMetException");
export const resourceNotFound = error("ResourceNotFoundException");
const userNotFound = error("UserNotFoundException");
const usernameExists = error("UsernameExistsException");

export const invalidParameter = error("InvalidParameterException");
export const unsupportedUserState = error("UnsupportedUserStateException");

// Resources
export const userPoolDoesNotExist = (id: string) => resourceNotFound(`User pool ${id} does not exist.`);
export const clientDoesNotExist = (id: string) => resourceNotFound(`User pool client ${id} does not exist.`);
export const resourceServerDoesNotExist = (identifier: string) =>
  resourceNotFound(`Resource server ${identifier} does not exist.`);
export const resourceServerAlreadyExists = (identifier: string, userPoolId: string) =>
  invalidParameter(`${identifier} already exists in user pool ${userPoolId}.`);
export const identityProviderDoesNotExist = (name: string) =>
  resourceNotFound(`Identity provider ${name} does not exist.`);
export const identityProviderAlreadyExists = (name: string) =>
  new ServiceError("DuplicateProviderException", `A provider named ${name} already exists.`);
export const idpIdentifierTaken = (identifier: string) =>
  invalidParameter(`The IdP identifier ${identifier} already exists in the user pool.`);
export const providerNotInPool = (name: string, userPoolId: string) =>
  invalidParameter(`The provider ${name} does not exist for User Pool ${userPoolId}.`);
export const scopeDoesNotExist = (scope: string) =>
  new ServiceError("ScopeDoesNotExistException", `Invalid scope requested: ${scope}`);
export const providerDetailsMissing = (sentence: string) => invalidParameter(sentence);
export const groupNotFound = () => resourceNotFound("Group not found.");
export const groupAlreadyExists = () => groupExists("A group with the name already exists.");
export const userDoesNotExist = () => userNotFound("User does not exist.");
export const usernameClientCombinationNotFound = () =>
  userNotFound("Username/client id combination not found.");
export const resourceLimitExceeded = (what: string) =>
  limitExceeded(`Maximum number of ${what} has been reached.`);

export const featureUnavailableInTier = (feature: string) =>
  new ServiceError(
    "FeatureUnavailableInTierException",
    `This feature is not available in the current tier: ${feature}`,
  );

// Domains
export const domainTaken = () => invalidParameter("Domain already associated with another user pool.");
export const domainOfKindExists = () => invalidParameter("User pool already has a domain configured.");
export const domainNotOfPool = () => invalidParameter("No such domain or user pool exists.");
export const poolHasDomain = () =>
  invalidParameter("User pool cannot be deleted. It has a domain configured that should be deleted first.");

// Tags
export const resourceDoesNotExist = (arn: string) => resourceNotFound(`Resource ${arn} does not exist.`);
export const tagsRefused = (sentence: string) => new ServiceError("UserPoolTaggingException", sentence);

// Appearance of the hosted pages
export const uiNeedsDomain = () =>
  invalidParameter("There has to be an existing domain associated with this user pool");
export const cssRefused = (problem: string) => invalidParameter(`Invalid CSS: ${problem}`);
export const imageRefused = () => invalidParameter("ImageFile must be a PNG, JPEG or GIF image.");
export const brandingExists = (clientId: string) =>
  new ServiceError(
    "ManagedLoginBrandingExistsException",
    `Managed login branding already exists for client ${clientId}.`,
  );
export const brandingDoesNotExist = () => resourceNotFound("Managed login branding does not exist.");
export const termsExist = (name: string, clientId: string) =>
  new ServiceError("TermsExistsException", `Terms ${name} already exist for client ${clientId}.`);
export const termsDoNotExist = () => resourceNotFound("Terms do not exist.");
export const tierChangeNotAllowed = (feature: string) =>
  new ServiceError(
    "TierChangeNotAllowedException",
    `The user pool tier cannot be changed because the user pool uses a feature that is not available in the tier: ${feature}`,
  );

/** In the words of the framework, for a bound that the API's documentation has and its model does not. */
export const valueOutOfRange = (
  path: string,
  value: number,
  { min, max }: { readonly min: number; readonly max: number },
) =>
  invalidParameter(
    `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: Member must have value ${
      value < min ? `greater than or equal to ${min}` : `less than or equal to ${max}`
    }`,
  );

export const deletionProtected = () =>
  invalidParameter(
    "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.",
  );

// Replicas
export const invalidRegion = (region: string) => invalidParameter(`Invalid Region: ${region}`);
export const replicaExists = (region: string) =>
  invalidParameter(`The user pool has a replica in Region ${region} already.`);
export const replicaDoesNotExist = (region: string) =>
  resourceNotFound(`User pool replica in Region ${region} does not exist.`);
export const primaryReplicaFixed = () =>
  invalidParameter("The primary replica of a user pool cannot be updated or deleted.");
export const replicaNotInState = (region: string, status: string) =>
  invalidParameter(
    `The user pool replica in Region ${region} cannot be changed so. Current status is ${status}`,
  );
export const tagKeyReserved = (key: string) =>
  new ServiceError("UserPoolTaggingException", `Tag keys cannot begin with aws: ${key}`);

// Provisioned limits
export const limitNotFound = (category: string) =>
  resourceNotFound(`There is no limit for the API category ${category}.`);
export const limitNotAdjustable = (category: string) =>
  invalidParameter(`The limit of the API category ${category} cannot be adjusted.`);
export const limitBelowDefault = (category: string, byDefault: number) =>
  invalidParameter(
    `The limit of the API category ${category} cannot be lower than its default, ${byDefault}.`,
  );
export const provisionedLimitTooHigh = (category: string, highest: number) =>
  new ServiceError(
    "ServiceQuotaExceededException",
    `The limit of the API category ${category} cannot be higher than the account's quota, ${highest}.`,
  );

// Users
export const userAlreadyExists = () => usernameExists("User already exists");
export const userAccountAlreadyExists = () => usernameExists("User account already exists");
export const accountWithAddressExists = (attribute: string) =>
  usernameExists(`An account with the given ${attribute} already exists.`);
export const addressAlreadyTaken = (attribute: string) =>
  aliasExists(`An account with the given ${attribute} already exists.`);
export const signUpNotPermitted = () => notAuthorized("SignUp is not permitted for this user pool");
export const cannotBeConfirmed = (status: string) =>
  notAuthorized(`User cannot be confirmed. Current status is ${status}`);
export const alreadyConfirmed = () => invalidParameter("User is already confirmed.");
export const autoVerificationOff = () =>
  notAuthorized("Cannot resend codes. Auto verification not turned on.");
export const resendNotPossible = (username: string) =>
  unsupportedUserState(`Resend not possible. ${username} status is not FORCE_CHANGE_PASSWORD`);
export const unauthorizedAttributeWrite = () =>
  notAuthorized("A client attempted to write unauthorized attribute");

// Identities at other providers
export const sourceUserIsLocal = () =>
  invalidParameter(
    "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser",
  );
export const sourceUserAlreadyLinked = () =>
  invalidParameter("SourceUser is already linked to DestinationUser");
export const sourceUserLinkedElsewhere = () => aliasExists("SourceUser is already linked to another user.");
export const mergingNotSupported = () =>
  invalidParameter(
    "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link",
  );

// Passwords
export const passwordRefused = (prefix: string, reason: string) => invalidPassword(`${prefix}: ${reason}`);
export const passwordUsedBefore = () =>
  new ServiceError("PasswordHistoryPolicyViolationException", "Password has previously been used");
export const resetNotPossibleInState = () =>
  notAuthorized("User password cannot be reset in the current state.");
export const noVerifiedAddress = () =>
  invalidParameter(
    "Cannot reset password for the user as there is no registered/verified email or phone_number",
  );
export const contactAdministrator = () => notAuthorized("Contact administrator to reset password.");

// Sign-in
export const incorrectUsernameOrPassword = () => notAuthorized("Incorrect username or password.");
export const userDisabled = () => notAuthorized("User is disabled.");
export const userNotConfirmed = () => new ServiceError("UserNotConfirmedException", "User is not confirmed.");
export const passwordResetRequired = () =>
  new ServiceError("PasswordResetRequiredException", "Password reset required for the user");
export const temporaryPasswordExpired = () =>
  notAuthorized("Temporary password has expired and must be reset by an administrator.");
export const passwordAttemptsExceeded = () => notAuthorized("Password attempts exceeded");
export const attemptLimitExceeded = () =>
  limitExceeded("Attempt limit exceeded, please try after some time.");
export const rateExceeded = () => new ServiceError("TooManyRequestsException", "Rate exceeded");
export const initiateAuthMethodNotSupported = () => invalidParameter("Initiate Auth method not supported.");
export const flowNotEnabled = (sentence: string) => invalidParameter(sentence);
export const missingRequiredParameter = (name: string) =>
  invalidParameter(`Missing required parameter ${name}`);
export const unsupportedChallenge = () => invalidParameter("Invalid challenge name.");
export const mfaMethodNotFound = () =>
  new ServiceError("MFAMethodNotFoundException", "No MFA mechanism registerd in the account.");

// Challenge sessions
export const sessionUsed = () =>
  notAuthorized("Invalid session for the user, session can only be used once.");
export const sessionExpired = () => notAuthorized("Invalid session for the user, session is expired.");
export const sessionInvalid = () => notAuthorized("Invalid session for the user.");
export const sessionUndecodable = () => notAuthorized("Invalid session provided");

// User sessions
export const sessionTrackingOff = () =>
  operationNotEnabled("User session tracking is not enabled for the user pool.");
export const sessionIdInvalid = () => invalidParameter("Invalid session ID.");
export const userSessionNotFound = () => resourceNotFound("Session not found.");
export const currentSessionNotRevocable = () =>
  invalidParameter("The session of the access token cannot be revoked by this operation.");

// Devices
/** Clients drop the device they have stored on exactly this name and sentence. */
export const deviceDoesNotExist = () => resourceNotFound("Device does not exist.");
export const deviceKeyInvalid = () => invalidParameter("Invalid device key given.");
export const deviceKeyExists = () => new ServiceError("DeviceKeyExistsException", "Device already exists.");
export const deviceTrackingOff = (userPoolId: string) =>
  new ServiceError(
    "InvalidUserPoolConfigurationException",
    `User pool ${userPoolId} is not configured for device tracking`,
  );

// Codes
export const verificationCodeMismatch = () =>
  codeMismatch("Invalid verification code provided, please try again.");
export const verificationCodeExpired = () =>
  expiredCode("Invalid code provided, please request a code again.");
export const mfaCodeMismatch = () => codeMismatch("Invalid code or auth state for the user.");

export const softwareTokenCodeMismatch = () => codeMismatch("Invalid code received for user");
export const softwareTokenUsed = () => expiredCode("Your software token has already been used once.");
export const softwareTokenNotOffered = () =>
  new ServiceError(
    "SoftwareTokenMFANotFoundException",
    "Software Token MFA has not been enabled by the userPool.",
  );
export const softwareTokenNotVerified = () =>
  new ServiceError("EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA");

// Triggers
export const triggerFailed = (trigger: string, message: string) =>
  new ServiceError("UserLambdaValidationException", `${trigger} failed with error ${message}.`);
export const triggerRefused = (trigger: string, code: string) =>
  new ServiceError("UnexpectedLambdaException", `${trigger} invocation failed due to error ${code}.`);
/** No such function, or none that this server may call. */
export const triggerMisconfigured = (trigger: string) =>
  new ServiceError("UnexpectedLambdaException", `${trigger} invocation failed due to configuration.`);
export const triggerTimedOut = (trigger: string) =>
  triggerRefused(trigger, "Socket timeout while invoking Lambda function");
export const unrecognizableLambdaOutput = () => invalidLambdaResponse("Unrecognizable lambda output");
export const lambdaOutputNotJson = () =>
  invalidLambdaResponse("Invalid lambda function output : Invalid JSON");
export const customMessageRefused = (reason: string) =>
  invalidLambdaResponse(`Invalid lambda function output : ${reason}`);
export const userNotMigrated = (clientId: string) =>
  userNotFound(`Exception migrating user in app client ${clientId}`);
export const customAuthNotConfigured = () =>
  new ServiceError(
    "InvalidUserPoolConfigurationException",
    "Custom auth lambda trigger is not configured for the user pool.",
  );

// Passkeys
export const webAuthnNotEnabled = () =>
  new ServiceError("WebAuthnNotEnabledException", "WebAuthn is not enabled for this userpool");
export const webAuthnConfigurationMissing = () =>
  new ServiceError(
    "WebAuthnConfigurationMissingException",
    "The user pool has no relying party ID and no domain.",
  );
export const webAuthnChallengeNotFound = () =>
  new ServiceError("WebAuthnChallengeNotFoundException", "The challenge is not found or has expired.");
export const webAuthnClientMismatch = () =>
  new ServiceError(
    "WebAuthnClientMismatchException",
    "The access token is for another client than the one that started the registration.",
  );
export const webAuthnOriginNotAllowed = () =>
  new ServiceError("WebAuthnOriginNotAllowedException", "The credential's origin is not allowed.");
export const webAuthnRelyingPartyMismatch = () =>
  new ServiceError(
    "WebAuthnRelyingPartyMismatchException",
    "The credential's relying party ID does not match the user pool's.",
  );
export const webAuthnCredentialNotSupported = () =>
  new ServiceError("WebAuthnCredentialNotSupportedException", "The credential is not supported.");
export const webAuthnCredentialNotFound = () => resourceNotFound("WebAuthn credential not found.");
export const invalidCredential = () => invalidParameter("Invalid credential.");
/** One sentence for whatever is wrong with the answer to WEB_AUTHN, so that it tells nothing of users and their passkeys. */
export const passkeyRefused = () => notAuthorized("Invalid passkey for the user.");

// Tokens for programs
export const scopeNotOfClient = (scope: string) => invalidParameter(`Invalid scope requested: ${scope}`);
export const clientHasNoScopes = () =>
  invalidParameter("The user pool client has no scopes of a resource server.");

// Client secrets
export const clientSecretNotFound = () => resourceNotFound("Client secret not found.");
export const lastClientSecret = () =>
  invalidParameter("The last secret of a user pool client cannot be deleted.");
export const publicClientTakesNoSecret = () =>
  invalidParameter("Secrets can only be added to a user pool client that has a client secret.");

// Secret hash
export const secretHashMismatch = (clientId: string) =>
  notAuthorized(`Unable to verify secret hash for client ${clientId}`);
export const refreshSecretHashMismatch = (clientId: string) =>
  notAuthorized(`SecretHash does not match for the client: ${clientId}`);
export const secretHashMissing = (clientId: string) =>
  notAuthorized(`Client ${clientId} is configured for secret but secret was not received`);
export const secretHashParameterMissing = (clientId: string) =>
  notAuthorized(`Client ${clientId} is configured with secret but SECRET_HASH was not received`);

export const clientSecretMismatch = (clientId: string) =>
  notAuthorized(`Unable to verify client secret for client ${clientId}`);

// Tokens
export const accessTokenInvalid = () => notAuthorized("Invalid Access Token");
export const accessTokenSignatureWrong = () => notAuthorized("Could not verify signature for Access Token");
export const accessTokenExpired = () => notAuthorized("Access Token has expired");
export const accessTokenRevoked = () => notAuthorized("Access Token has been revoked");
export const accessTokenScopeMissing = () => notAuthorized("Access Token does not have required scopes");
export const refreshTokenInvalid = () => notAuthorized("Invalid Refresh Token");
export const refreshTokenExpired = () => notAuthorized("Refresh Token has expired");
export const refreshTokenRevoked = () => notAuthorized("Refresh Token has been revoked");
export const refreshTokenReused = () =>
  new ServiceError("RefreshTokenReuseException", "Refresh token reuse detected");
export const tokenTypeNotSupported = () =>
  new ServiceError("UnsupportedTokenTypeException", "Unsupported token type.");
export const tokenRevocationOff = () =>
  new ServiceError("UnsupportedOperationException", "Token revocation is not enabled for the client.");
export const clientUnauthorized = (sentence: string) => new ServiceError("UnauthorizedException", sentence);

// Threat protection
/** What clients of Cognito are known to match on: captured answers, as the three below. */
export const blockedBySecurity = () => notAuthorized("Unable to login because of security reasons.");
/** For addresses that the pool blocks. */
export const addressBlocked = () => notAuthorized("Request not allowed due to security reasons.");
export const passwordCompromised = () =>
  invalidPassword("Provided password cannot be used for security reasons.");
export const compromisedPasswordReset = () =>
  new ServiceError(
    "PasswordResetRequiredException",
    "Password reset required for user due to security reasons",
  );
export const userPoolAddOnNotEnabled = () =>
  new ServiceError("UserPoolAddOnNotEnabledException", "Threat protection is not enabled for the user pool.");
export const authEventNotFound = () => resourceNotFound("Auth event does not exist.");
export const feedbackTokenInvalid = () => notAuthorized("Invalid feedback token.");
// User imports
export const importJobDoesNotExist = (id: string) =>
  resourceNotFound(`User import job ${id} does not exist.`);
export const noCsvFileUploaded = (id: string) => preconditionNotMet(`No csv file was uploaded for ${id}`);
export const importJobInWrongState = (id: string, status: string) =>
  preconditionNotMet(`${id} is in status ${status}, which does not allow this.`);
export const importJobUnderWay = () =>
  preconditionNotMet("Another user import job is in progress; only one can be active at a time.");
export const importNeedsAutoVerification = () =>
  preconditionNotMet("The user pool must have at least one auto verified attribute to import users.");
export const userImportInProgress = (userPoolId: string) =>
  new ServiceError(
    "UserImportInProgressException",
    `A user import job is in progress for user pool ${userPoolId}.`,
  );

// Attributes
export const attributesDoNotConform = (details: string) =>
  invalidParameter(`Attributes did not conform to the schema: ${details}`);

/** A verified flag says something of an address only when there is one. */
export const requiredWithFlag = (flag: string) =>
  invalidParameter(`${flag.replace(/_verified$/, "")} is required to set ${flag}.`);

export const requiredAttributesCannotBeDeleted = (names: readonly string[]) =>
  invalidParameter(`Required attributes cannot be deleted: ${names.join(", ")}`);

// The framework, before an operation runs
export const unknownOperation = () => new ServiceError("UnknownOperationException", "");
/** A body that is not JSON, or a member of the wrong JSON type. */
export const serializationError = (detail = "") => new ServiceError("SerializationException", detail);
export const missingAuthenticationToken = () =>
  new ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token");
export const accessDenied = (sentence: string) => new ServiceError("AccessDeniedException", sentence);

export const tagsDifferInCaseOnly = () =>
  invalidParameter("Tag keys that differ in case only cannot be matched with policies.");

// Signatures and temporary credentials
const incompleteSignature = error("IncompleteSignatureException");
const invalidSignature = error("InvalidSignatureException");
export const signatureLacks = (sentences: readonly string[], hashedHeader: string) =>
  incompleteSignature(
    `${sentences.join(" ")} (Hashed with SHA-256 and encoded with Base64) Authorization=${hashedHeader}`,
  );
/** A part of the Authorization header without an equals sign. */
export const signaturePartMalformed = (part: string, hashedHeader: string) =>
  incompleteSignature(
    `'${part}' not a valid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${hashedHeader}'.`,
  );
export const signatureAlgorithmUnsupported = (algorithm: string) =>
  incompleteSignature(`Unsupported AWS 'algorithm': '${algorithm}'.`);
export const signatureParameterMissing = (name: string) =>
  incompleteSignature(
    `AWS query-string parameters must include '${name}'. Re-examine the query-string parameters.`,
  );
export const signatureExpiryOutOfRange = () =>
  incompleteSignature("X-Amz-Expires must be a number of seconds from 1 to 604800.");
export const credentialMalformed = (credential: string) =>
  incompleteSignature(
    `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
  );
export const signingDateMalformed = (date: string) =>
  incompleteSignature(
    `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  );
export const headerNotSigned = (name: string) =>
  invalidSignature(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
export const credentialScopeWrong = (sentences: readonly string[]) => invalidSignature(sentences.join(" "));
export const signatureTimeWrong = (sentence: string) => invalidSignature(sentence);
export const contentHashMismatch = () =>
  invalidSignature("The provided 'x-amz-content-sha256' header does not match what was computed.");
export const signatureMismatch = () =>
  invalidSignature(
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  );
/** One sentence for an unknown key, a deleted one, an inactive one, and a session token that is not of the key. */
export const securityTokenInvalid = () =>
  new ServiceError("UnrecognizedClientException", "The security token included in the request is invalid.");
export const securityTokenExpired = () =>
  new ServiceError("ExpiredTokenException", "The security token included in the request is expired");

// The Security Token Service, whose codes have no suffix
export const malformedPolicyDocument = (reason: string) =>
  new ServiceError("MalformedPolicyDocument", reason);
export const packedPolicyTooLarge = () =>
  new ServiceError("PackedPolicyTooLarge", "The policy exceeds the size limit of 2048 characters.");
export const queryValidationError = (sentence: string) => new ServiceError("ValidationError", sentence);
export const actionUnknown = (action: string, version: string) =>
  new ServiceError("InvalidAction", `Could not find operation ${action} for version ${version}`);
export const actionMissing = () => new ServiceError("MissingAction", "Missing Action");
// Users, roles and access keys of the server, with the codes and sentences of IAM
const principalNamed = (kind: string, name: string): string =>
  `${kind.charAt(0).toUpperCase()}${kind.slice(1)} with name ${name}`;
export const principalExists = (kind: string, name: string) =>
  new ServiceError("EntityAlreadyExists", `${principalNamed(kind, name)} already exists.`);
export const principalNotFound = (kind: string, name: string) =>
  new ServiceError("NoSuchEntity", `The ${kind} with name ${name} cannot be found.`);
export const accessKeyNotFound = (id: string) =>
  new ServiceError("NoSuchEntity", `The Access Key with id ${id} cannot be found.`);
export const tooManyAccessKeys = (most: number) =>
  new ServiceError("LimitExceeded", `Cannot exceed quota for AccessKeysPerUser: ${most}`);

// CloudTrail's LookupEvents
export const lookupAttributesInvalid = error("InvalidLookupAttributesException");
export const lookupResultsOutOfRange = (most: number) =>
  new ServiceError("InvalidMaxResultsException", `Maximum results must be between 1 and ${most}.`);
export const lookupTokenInvalid = () => new ServiceError("InvalidNextTokenException", "Invalid NextToken.");
export const lookupTimesReversed = () =>
  new ServiceError(
    "InvalidTimeRangeException",
    "The start time must not be after the end time, and both must be possible times.",
  );
export const eventCategoryInvalid = () =>
  new ServiceError("InvalidEventCategoryException", "EventCategory must be insight.");
export const requestTooLarge = () =>
  new ServiceError("RequestEntityTooLargeException", "Request entity too large", 413);
export const internalError = (
  code: "InternalErrorException" | "InternalServerException" = "InternalErrorException",
) => new ServiceError(code, "Something went wrong. Try again later.", 500);
