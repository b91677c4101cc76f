import type { ChangePasswordRequest } from "../../api/generated/shapes.ts";
import { after } from "../../runtime/clock.ts";
import {
  attemptOf,
  attemptProof,
  attemptSubject,
  checkPassword,
  clearFailuresInARow,
  refundAttempt,
} from "../authentication/index.ts";
import { passwordResetRequired, unsupportedUserState, userDoesNotExist } from "../errors.ts";
import type { Services } from "../services.ts";
import {
  announceEvent,
  checkChosenPassword,
  type EventContext,
  protectionMode,
  recordEvent,
} from "../threat-protection/index.ts";
import type { TokenBearer } from "../tokens/index.ts";
import { temporaryPasswordValidityMs, type UserPool } from "../user-pools/index.ts";
import {
  nextUserStatus,
  replacePassword,
  requirePolicy,
  requireUnused,
  sealPassword,
  type User,
} from "../users/index.ts";
import { countAttempt } from "../verification/index.ts";

/** How long an administrator's password lasts: until the user's next sign-in, or for good. */
export type PasswordPermanence = "temporary" | "permanent";

/**
 * AdminSetUserPassword: works from every status; tokens stay valid.
 * @throws InvalidPasswordException, PasswordHistoryPolicyViolationException, UserNotFoundException
 */
export async function administratorSetsPassword(
  services: Services,
  pool: UserPool,
  user: User,
  password: string,
  permanence: PasswordPermanence,
): Promise<void> {
  requirePolicy(pool, password, "Password does not conform to policy");
  await requireUnused(services, pool, user, password);
  const sealed = await sealPassword(services, pool, user, password);
  await services.store.transaction(async (repositories) => {
    const current = await repositories.users.lock(user.key);
    if (!current) throw userDoesNotExist();
    const status = nextUserStatus(current.status, `${permanence}-password-set`);
    if (!status)
      throw unsupportedUserState(`The password of a user in status ${current.status} cannot be set.`);
    const now = services.clock.now();
    const temporaryUntil =
      permanence === "temporary"
        ? after(now, temporaryPasswordValidityMs(pool.settings.Policies?.PasswordPolicy ?? {}))
        : null;
    await repositories.users.save({ ...current, status, modifiedAt: now });
    await replacePassword(repositories, pool, current, { sealed, setAt: now, temporaryUntil });
    // A code that was sent for the password before must not undo this one.
    await repositories.codes.remove(current.key, "reset-password");
    await clearFailuresInARow(services, repositories, pool, attemptSubject(pool, current, current.username));
  });
}

/** Who changes a password, and from where. */
type Changer = TokenBearer & { readonly userContext?: EventContext };

async function recordWrongPassword(services: Services, bearer: Changer): Promise<void> {
  const { pool, user } = bearer;
  if (protectionMode(pool) === "OFF") return;
  const event = await services.store.transaction((repositories) =>
    recordEvent(services, repositories, bearer, user, { type: "PasswordChange", response: "Fail" }),
  );
  announceEvent(services, pool, user, event);
}

/**
 * ChangePassword with an access token. A wrong previous password counts as a failed sign-in. Someone without a password sets a
 * first one by omitting the previous. A password that was reset is out of use here too. Tokens stay valid.
 * @throws NotAuthorizedException, PasswordResetRequiredException, InvalidPasswordException,
 * PasswordHistoryPolicyViolationException, LimitExceededException
 */
export async function changePassword(
  services: Services,
  bearer: Changer,
  input: ChangePasswordRequest,
): Promise<void> {
  const { pool, user } = bearer;
  if (user.status === "RESET_REQUIRED") throw passwordResetRequired();
  await countAttempt(services, pool, `user:${user.key}`, "change-password");
  const stored = await services.store.passwords.find(user.key);
  const store = async () => {
    requirePolicy(pool, input.ProposedPassword, "Password does not conform to policy");
    await requireUnused(services, pool, user, input.ProposedPassword);
    const compromised = await checkChosenPassword(
      services,
      bearer,
      input.ProposedPassword,
      "PASSWORD_CHANGE",
    );
    const sealed = await sealPassword(services, pool, user, input.ProposedPassword);
    const event = await services.store.transaction(async (repositories) => {
      const current = await repositories.users.lock(user.key);
      if (!current) throw userDoesNotExist();
      const now = services.clock.now();
      await repositories.users.save({ ...current, modifiedAt: now });
      await replacePassword(repositories, pool, current, { sealed, setAt: now, temporaryUntil: null });
      return recordEvent(services, repositories, bearer, current, {
        type: "PasswordChange",
        response: "Pass",
        risk: { decision: "NoRisk", level: null, compromised },
      });
    });
    announceEvent(services, pool, user, event);
  };
  if (!stored && input.PreviousPassword === undefined) return store();
  const attempt = attemptOf(services, pool, user, user.username);
  const claimed = { user, name: user.username, stored };
  await attemptProof(
    services,
    pool,
    attempt,
    async () => {
      const refusal = await checkPassword(services, pool, claimed, input.PreviousPassword ?? "");
      if (refusal) await recordWrongPassword(services, bearer);
      return refusal;
    },
    async () => {
      await refundAttempt(services.store, pool, attempt);
      await store();
    },
  );
}
