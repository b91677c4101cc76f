import { after } from "../../runtime/clock.ts";
import { clientValidity, requireSecretHash } from "../clients/index.ts";
import { missingRequiredParameter, sessionExpired, sessionInvalid } from "../errors.ts";
import type { Services } from "../services.ts";
import { findUser, type User } from "../users/index.ts";
import { openSession, sealSession } from "./challenge-session.ts";
import type { SignInOutcome, SignInPlace } from "./outcome.ts";
import { applyAnswer, outcome } from "./sign-in-service.ts";

/** The Session that ConfirmSignUp answers with: good for one USER_AUTH sign-in of this user while it lives. */
export function confirmationSession(services: Services, { pool, client }: SignInPlace, user: User): string {
  return sealSession(services.keyEncryptionKey, pool, client, {
    stage: "confirmed",
    nonce: services.identifiers.uuid(),
    userKey: user.key,
    expiresAt: after(services.clock.now(), clientValidity(client.settings).sessionMs),
  });
}

/**
 * USER_AUTH with the Session of ConfirmSignUp: the code that confirmed the account stands for the first factor.
 * @throws NotAuthorizedException, InvalidParameterException
 */
export async function signInAfterConfirmation(
  services: Services,
  place: SignInPlace,
  session: string,
  parameters: Readonly<Record<string, string>>,
): Promise<SignInOutcome> {
  const { pool, client } = place;
  const { USERNAME: username } = parameters;
  if (!username) throw missingRequiredParameter("USERNAME");
  const state = openSession(services.keyEncryptionKey, pool, client, session);
  if (state.stage !== "confirmed") throw sessionInvalid();
  if (state.expiresAt <= services.clock.now()) throw sessionExpired();
  const user = await findUser(services.store.users, pool, username);
  if (user?.key !== state.userKey) throw sessionInvalid();
  const hash = { hash: parameters.SECRET_HASH, source: "SECRET_HASH" } as const;
  requireSecretHash(services, pool, client, hash, [username, user.username]);
  const advanced = await applyAnswer(
    services,
    place,
    { ...state, proven: [], chosenFactor: null },
    {
      kind: "proved",
      proof: "FIRST_CONFIRMATION",
      async apply(repositories) {
        const current = await repositories.users.lock(user.key);
        if (!current) throw sessionInvalid();
        return current;
      },
    },
  );
  return outcome(services, place, advanced);
}
