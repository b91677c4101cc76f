import type { ConfirmSignUpRequest, SignUpRequest } from "../../api/generated/shapes.ts";
import { confirmationSession, type SignInPlace } from "../authentication/index.ts";
import { allowsFlow, hidesUserExistence, requireSecretHash } from "../clients/index.ts";
import {
  alreadyConfirmed,
  autoVerificationOff,
  cannotBeConfirmed,
  invalidParameter,
  requiredWithFlag,
  signUpNotPermitted,
  userAlreadyExists,
  usernameClientCombinationNotFound,
} from "../errors.ts";
import { codeDeliveryDetails, type Destination, emailTo, smsTo } from "../messages/index.ts";
import type { Services } from "../services.ts";
import {
  announceEvent,
  checkChosenPassword,
  recordEvent,
  requireAdmittedAddress,
  settleEvent,
} from "../threat-protection/index.ts";
import {
  type Occasion,
  type PreSignUpDecision,
  postConfirmation,
  preSignUp,
  transactionWithMessages,
} from "../triggers/index.ts";
import type { UserPool } from "../user-pools/index.ts";
import {
  checkAttributes,
  comparable,
  findUser,
  insertUser,
  missingRequired,
  newUser,
  nextUserStatus,
  requiredAttributesMissing,
  requirePolicy,
  sealPassword,
  type User,
  updateAliases,
  VERIFIED_FLAG,
  withChanges,
} from "../users/index.ts";
import {
  checkCode,
  consumeCode,
  countAttempt,
  pretendToSendCode,
  refuseImaginedCode,
  sendCode,
} from "../verification/index.ts";
import { simulatedDestination } from "./recovery-destination.ts";
import { addressInUsername } from "./username-form.ts";

/** The client that the caller names, and the call. */
export type AccountPlace = SignInPlace;

/** The address to prove at sign-up: the phone before the e-mail address, and only one of them. */
function signUpDestination(pool: UserPool, attributes: Readonly<Record<string, string>>): Destination | null {
  const { email, phone_number: phone } = attributes;
  const verified = pool.settings.AutoVerifiedAttributes ?? [];
  if (phone && verified.includes("phone_number")) return smsTo(phone);
  if (email && verified.includes("email")) return emailTo(email);
  return null;
}

function signUpAttributes({ pool, client }: AccountPlace, input: SignUpRequest): Record<string, string> {
  const address = addressInUsername(pool, input.Username);
  const writer = { kind: "user", writable: client.settings.WriteAttributes } as const;
  const attributes = withChanges(
    {},
    {
      ...checkAttributes(pool, input.UserAttributes ?? [], writer, "creation"),
      ...(address ? { [address]: input.Username } : {}),
    },
  );
  if (attributes.preferred_username && pool.settings.AliasAttributes?.includes("preferred_username"))
    throw invalidParameter("preferred_username can be set only after the account is confirmed.");
  const missing = missingRequired(pool, attributes);
  if (missing.length) throw requiredAttributesMissing(missing);
  return attributes;
}

/** The attributes with their verified flags: unverified, unless a PreSignUp function vouches for the address. */
function withFlags(
  attributes: Readonly<Record<string, string>>,
  { verifyEmail, verifyPhone }: PreSignUpDecision,
): Record<string, string> {
  if (verifyEmail && !attributes.email) throw requiredWithFlag(VERIFIED_FLAG.email);
  if (verifyPhone && !attributes.phone_number) throw requiredWithFlag(VERIFIED_FLAG.phone_number);
  return {
    ...attributes,
    ...(attributes.email ? { email_verified: String(verifyEmail) } : {}),
    ...(attributes.phone_number ? { phone_number_verified: String(verifyPhone) } : {}),
  };
}

const allowsNoPassword = (pool: UserPool): boolean =>
  (pool.settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? []).some(
    (factor) => factor === "EMAIL_OTP" || factor === "SMS_OTP",
  );

