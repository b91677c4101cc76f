import { hidesUserExistence, requireSecretHash } from "../../clients/index.ts";
import {
  missingRequiredParameter,
  passwordResetRequired,
  type ServiceError,
  temporaryPasswordExpired,
  userDoesNotExist,
} from "../../errors.ts";
import type { Services } from "../../services.ts";
import { findUser, type StoredPassword, type User } from "../../users/index.ts";
import type { Flow, FlowRequest } from "../flow.ts";
import { attemptProof, attemptSubject, checkPassword } from "../password-proof.ts";
import { continueSignIn } from "../sign-in-service.ts";

interface Claimed {
  readonly user: User | null;
  readonly name: string;
  readonly stored: StoredPassword | null;
}

/** Clients that hide who exists get the same words for an unknown user as for a wrong password. */
async function refusalOf(
  services: Services,
  { pool, client }: FlowRequest,
  claimed: Claimed,
  password: string,
): Promise<ServiceError | null> {
  const hidden = hidesUserExistence(client);
  const refusal = await checkPassword(services, pool, claimed, password);
  if (!claimed.user) return hidden ? refusal : userDoesNotExist();
  // A reset takes the password out of use: whoever asks is told, unless the client hides who exists.
  if (claimed.user.status === "RESET_REQUIRED" && claimed.user.enabled && !hidden) {
    await services.store.signInAttempts.refund(pool.key, attemptSubject(pool, claimed.user, claimed.name));
    return passwordResetRequired();
  }
  return refusal;
}

/** USER_PASSWORD_AUTH, and ADMIN_USER_PASSWORD_AUTH, which differs only in who may ask. */
export const userPassword: Flow = {
  async begin(services, request) {
    const { pool, client, parameters } = request;
    const { USERNAME: name, PASSWORD: password } = parameters;
    if (!name) throw missingRequiredParameter("USERNAME");
    if (!password) throw missingRequiredParameter("PASSWORD");
    requireSecretHash(services, pool, client, { hash: parameters.SECRET_HASH, source: "SECRET_HASH" }, [
      name,
    ]);
    const user = await findUser(services.store.users, pool, name);
    const stored = user && (await services.store.passwords.find(user.key));
    const subject = attemptSubject(pool, user, name);
    const answer = await attemptProof(
      services,
      pool,
      subject,
      () => refusalOf(services, request, { user, name, stored }, password),
      async () => {
        if (!user || !stored) throw userDoesNotExist();
        if (stored.temporaryUntil !== null && stored.temporaryUntil <= services.clock.now()) {
          await services.store.signInAttempts.refund(pool.key, subject);
          throw temporaryPasswordExpired();
        }
        return continueSignIn(services, request, user, { proven: ["PASSWORD"], chosenFactor: null });
      },
    );
    return answer();
  },
};
