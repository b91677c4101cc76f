import type {
  ChallengeNameType,
  UserPoolMfaType,
  WebAuthnFactorConfigurationType,
} from "../../api/generated/shapes.ts";
import type { Instant } from "../../runtime/clock.ts";
import type { Device } from "../devices/index.ts";
import type { Assessment } from "../threat-protection/index.ts";
import { deviceTracking, type PoolFactors, type UserPool } from "../user-pools/index.ts";
import type { MfaFactor, User, UserKey, UserStatus } from "../users/index.ts";

/** A first factor that needs no password, and no second factor after it. */
export type PasswordlessProof =
  | "FIRST_EMAIL_OTP"
  | "FIRST_SMS_OTP"
  | "FIRST_WEB_AUTHN"
  /** The authenticator made sure of the user, by a PIN or a biometric: the passkey and that are two factors. */
  | "FIRST_WEB_AUTHN_WITH_USER_VERIFICATION"
  /** The account was confirmed a moment ago by a code. */
  | "FIRST_CONFIRMATION";

/** What has been shown so far: the password, another first or a second factor, the claimed device, what the pool's functions asked for. */
export type Proof = "PASSWORD" | "CUSTOM" | PasswordlessProof | MfaFactor | "DEVICE";

/** A finished challenge of a custom sign-in, short because the Session carries it: no name stands for CUSTOM_CHALLENGE. */
export type Round = readonly [name: string | null, result: 0 | 1, metadata: string | null];

/** The challenges that this server asks, in the API's names. */
export type ChallengeName = Extract<
  ChallengeNameType,
  | "NEW_PASSWORD_REQUIRED"
  | "EMAIL_OTP"
  | "SMS_MFA"
  | "SELECT_MFA_TYPE"
  | "SOFTWARE_TOKEN_MFA"
  | "MFA_SETUP"
  | "DEVICE_SRP_AUTH"
  | "DEVICE_PASSWORD_VERIFIER"
>;

/** One of the user's devices that the client says to be; shown only when DEVICE is among the proofs. */
export interface ClaimedDevice {
  readonly key: string;
  /** The client's SRP value (hexadecimal) once it answered DEVICE_SRP_AUTH. */
  readonly publicA: string | null;
}

/** How far a sign-in has come. */
export interface Progress {
  readonly proven: readonly Proof[];
  /** The second factor picked in SELECT_MFA_TYPE. */
  readonly chosenFactor: MfaFactor | null;
  /** Null when the client says to be none of the user's devices. */
  readonly device?: ClaimedDevice | null;
  /** When the password was set that was proved: one set since ends the sign-in. Null or absent when none was proved. */
  readonly passwordSetAt?: Instant | null;
  /** What happened so far in a custom sign-in; absent in every other. */
  readonly rounds?: readonly Round[] | undefined;
  /** What threat protection made of the first factor's proof; absent where nobody watches. */
  readonly assessed?: Assessment | undefined;
}

/** A custom sign-in that waits for an answer: what its Session text holds under its seal. */
export interface CustomSignIn extends Progress {
  readonly stage: "custom";
  readonly nonce: string;
  /** Null for a name that no user has. */
  readonly userKey: UserKey | null;
  /** As it was given. */
  readonly name: string;
  readonly challenge: "CUSTOM_CHALLENGE" | "PASSWORD_VERIFIER";
  readonly rounds: readonly Round[];
  /** For the function that verifies the answer. */
  readonly privateParameters: Readonly<Record<string, string>>;
  readonly metadata: string | null;
  readonly expiresAt: Instant;
}

/** The challenges of a choice-based sign-in before any factor is proved. */
export type FirstChallengeName = Extract<
  ChallengeNameType,
  "SELECT_CHALLENGE" | "PASSWORD" | "PASSWORD_SRP" | "EMAIL_OTP" | "SMS_OTP" | "WEB_AUTHN"
>;

/** A factor that a choice-based sign-in can begin with. */
export type FirstFactor = Exclude<FirstChallengeName, "SELECT_CHALLENGE">;

/** A choice-based sign-in whose first factor is not proved yet: what its Session text holds under its seal. */
export interface Opening {
  readonly stage: "opening";
  readonly nonce: string;
  /** Null for a name that no user has. */
  readonly userKey: UserKey | null;
  /** As it was given. */
  readonly name: string;
  readonly challenge: FirstChallengeName;
  /** Digest of the code that is expected, base64; for WEB_AUTHN what is to be signed, base64url; null when nothing is expected. */
  readonly secret: string | null;
  readonly expiresAt: Instant;
}

