import type { CodeDeliveryDetailsType, ConfirmForgotPasswordRequest } from "../../api/generated/shapes.ts";
import { attemptSubject, clearAttempts, migrateForgotten } from "../authentication/index.ts";
import { hidesUserExistence, requireSecretHash } from "../clients/index.ts";
import {
  resetNotPossibleInState,
  ServiceError,
  userDisabled,
  usernameClientCombinationNotFound,
} from "../errors.ts";
import { codeDeliveryDetails, type Destination } from "../messages/index.ts";
import type { Services } from "../services.ts";
import {
  announceEvent,
  checkChosenPassword,
  recordEvent,
  requireAdmittedAddress,
  settleEvent,
} from "../threat-protection/index.ts";
import { type Occasion, postConfirmation, transactionWithMessages } from "../triggers/index.ts";
import type { UserPool } from "../user-pools/index.ts";
import {
  findUser,
  nextUserStatus,
  proveAddress,
  replacePassword,
  requirePolicy,
  requireUnused,
  sealPassword,
  type User,
} from "../users/index.ts";
import {
  checkCode,
  consumeCode,
  countAttempt,
  pretendToSendCode,
  refuseImaginedCode,
  sendCode,
} from "../verification/index.ts";
import { recoveryDestination, simulatedDestination } from "./recovery-destination.ts";
import type { AccountPlace } from "./sign-up.ts";

/** Who is meant, with the hourly count made first: asking for a code and answering share one number. */
async function countedUser(
  services: Services,
  { pool }: AccountPlace,
  username: string,
): Promise<User | null> {
  const user = await findUser(services.store.users, pool, username);
  await countAttempt(services, pool, attemptSubject(pool, user, username), "recover-password");
  return user;
}

/** States whose password cannot be forgotten: a temporary one is the administrator's matter, a foreign one the provider's. */
const UNRECOVERABLE: ReadonlySet<User["status"]> = new Set(["FORCE_CHANGE_PASSWORD", "EXTERNAL_PROVIDER"]);

/**
 * Where the code of a forgotten password goes.
 * @throws NotAuthorizedException, InvalidParameterException
 */
export function forgottenPasswordDestination(
  pool: Pick<UserPool, "settings">,
  user: Pick<User, "status" | "enabled" | "attributes" | "mfa">,
): Destination {
  if (!user.enabled) throw userDisabled();
  if (UNRECOVERABLE.has(user.status)) throw resetNotPossibleInState();
  return recoveryDestination(pool, user, "user");
}

/** What a client is told that hides who exists, after the work of sending a code. */
async function simulatedCode(
  services: Services,
  place: AccountPlace,
  name: string,
): Promise<CodeDeliveryDetailsType> {
  const { pool } = place;
  const destination = simulatedDestination(services, pool, name);
  await transactionWithMessages(services, place, (repositories, send) =>
    pretendToSendCode(services, repositories, send, pool, name, {
      purpose: "reset-password",
      kind: "ForgotPassword",
      destination,
    }),
  );
  return codeDeliveryDetails(destination);
}

/**
 * ForgotPassword: sends a code, changes nothing else, unless a UserMigration function knows a name that no user has. A client that
 * hides who exists gets a plausible answer for unknown and disabled users and for those without a verified address.
 * @throws UserNotFoundException, NotAuthorizedException, InvalidParameterException, LimitExceededException
 */
export async function forgotPassword(
  services: Services,
  place: AccountPlace,
  input: { readonly Username: string; readonly SecretHash?: string | undefined },
): Promise<CodeDeliveryDetailsType> {
  const { pool, client } = place;
  const hash = { hash: input.SecretHash, source: "SecretHash" } as const;
  requireSecretHash(services, pool, client, hash, [input.Username]);
  await requireAdmittedAddress(services, place);
  const known = await countedUser(services, place, input.Username);
  const hidden = hidesUserExistence(client);
  const user = known ?? (await migrateForgotten(services, place, input.Username));
  if (!user) {
    if (hidden) return simulatedCode(services, place, input.Username);
    throw usernameClientCombinationNotFound();
  }
  let destination: Destination;
  try {
    destination = forgottenPasswordDestination(place.pool, user);
  } catch (refusal) {
    const told = user.enabled && UNRECOVERABLE.has(user.status);
    const simulate = hidden && refusal instanceof ServiceError && !told;
    if (simulate) return simulatedCode(services, place, input.Username);
    throw refusal;
  }
  const event = await transactionWithMessages(services, place, async (repositories, send) => {
    await sendCode(services, repositories, send, pool, user, {
      purpose: "reset-password",
      kind: "ForgotPassword",
      destination,
    });
    const begun = { type: "ForgotPassword", response: "InProgress" } as const;
    return recordEvent(services, repositories, place, user, begun);
  });
  announceEvent(services, pool, user, event);
  return codeDeliveryDetails(destination);
}

