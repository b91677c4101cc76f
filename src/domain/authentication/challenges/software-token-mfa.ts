import {
  missingRequiredParameter,
  sessionInvalid,
  softwareTokenCodeMismatch,
  softwareTokenUsed,
} from "../../errors.ts";
import type { Challenge } from "../challenge.ts";
import { stepOfCode } from "../software-token.ts";

/** A time-based code from the user's authenticator; each works once. */
export const softwareTokenMfa: Challenge = {
  name: "SOFTWARE_TOKEN_MFA",
  guessable: true,

  async issue({ services, user }) {
    const token = await services.store.softwareTokens.find(user.key);
    return {
      parameters: {
        ...(token?.friendlyName ? { FRIENDLY_DEVICE_NAME: token.friendlyName } : {}),
        USER_ID_FOR_SRP: user.username,
      },
      secret: null,
    };
  },

  async verify({ services, pool, user }, _signIn, responses) {
    const code = responses.SOFTWARE_TOKEN_MFA_CODE;
    if (!code) throw missingRequiredParameter("SOFTWARE_TOKEN_MFA_CODE");
    const token = await services.store.softwareTokens.find(user.key);
    const step = token?.sealedSecret ? stepOfCode(services, pool, user, token.sealedSecret, code) : null;
    if (!token || step === null) return { kind: "rejected", error: softwareTokenCodeMismatch() };
    if (step <= token.lastStep) return { kind: "rejected", error: softwareTokenUsed() };
    return {
      kind: "proved",
      proof: "SOFTWARE_TOKEN_MFA",
      async apply(repositories) {
        const current = await repositories.users.lock(user.key);
        if (!current) throw sessionInvalid();
        if (!(await repositories.softwareTokens.useStep(user.key, step))) throw softwareTokenUsed();
        return current;
      },
    };
  },
};
