import { after } from "../../runtime/clock.ts";
import { clientValidity } from "../clients/index.ts";
import { sessionExpired, sessionInvalid } from "../errors.ts";
import type { Services } from "../services.ts";
import type { User } from "../users/index.ts";
import { openSession, sealSession } from "./challenge-session.ts";
import type { ClientPlace, SignInOutcome, SignInPlace } from "./outcome.ts";
import { applyAnswer, outcome } from "./sign-in-service.ts";

/** The Session that ConfirmSignUp answers with: good for one USER_AUTH sign-in of this user while it lives. */
export function confirmationSession(services: Services, { pool, client }: ClientPlace, user: User): string {
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
  user: User | null,
): Promise<SignInOutcome> {
  const { pool, client } = place;
  const state = openSession(services.keyEncryptionKey, pool, client, session);
  if (state.stage !== "confirmed") throw sessionInvalid();
  if (state.expiresAt <= services.clock.now()) throw sessionExpired();
  if (user?.key !== state.userKey) throw sessionInvalid();
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