/**
 * ConfirmForgotPassword: the code sets a new password, confirms the account and proves the address it was sent to; a lock of the
 * account ends. Tokens stay valid.
 * @throws CodeMismatchException, ExpiredCodeException, InvalidPasswordException, PasswordHistoryPolicyViolationException,
 * NotAuthorizedException, UserNotFoundException, LimitExceededException
 */
export async function confirmForgotPassword(
  services: Services,
  place: AccountPlace,
  input: ConfirmForgotPasswordRequest,
): Promise<void> {
  const { pool, client } = place;
  const hash = { hash: input.SecretHash, source: "SecretHash" } as const;
  requireSecretHash(services, pool, client, hash, [input.Username]);
  await requireAdmittedAddress(services, place);
  const user = await countedUser(services, place, input.Username);
  const hidden = hidesUserExistence(client);
  const refuseHidden = () => refuseImaginedCode(services, pool, input.Username, "reset-password");
  if (!user) return hidden ? refuseHidden() : Promise.reject(usernameClientCombinationNotFound());
  if (!user.enabled && !hidden) throw userDisabled();
  // No code is empty: whatever a disabled user gives is a wrong one.
  const given = user.enabled ? input.ConfirmationCode : "";
  const digest = await checkCode(services, pool, user, "reset-password", given).catch((refusal: unknown) =>
    hidden && refusal instanceof ServiceError && refusal.code === "ExpiredCodeException"
      ? refuseHidden()
      : Promise.reject(refusal),
  );
  requirePolicy(pool, input.Password, "Password does not conform to policy");
  await requireUnused(services, pool, user, input.Password);
  const compromised = await checkChosenPassword(services, place, input.Password, "PASSWORD_CHANGE");
  const sealed = await sealPassword(services, pool, user, input.Password);
  const { confirmed, event } = await services.store.transaction(async (repositories) => {
    const current = await repositories.users.lock(user.key);
    const status = current && nextUserStatus(current.status, "password-reset-confirmed");
    if (!current || !status) throw resetNotPossibleInState();
    const code = await consumeCode(services, repositories, current, "reset-password", digest);
    const attributes = await proveAddress(repositories.users, pool, current, code.attribute, code.target);
    const now = services.clock.now();
    const changed = { ...current, status, attributes, modifiedAt: now };
    await repositories.users.save(changed);
    await replacePassword(repositories, pool, current, { sealed, setAt: now, temporaryUntil: null });
    await clearAttempts(services, repositories, pool, attemptSubject(pool, current, current.username));
    const passed = await settleEvent(services, repositories, place, changed, {
      type: "ForgotPassword",
      response: "Pass",
      risk: { decision: "NoRisk", level: null, compromised },
    });
    return { confirmed: changed, event: passed };
  });
  announceEvent(services, pool, confirmed, event);
  await postConfirmation(services, place, "ConfirmForgotPassword", confirmed);
}

/**
 * AdminResetUserPassword: the password stops working and a code goes out.
 * @throws NotAuthorizedException, InvalidParameterException
 */
export async function administratorResetsPassword(
  services: Services,
  occasion: Occasion,
  user: User,
): Promise<void> {
  const { pool } = occasion;
  await transactionWithMessages(services, occasion, async (repositories, send) => {
    const current = await repositories.users.lock(user.key);
    const status = current && nextUserStatus(current.status, "password-reset-by-administrator");
    if (!current || !status) throw resetNotPossibleInState();
    const destination = recoveryDestination(pool, current, "administrator");
    const changed = { ...current, status, modifiedAt: services.clock.now() };
    await repositories.users.save(changed);
    await sendCode(services, repositories, send, pool, changed, {
      purpose: "reset-password",
      kind: "AdminResetUserPassword",
      destination,
    });
  });
}
