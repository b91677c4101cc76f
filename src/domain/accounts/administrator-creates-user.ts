import type { AdminCreateUserRequest } from "../../api/generated/shapes.ts";
import { after } from "../../runtime/clock.ts";
import {
  accountWithAddressExists,
  addressAlreadyTaken,
  invalidParameter,
  requiredWithFlag,
  resendNotPossible,
  userAccountAlreadyExists,
  userDoesNotExist,
} from "../errors.ts";
import { type Destination, emailTo, type SendMessage, smsTo } from "../messages/index.ts";
import type { Services } from "../services.ts";
import { type Occasion, preSignUp, transactionWithMessages } from "../triggers/index.ts";
import { generatePassword, temporaryPasswordValidityMs, type UserPool } from "../user-pools/index.ts";
import {
  checkAttributes,
  findUser,
  insertUser,
  missingRequired,
  newUser,
  replacePassword,
  requiredAttributesMissing,
  requirePolicy,
  sealPassword,
  takenAlias,
  type User,
  usesAddressAsUsername,
  VERIFIED_FLAG,
  withChanges,
} from "../users/index.ts";
import { addressInUsername } from "./username-form.ts";

/** A password that an administrator gave or the server made, ready to be stored; null for a passwordless user. */
interface TemporaryPassword {
  readonly text: string;
  readonly sealed: Uint8Array;
}

const policyOf = (pool: UserPool) => pool.settings.Policies?.PasswordPolicy ?? {};

const allowsPasswordless = (pool: UserPool): boolean =>
  (pool.settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? []).some(
    (factor) => factor === "EMAIL_OTP" || factor === "SMS_OTP",
  );

async function temporaryPassword(
  services: Services,
  pool: UserPool,
  user: User,
  given: string | undefined,
): Promise<TemporaryPassword> {
  if (given) requirePolicy(pool, given, "Password did not conform with password policy");
  const text = given || generatePassword(policyOf(pool), services.random);
  return { text, sealed: await sealPassword(services, pool, user, text) };
}

/**
 * Where the invitation goes: to the mediums asked for; by default to the phone, else to the e-mail address. A medium without an
 * address is skipped, as on AWS.
 */
function invitationDestinations(
  user: User,
  mediums: AdminCreateUserRequest["DesiredDeliveryMediums"],
): Destination[] {
  const { email, phone_number: phone } = user.attributes;
  const wanted = mediums?.length ? mediums : phone ? ["SMS" as const] : ["EMAIL" as const];
  return wanted.flatMap((medium) => {
    if (medium === "SMS") return phone ? [smsTo(phone)] : [];
    return email ? [emailTo(email)] : [];
  });
}

async function invite(
  send: SendMessage,
  user: User,
  input: AdminCreateUserRequest,
  code: string,
): Promise<void> {
  for (const destination of invitationDestinations(user, input.DesiredDeliveryMediums))
    await send(user, { kind: "AdminCreateUser", destination, code });
}

const storedTemporary = (services: Services, pool: UserPool, sealed: Uint8Array) => {
  const now = services.clock.now();
  return { sealed, setAt: now, temporaryUntil: after(now, temporaryPasswordValidityMs(policyOf(pool))) };
};

/** MessageAction=RESEND: a new temporary password with a new expiry for someone who has not used the old one. */
async function resendInvitation(
  services: Services,
  occasion: Occasion,
  input: AdminCreateUserRequest,
): Promise<User> {
  const { pool } = occasion;
  const user = await findUser(services.store.users, pool, input.Username);
  if (!user) throw userDoesNotExist();
  if (user.status !== "FORCE_CHANGE_PASSWORD") throw resendNotPossible(input.Username);
  const password = await temporaryPassword(services, pool, user, input.TemporaryPassword);
  return transactionWithMessages(services, occasion, async (repositories, send) => {
    const current = await repositories.users.lock(user.key);
    if (current?.status !== "FORCE_CHANGE_PASSWORD") throw resendNotPossible(input.Username);
    const changed = { ...current, modifiedAt: services.clock.now() };
    await repositories.users.save(changed);
    await replacePassword(repositories, pool, changed, storedTemporary(services, pool, password.sealed));
    await invite(send, changed, input, password.text);
    return changed;
  });
}

function attributesOfNewUser(pool: UserPool, input: AdminCreateUserRequest): Record<string, string> {
  const address = addressInUsername(pool, input.Username);
  const given = withChanges(
    {},
    {
      ...checkAttributes(pool, input.UserAttributes ?? [], { kind: "administrator" }, "creation"),
      ...(address ? { [address]: input.Username } : {}),
    },
  );
  for (const { Name, Value } of input.UserAttributes ?? [])
    if ((Name === VERIFIED_FLAG.email || Name === VERIFIED_FLAG.phone_number) && Value && !given[Name])
      throw requiredWithFlag(Name);
  return given;
}

/**
 * AdminCreateUser: a user with a temporary password (FORCE_CHANGE_PASSWORD), or without any where the pool allows to sign in by
 * code (CONFIRMED). A PreSignUp function may refuse the user.
 * @throws UsernameExistsException, AliasExistsException, InvalidPasswordException, InvalidParameterException,
 * UnsupportedUserStateException and UserNotFoundException (RESEND)
 */
export async function administratorCreatesUser(
  services: Services,
  occasion: Occasion,
  input: AdminCreateUserRequest,
): Promise<User> {
  const { pool } = occasion;
  if (input.MessageAction === "RESEND") return resendInvitation(services, occasion, input);
  const passwordless = !input.TemporaryPassword && allowsPasswordless(pool);
  const attributes = attributesOfNewUser(pool, input);
  const missing = missingRequired(pool, attributes);
  if (passwordless && missing.length) throw requiredAttributesMissing(missing);
  if (attributes.preferred_username === input.Username && !usesAddressAsUsername(pool))
    throw invalidParameter("preferred_username must differ from the username.");
  const user = newUser(services, pool, {
    username: input.Username,
    status: passwordless ? "CONFIRMED" : "FORCE_CHANGE_PASSWORD",
    attributes,
  });
  const password = passwordless
    ? null
    : await temporaryPassword(services, pool, user, input.TemporaryPassword);
  await preSignUp(services, occasion, "AdminCreateUser", user.username, attributes);
  await transactionWithMessages(services, occasion, async (repositories, send) => {
    const result = await insertUser(repositories, pool, user, input.ForceAliasCreation ? "move" : "refuse");
    const alias = takenAlias(result);
    if (alias)
      throw usesAddressAsUsername(pool) ? accountWithAddressExists(alias) : addressAlreadyTaken(alias);
    if (result === "username-exists") throw userAccountAlreadyExists();
    if (!password) return;
    await repositories.passwords.put(user.key, storedTemporary(services, pool, password.sealed));
    if (input.MessageAction !== "SUPPRESS") await invite(send, user, input, password.text);
  });
  return user;
}