/**
 * SignUp: an UNCONFIRMED user, and a code to the address that the pool verifies. A PreSignUp function may refuse the user, or
 * confirm at once; an address that it vouches for becomes this user's alias, whoever had it.
 * @throws NotAuthorizedException, UsernameExistsException, InvalidPasswordException, InvalidParameterException
 */
export async function signUp(services: Services, place: AccountPlace, input: SignUpRequest) {
  const { pool, client } = place;
  const hash = { hash: input.SecretHash, source: "SecretHash" } as const;
  requireSecretHash(services, pool, client, hash, [input.Username]);
  await requireAdmittedAddress(services, place);
  if (pool.settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly) throw signUpNotPermitted();
  const { Password: password } = input;
  if (password) requirePolicy(pool, password, "Password did not conform with policy");
  else if (!allowsNoPassword(pool))
    throw invalidParameter(
      "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null",
    );
  const attributes = signUpAttributes(place, input);
  const compromised = password ? await checkChosenPassword(services, place, password, "SIGN_UP") : false;
  const planned = newUser(services, pool, { username: input.Username, status: "UNCONFIRMED", attributes });
  const decision = await preSignUp(services, place, "SignUp", planned.username, attributes);
  const user: User = {
    ...planned,
    status: decision.confirm ? "CONFIRMED" : "UNCONFIRMED",
    attributes: withFlags(attributes, decision),
  };
  const sealed = password ? await sealPassword(services, pool, user, password) : null;
  const destination = decision.confirm ? null : signUpDestination(pool, attributes);
  const conflict = decision.verifyEmail || decision.verifyPhone ? "move" : "refuse";
  const event = await transactionWithMessages(services, place, async (repositories, send) => {
    if ((await insertUser(repositories, pool, user, conflict)) !== "inserted") throw userAlreadyExists();
    if (sealed)
      await repositories.passwords.put(user.key, { sealed, setAt: user.createdAt, temporaryUntil: null });
    if (destination)
      await sendCode(services, repositories, send, pool, user, {
        purpose: "confirm-sign-up",
        kind: "SignUp",
        destination,
      });
    return recordEvent(services, repositories, place, user, {
      type: "SignUp",
      response: decision.confirm ? "Pass" : "InProgress",
      risk: { decision: "NoRisk", level: null, compromised },
    });
  });
  announceEvent(services, pool, user, event);
  if (decision.confirm) await postConfirmation(services, place, "ConfirmSignUp", user);
  return { user, delivery: destination && codeDeliveryDetails(destination) };
}

/** Who is meant, with the hourly count of the action made first. */
async function countedUser(
  services: Services,
  pool: UserPool,
  username: string,
  action: "confirm-sign-up" | "resend-confirmation",
): Promise<User | null> {
  const user = await findUser(services.store.users, pool, username);
  const subject = user ? `user:${user.key}` : `name:${comparable(pool, username)}`;
  await countAttempt(services, pool, subject, action);
  return user;
}

/**
 * ConfirmSignUp: the code proves its address and confirms the account.
 * @returns a session to sign in with at once, where the client may use choice-based sign-in; otherwise null
 * @throws CodeMismatchException, ExpiredCodeException, NotAuthorizedException, AliasExistsException, UserNotFoundException,
 * LimitExceededException
 */
