import { signInAfterConfirmation } from "../confirmation.ts";
import { beginChoice } from "../first-factor.ts";
import type { Flow } from "../flow.ts";

/** USER_AUTH: choice-based sign-in, or straight on after ConfirmSignUp. */
export const userAuth: Flow = {
  kind: "named",
  migratesBy: null,
  check() {},
  begin: (services, request) =>
    request.session === undefined
      ? beginChoice(services, request, request, request.parameters)
      : signInAfterConfirmation(services, request, request.session, request.user),
};