/** A right to sign in once without another factor, given by ConfirmSignUp: what its Session text holds under its seal. */
export interface Confirmation {
  readonly stage: "confirmed";
  readonly nonce: string;
  readonly userKey: UserKey;
  readonly expiresAt: Instant;
}

/** What a Session text can hold. */
export type SessionState = Opening | SignIn | CustomSignIn | Confirmation;

/** A sign-in between two requests, after its first factor: what the Session text holds under its seal. */
export interface SignIn extends Progress {
  readonly stage: "under-way";
  /** Unique per session text; makes it usable once. */
  readonly nonce: string;
  readonly userKey: UserKey;
  readonly challenge: ChallengeName;
  /** The factor that was set up inside this sign-in and proved itself; null unless MFA_SETUP is under way. */
  readonly factorSetUp: MfaFactor | null;
  /** Digest of the code that the challenge expects, base64; null when it expects none. */
  readonly secret: string | null;
  readonly expiresAt: Instant;
}

/** The pool's part in the decision. */
export interface SignInPolicy {
  readonly mfa: UserPoolMfaType;
  readonly offered: PoolFactors;
  /** What a passkey counts for; one factor unless it says otherwise. */
  readonly webAuthn?: WebAuthnFactorConfigurationType;
}

export type Refusal =
  | "disabled"
  | "not-confirmed"
  | "reset-required"
  | "password-required"
  | "no-factor-possible"
  | "too-risky";

export type Step =
  | { readonly kind: "challenge"; readonly name: ChallengeName }
  /** The pool's functions decide what is next. */
  | { readonly kind: "custom" }
  | { readonly kind: "refused"; readonly reason: Refusal }
  | { readonly kind: "complete" };

/**
 * What the claimed device counts for, as the user's devices and the pool are now: nothing, or it is trusted in place of the second
 * factor once it has proved itself.
 */
export type DeviceStanding = "none" | "trusted";

/** @param device the claimed device among those of the user; null when it is none of them */
export function deviceStanding(
  pool: Pick<UserPool, "settings">,
  device: Pick<Device, "status"> | null,
): DeviceStanding {
  const trusts = deviceTracking(pool)?.replacesSecondFactor && device?.status === "remembered";
  return trusts ? "trusted" : "none";
}

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

/** The factors that a user without any can set up inside a sign-in. */
export function factorsToSetUp(user: SignInUser, policy: SignInPolicy): MfaFactor[] {
  const token = policy.offered.SOFTWARE_TOKEN_MFA ? ["SOFTWARE_TOKEN_MFA" as const] : [];
  const email = policy.offered.EMAIL_OTP && !user.attributes.email ? ["EMAIL_OTP" as const] : [];
  return [...token, ...email];
}

/** A risk asks for a second factor as a pool does that requires one, if there is any in the pool. */
export const demandedPolicy = ({ assessed }: Progress, policy: SignInPolicy): SignInPolicy =>
  (assessed?.demand ?? "none") === "none" || policy.mfa === "OFF" ? policy : { ...policy, mfa: "ON" };

/**
 * What a risk adds to what the user owes; null when that is nothing. A trusted device does not stand for it, and a factor is not set
 * up for it: whoever knows the password could.
 */
function riskStep(progress: Progress, user: SignInUser, policy: SignInPolicy): Step | null {
  const demand = progress.assessed?.demand ?? "none";
  if (demand === "none" || showsTwoFactors(progress, policy)) return null;
  const demanded = demandedPolicy(progress, policy);
  const possible = demanded.mfa === "ON" && !progress.proven.some(isPasswordless);
  if (possible && usableFactors(user, demanded).length > 0) return secondFactorStep(progress, user, demanded);
  return demand === "required" ? { kind: "refused", reason: "too-risky" } : null;
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
  return factorsToSetUp(user, policy).length > 0
    ? { kind: "challenge", name: "MFA_SETUP" }
    : { kind: "refused", reason: "no-factor-possible" };
}

/** A device proves itself in two steps. */
function deviceStep({ proven, device }: Progress): Step {
  if (proven.includes("DEVICE")) return { kind: "complete" };
  return { kind: "challenge", name: device?.publicA ? "DEVICE_PASSWORD_VERIFIER" : "DEVICE_SRP_AUTH" };
}

/**
 * A trusted device stands for a second factor that the user has, and proves itself where none is due. It does not stand for setting
 * one up, neither before MFA_SETUP was answered nor after.
 */
const isAsked = (standing: DeviceStanding, owed: Step, { chosenFactor }: Progress): boolean =>
  standing === "trusted" &&
  chosenFactor === null &&
  (owed.kind === "complete" || (owed.kind === "challenge" && owed.name !== "MFA_SETUP"));

