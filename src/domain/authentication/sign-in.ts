import type { ChallengeNameType, UserPoolMfaType } from "../../api/generated/shapes.ts";
import type { Instant } from "../../runtime/clock.ts";
import type { PoolFactors } from "../user-pools/index.ts";
import type { MfaFactor, User, UserKey, UserStatus } from "../users/index.ts";

/** What has been shown so far: the password, or a second factor. */
export type Proof = "PASSWORD" | MfaFactor;

/** The challenges that this server asks, in the API's names. */
export type ChallengeName = Extract<
  ChallengeNameType,
  "NEW_PASSWORD_REQUIRED" | "EMAIL_OTP" | "SMS_MFA" | "SELECT_MFA_TYPE" | "SOFTWARE_TOKEN_MFA" | "MFA_SETUP"
>;

/** How far a sign-in has come. */
export interface Progress {
  readonly proven: readonly Proof[];
  /** The second factor picked in SELECT_MFA_TYPE. */
  readonly chosenFactor: MfaFactor | null;
}

/** A sign-in between two requests: what the Session text holds under its seal. */
export interface SignIn extends Progress {
  /** Unique per session text; makes it usable once. */
  readonly nonce: string;
  readonly userKey: UserKey;
  readonly challenge: ChallengeName;
  /** Digest of the code that the challenge expects, base64; null when it expects none. */
  readonly secret: string | null;
  readonly expiresAt: Instant;
}

/** The pool's part in the decision. */
export interface SignInPolicy {
  readonly mfa: UserPoolMfaType;
  readonly offered: PoolFactors;
}

export type Refusal = "disabled" | "not-confirmed" | "reset-required" | "no-factor-possible";

export type Step =
  | { readonly kind: "challenge"; readonly name: ChallengeName }
  | { readonly kind: "refused"; readonly reason: Refusal }
  | { readonly kind: "complete" };

type SignInUser = Pick<User, "status" | "enabled" | "attributes" | "mfa">;

const CHALLENGE_OF: Record<MfaFactor, ChallengeName> = {
  EMAIL_OTP: "EMAIL_OTP",
  SMS_MFA: "SMS_MFA",
  SOFTWARE_TOKEN_MFA: "SOFTWARE_TOKEN_MFA",
};
const FACTORS = Object.keys(CHALLENGE_OF) as readonly MfaFactor[];

/** What the status itself asks for or forbids, before any second factor; null when it has no say. */
const STATUS_STEP: Record<UserStatus, Step | null> = {
  CONFIRMED: null,
  EXTERNAL_PROVIDER: null,
  FORCE_CHANGE_PASSWORD: { kind: "challenge", name: "NEW_PASSWORD_REQUIRED" },
  RESET_REQUIRED: { kind: "refused", reason: "reset-required" },
  UNCONFIRMED: { kind: "refused", reason: "not-confirmed" },
  ARCHIVED: { kind: "refused", reason: "disabled" },
  COMPROMISED: { kind: "refused", reason: "disabled" },
  UNKNOWN: { kind: "refused", reason: "disabled" },
};

/** The factors a user can be asked for: those turned on, and where MFA is ON also those that an address makes possible. */
export function usableFactors(user: SignInUser, policy: SignInPolicy): MfaFactor[] {
  return FACTORS.filter((factor) => {
    if (!policy.offered[factor]) return false;
    if (user.mfa.enabled.includes(factor)) return true;
    if (policy.mfa !== "ON") return false;
    if (factor === "EMAIL_OTP") return Boolean(user.attributes.email);
    if (factor === "SMS_MFA") return Boolean(user.attributes.phone_number);
    return false;
  });
}

function secondFactorStep(progress: Progress, user: SignInUser, policy: SignInPolicy): Step {
  if (policy.mfa === "OFF") return { kind: "complete" };
  const usable = usableFactors(user, policy);
  const ask = (factor: MfaFactor): Step => ({ kind: "challenge", name: CHALLENGE_OF[factor] });
  if (progress.chosenFactor && usable.includes(progress.chosenFactor)) return ask(progress.chosenFactor);
  if (user.mfa.preferred && usable.includes(user.mfa.preferred)) return ask(user.mfa.preferred);
  const [first, second] = usable;
  if (first && second) return { kind: "challenge", name: "SELECT_MFA_TYPE" };
  if (first) return ask(first);
  if (policy.mfa === "OPTIONAL") return { kind: "complete" };
  return policy.offered.SOFTWARE_TOKEN_MFA
    ? { kind: "challenge", name: "MFA_SETUP" }
    : { kind: "refused", reason: "no-factor-possible" };
}

/**
 * The whole order of a sign-in, in one place and pure: standing, then the new password, then the second factor, then tokens. No
 * flow and no challenge decides order anywhere else.
 */
export function nextStep(progress: Progress, user: SignInUser, policy: SignInPolicy): Step {
  if (!user.enabled) return { kind: "refused", reason: "disabled" };
  const byStatus = STATUS_STEP[user.status];
  if (byStatus) return byStatus;
  if (progress.proven.some((proof) => proof !== "PASSWORD")) return { kind: "complete" };
  return secondFactorStep(progress, user, policy);
}
