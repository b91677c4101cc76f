import { invalidParameter, missingRequiredParameter, sessionInvalid } from "../../errors.ts";
import { poolFactors } from "../../user-pools/index.ts";
import type { Challenge, ChallengeContext } from "../challenge.ts";
import { demandedPolicy, type Progress, usableFactors } from "../sign-in.ts";

function choices({ pool, user }: ChallengeContext, progress: Progress) {
  const policy = { mfa: pool.settings.MfaConfiguration ?? "OFF", offered: poolFactors(pool) };
  return usableFactors(user, demandedPolicy(progress, policy));
}

/** A user with several second factors and no preference picks one. */
export const selectMfaType: Challenge = {
  name: "SELECT_MFA_TYPE",
  guessable: false,

  async issue(context, _repositories, _send, _nonce, progress) {
    return {
      parameters: {
        MFAS_CAN_CHOOSE: JSON.stringify(choices(context, progress)),
        USER_ID_FOR_SRP: context.user.username,
      },
      secret: null,
    };
  },

  async verify(context, signIn, responses) {
    const answer = responses.ANSWER;
    if (!answer) throw missingRequiredParameter("ANSWER");
    const factor = choices(context, signIn).find((choice) => choice === answer);
    if (!factor) throw invalidParameter("Invalid answer given for SELECT_MFA_TYPE.");
    return {
      kind: "proved",
      proof: null,
      chosenFactor: factor,
      async apply(repositories) {
        const current = await repositories.users.byKey(context.user.key);
        if (!current) throw sessionInvalid();
        return current;
      },
    };
  },
};
