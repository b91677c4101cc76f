import { invalidParameter, sessionInvalid } from "../../errors.ts";
import { poolFactors } from "../../user-pools/index.ts";
import {
  isEmailAddress,
  type MfaFactor,
  type User,
  updateAliases,
  VERIFIED_FLAG,
} from "../../users/index.ts";
import type { Challenge, ChallengeContext, Verification } from "../challenge.ts";
import { factorsToSetUp } from "../sign-in.ts";

const possible = ({ pool, user }: ChallengeContext): MfaFactor[] =>
  factorsToSetUp(user, { mfa: pool.settings.MfaConfiguration ?? "OFF", offered: poolFactors(pool) });

const withFactor = (user: User, factor: MfaFactor): User => ({
  ...user,
  mfa: { ...user.mfa, enabled: [...new Set([...user.mfa.enabled, factor])] },
});

/** The software token proved itself by VerifySoftwareToken in this sign-in: it counts as the second factor of it. */
function tokenSetUp({ user }: ChallengeContext): Verification {
  return {
    kind: "proved",
    proof: "SOFTWARE_TOKEN_MFA",
    async apply(repositories) {
      const current = await repositories.users.lock(user.key);
      if (!current) throw sessionInvalid();
      const changed = withFactor(current, "SOFTWARE_TOKEN_MFA");
      await repositories.users.save(changed);
      return changed;
    },
  };
}

/** A user without an address gives one, and gets a code there next. */
function emailSetUp({ services, pool, user }: ChallengeContext, email: string): Verification {
  return {
    kind: "proved",
    proof: null,
    chosenFactor: "EMAIL_OTP",
    async apply(repositories) {
      const current = await repositories.users.lock(user.key);
      if (!current || current.attributes.email) throw sessionInvalid();
      const attributes = { ...current.attributes, email, [VERIFIED_FLAG.email]: "false" };
      await updateAliases(repositories.users, pool, current, attributes, "refuse");
      const changed = { ...withFactor(current, "EMAIL_OTP"), attributes, modifiedAt: services.clock.now() };
      await repositories.users.save(changed);
      return changed;
    },
  };
}

/** In a pool that requires MFA, a user without a second factor sets one up before the sign-in goes on. */
export const mfaSetup: Challenge = {
  name: "MFA_SETUP",
  guessable: false,

  async issue(context) {
    return {
      parameters: {
        MFAS_CAN_SETUP: JSON.stringify(possible(context)),
        USER_ID_FOR_SRP: context.user.username,
      },
      secret: null,
    };
  },

  async verify(context, signIn, responses) {
    if (signIn.factorSetUp === "SOFTWARE_TOKEN_MFA") return tokenSetUp(context);
    const email = responses.EMAIL ?? responses.email;
    if (email === undefined || !possible(context).includes("EMAIL_OTP"))
      throw invalidParameter("No MFA method has been set up in this session.");
    if (!isEmailAddress(email)) throw invalidParameter("Invalid email address format.");
    return emailSetUp(context, email);
  },
};
