import { signInAfterConfirmation } from "../confirmation.ts";
import { beginChoice } from "../first-factor.ts";
import type { Flow } from "../flow.ts";

/** USER_AUTH: choice-based sign-in, or straight on after ConfirmSignUp. */
export const userAuth: Flow = {
  begin: (services, { pool, client, parameters, session }) =>
    session === undefined
      ? beginChoice(services, { pool, client }, parameters)
      : signInAfterConfirmation(services, { pool, client }, session, parameters),
};
