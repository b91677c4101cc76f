import { signInAfterConfirmation } from "../confirmation.ts";
import { beginChoice } from "../first-factor.ts";
import type { Flow } from "../flow.ts";

/** USER_AUTH: choice-based sign-in, or straight on after ConfirmSignUp. */
export const userAuth: Flow = {
  begin: (services, { pool, client, sourceIp, parameters, session }) =>
    session === undefined
      ? beginChoice(services, { pool, client, sourceIp }, parameters)
      : signInAfterConfirmation(services, { pool, client, sourceIp }, session, parameters),
};