/**
 * The whole order of a sign-in, in one place and pure: standing, then the new password, then a second factor that a risk demands,
 * else a trusted device or the second factor, then in a custom sign-in what the pool's functions ask for, then tokens. No flow and no challenge decides order anywhere else. A
 * custom sign-in without the password owes no second factor, as on AWS: its functions are the factors, and a trusted device proves
 * itself after them.
 */
export function nextStep(
  progress: Progress,
  user: SignInUser,
  policy: SignInPolicy,
  device: DeviceStanding = "none",
): Step {
  const step = ownStep(progress, user, policy, device);
  const custom = progress.rounds !== undefined && !progress.proven.includes("CUSTOM");
  return custom && step.kind === "complete" ? { kind: "custom" } : step;
}

function ownStep(progress: Progress, user: SignInUser, policy: SignInPolicy, device: DeviceStanding): Step {
  if (!user.enabled) return { kind: "refused", reason: "disabled" };
  const byStatus = STATUS_STEP[user.status];
  const passwordless = progress.proven.some(isPasswordless);
  if (byStatus) return passwordless && byStatus.kind === "challenge" ? PASSWORD_REQUIRED : byStatus;
  if (progress.proven.some(isSecondFactor)) return { kind: "complete" };
  const byRisk = riskStep(progress, user, policy);
  if (byRisk) return byRisk;
  const owed: Step = isCustomOnly(progress) ? { kind: "complete" } : secondFactorStep(progress, user, policy);
  if (passwordless)
    return owed.kind === "complete" || showsTwoFactors(progress, policy)
      ? { kind: "complete" }
      : PASSWORD_REQUIRED;
  return isAsked(device, owed, progress) ? deviceStep(progress) : owed;
}

const PASSWORD_REQUIRED: Step = { kind: "refused", reason: "password-required" };
const passkeysCountTwice = ({ webAuthn }: SignInPolicy): boolean =>
  webAuthn === "MULTI_FACTOR_WITH_USER_VERIFICATION";
const showsTwoFactors = ({ proven }: Progress, policy: SignInPolicy): boolean =>
  passkeysCountTwice(policy) && proven.includes("FIRST_WEB_AUTHN_WITH_USER_VERIFICATION");
const isPasswordless = (proof: Proof): boolean => proof.startsWith("FIRST_");
const isCustomOnly = ({ proven }: Progress): boolean =>
  proven.includes("CUSTOM") && !proven.includes("PASSWORD");
export const isSecondFactor = (proof: Proof): boolean => Object.hasOwn(CHALLENGE_OF, proof);

/** What choice-based sign-in depends on besides the user. */
export interface FirstFactorPolicy extends SignInPolicy {
  /** The pool's AllowedFirstAuthFactors. */
  readonly allowed: readonly string[];
}

/** What of a user's is kept beside the user. */
export interface Credentials {
  readonly password: boolean;
  /** Whether there is a passkey for the pool's relying party. */
  readonly passkey: boolean;
}

/**
 * The factors a user can begin with, in the order clients are shown. A user who owes a second factor begins with the password, or
 * with a passkey where that counts for two; one who owes a new password begins with the password.
 */
export function availableFirstFactors(
  user: SignInUser,
  has: Credentials,
  policy: FirstFactorPolicy,
): FirstFactor[] {
  const withPassword: FirstFactor[] =
    has.password || user.status === "FORCE_CHANGE_PASSWORD" ? ["PASSWORD_SRP", "PASSWORD"] : [];
  if (user.status === "FORCE_CHANGE_PASSWORD") return withPassword;
  const { allowed } = policy;
  const withPasskey: FirstFactor[] = allowed.includes("WEB_AUTHN") && has.passkey ? ["WEB_AUTHN"] : [];
  if (secondFactorStep({ proven: [], chosenFactor: null }, user, policy).kind !== "complete")
    return passkeysCountTwice(policy) ? [...withPassword, ...withPasskey] : withPassword;
  return [
    ...withPassword,
    ...(allowed.includes("EMAIL_OTP") && user.attributes.email ? ["EMAIL_OTP" as const] : []),
    ...(allowed.includes("SMS_OTP") && user.attributes.phone_number ? ["SMS_OTP" as const] : []),
    ...withPasskey,
  ];
}

/** Where a choice-based sign-in goes first: to the preferred factor, to the only one that is no password, else to the choice. */
export function firstChallenge(
  available: readonly FirstFactor[],
  preferred: string | undefined,
): FirstChallengeName {
  const wish = available.find((factor) => factor === preferred);
  if (wish) return wish;
  const [only] = available;
  return only && available.length === 1 && only !== "PASSWORD" && only !== "PASSWORD_SRP"
    ? only
    : "SELECT_CHALLENGE";
}
