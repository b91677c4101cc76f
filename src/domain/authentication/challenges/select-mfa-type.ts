import { invalidParameter, missingRequiredParameter, sessionInvalid } from "../../errors.ts";
import { poolFactors } from "../../user-pools/index.ts";
import type { Challenge, ChallengeContext } from "../challenge.ts";
import { usableFactors } from "../sign-in.ts";

const choices = ({ pool, user }: ChallengeContext) =>
  usableFactors(user, { mfa: pool.settings.MfaConfiguration ?? "OFF", offered: poolFactors(pool) });

/** A user with several second factors and no preference picks one. */
export const selectMfaType: Challenge = {
  name: "SELECT_MFA_TYPE",
  guessable: false,

  async issue(context) {
    return {
      parameters: {
        MFAS_CAN_CHOOSE: JSON.stringify(choices(context)),
        USER_ID_FOR_SRP: context.user.username,
      },
      secret: null,
    };
  },

  async verify(context, _signIn, responses) {
    const answer = responses.ANSWER;
    if (!answer) throw missingRequiredParameter("ANSWER");
    const factor = choices(context).find((choice) => choice === answer);
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