export async function confirmSignUp(
  services: Services,
  place: AccountPlace,
  input: ConfirmSignUpRequest,
): Promise<string | null> {
  const { pool, client } = place;
  const hash = { hash: input.SecretHash, source: "SecretHash" } as const;
  requireSecretHash(services, pool, client, hash, [input.Username]);
  await requireAdmittedAddress(services, place);
  const user = await countedUser(services, pool, input.Username, "confirm-sign-up");
  if (!user && hidesUserExistence(client))
    return refuseImaginedCode(services, pool, input.Username, "confirm-sign-up");
  if (!user) throw usernameClientCombinationNotFound();
  if (user.status !== "UNCONFIRMED") throw cannotBeConfirmed(user.status);
  const digest = await checkCode(services, pool, user, "confirm-sign-up", input.ConfirmationCode);
  const { confirmed, event } = await services.store.transaction(async (repositories) => {
    const current = await repositories.users.lock(user.key);
    const status = current?.status === "UNCONFIRMED" && nextUserStatus(current.status, "sign-up-confirmed");
    if (!current || !status) throw cannotBeConfirmed(current?.status ?? "UNKNOWN");
    const code = await consumeCode(services, repositories, current, "confirm-sign-up", digest);
    const proven = current.attributes[code.attribute] === code.target;
    const attributes = proven
      ? { ...current.attributes, [VERIFIED_FLAG[code.attribute]]: "true" }
      : current.attributes;
    const conflict = input.ForceAliasCreation ? "move" : "refuse";
    await updateAliases(repositories.users, pool, current, attributes, conflict);
    const changed = { ...current, status, attributes, modifiedAt: services.clock.now() };
    await repositories.users.save(changed);
    const passed = { type: "SignUp", response: "Pass" } as const;
    return { confirmed: changed, event: await settleEvent(services, repositories, place, changed, passed) };
  });
  announceEvent(services, pool, confirmed, event);
  await postConfirmation(services, place, "ConfirmSignUp", confirmed);
  return allowsFlow(client.settings, "USER_AUTH") ? confirmationSession(services, place, user) : null;
}

/**
 * ResendConfirmationCode: a new code in place of the old one.
 * @throws InvalidParameterException, NotAuthorizedException, UserNotFoundException, LimitExceededException
 */
export async function resendConfirmationCode(
  services: Services,
  place: AccountPlace,
  input: { readonly Username: string; readonly SecretHash?: string | undefined },
) {
  const { pool, client } = place;
  const hash = { hash: input.SecretHash, source: "SecretHash" } as const;
  requireSecretHash(services, pool, client, hash, [input.Username]);
  await requireAdmittedAddress(services, place);
  const user = await countedUser(services, pool, input.Username, "resend-confirmation");
  if (!user) {
    if (!hidesUserExistence(client)) throw usernameClientCombinationNotFound();
    const imagined = simulatedDestination(services, pool, input.Username);
    await transactionWithMessages(services, place, (repositories, send) =>
      pretendToSendCode(services, repositories, send, pool, input.Username, {
        purpose: "confirm-sign-up",
        kind: "ResendCode",
        destination: imagined,
      }),
    );
    return codeDeliveryDetails(imagined);
  }
  if (user.status !== "UNCONFIRMED") throw alreadyConfirmed();
  const destination = signUpDestination(pool, user.attributes);
  if (!destination) throw autoVerificationOff();
  const event = await transactionWithMessages(services, place, async (repositories, send) => {
    await sendCode(services, repositories, send, pool, user, {
      purpose: "confirm-sign-up",
      kind: "ResendCode",
      destination,
    });
    const passed = { type: "ResendCode", response: "Pass" } as const;
    return recordEvent(services, repositories, place, user, passed);
  });
  announceEvent(services, pool, user, event);
  return codeDeliveryDetails(destination);
}

/** AdminConfirmSignUp: confirms the account and proves no address. @throws NotAuthorizedException */
export async function administratorConfirmsSignUp(
  services: Services,
  occasion: Occasion,
  user: User,
): Promise<void> {
  const confirmed = await services.store.transaction(async (repositories) => {
    const current = await repositories.users.lock(user.key);
    const status = current && nextUserStatus(current.status, "sign-up-confirmed");
    if (!current || !status) throw cannotBeConfirmed(current?.status ?? "UNKNOWN");
    const changed = { ...current, status, modifiedAt: services.clock.now() };
    await repositories.users.save(changed);
    await repositories.codes.remove(user.key, "confirm-sign-up");
    return changed;
  });
  await postConfirmation(services, occasion, "ConfirmSignUp", confirmed);
}
