import {
  availableFirstFactors,
  type ChallengeName,
  type ClaimedDevice,
  type DeviceStanding,
  type FirstFactor,
  factorsToSetUp,
  firstChallenge,
  nextStep,
  type Progress,
  type Proof,
  REFUSALS,
  type SignInPolicy,
  signInPolicyOf,
  usableFactors,
} from "../authentication/index.ts";
import { type Flow, hidesUserExistence, requireFlow } from "../clients/index.ts";
import {
  customAuthNotConfigured,
  incorrectUsernameOrPassword,
  invalidParameter,
  mfaMethodNotFound,
  passwordAttemptsExceeded,
  passwordResetRequired,
  ServiceError,
  temporaryPasswordExpired,
  userDisabled,
} from "../errors.ts";
import { deviceTracking } from "../user-pools/index.ts";
import { type MfaFactor, missingRequired, nextUserStatus } from "../users/index.ts";
import type { ExplainedStep } from "./explanation.ts";
import type { ExplainedClient, Situation } from "./situation.ts";

/** A flow that a person begins to sign in by. */
export type SignInFlow = Exclude<Flow, "REFRESH_TOKEN_AUTH">;

export const SIGN_IN_FLOWS: readonly SignInFlow[] = [
  "USER_SRP_AUTH",
  "USER_PASSWORD_AUTH",
  "USER_AUTH",
  "CUSTOM_AUTH",
  "ADMIN_USER_PASSWORD_AUTH",
];

/** What a sign-in asks in which order, and what it is refused with in the end; null for tokens. */
export interface SignInPath {
  readonly steps: readonly ExplainedStep[];
  readonly refusal: ServiceError | null;
}

type PathUser = Situation["user"];

/** More steps than any sign-in has. */
const MOST_STEPS = 12;

/** Someone on the way: who they are after the answers so far, and what these showed. */
interface Walker {
  readonly user: PathUser;
  readonly progress: Progress;
}

/** A challenge with the state after its right answer; null when it cannot be asked. */
type Asked = { readonly step: ExplainedStep; readonly after: Walker } | null;

const proving = ({ user, progress }: Walker, proof: Proof): Walker => ({
  user,
  progress: { ...progress, proven: [...progress.proven, proof] },
});

const code =
  (name: "EMAIL_OTP" | "SMS_MFA", attribute: string, answer: string) =>
  (walker: Walker): Asked =>
    walker.user.attributes[attribute]
      ? { step: { Challenge: name, Answer: answer }, after: proving(walker, name) }
      : null;

function withDevice({ user, progress }: Walker, device: ClaimedDevice): Walker {
  return { user, progress: { ...progress, device } };
}

/** What each challenge asks, and what its right answer changes. When a challenge is asked is decided by `nextStep` alone. */
const CHALLENGES: Readonly<
  Record<ChallengeName, (walker: Walker, policy: SignInPolicy, situation: Situation) => Asked>
> = {
  NEW_PASSWORD_REQUIRED({ user, progress }, _policy, { pool }) {
    const missing = missingRequired(pool, user.attributes);
    const status = nextUserStatus(user.status, "new-password-set") ?? user.status;
    const given = Object.fromEntries(missing.map((name) => [name, "given"]));
    return {
      step: {
        Challenge: "NEW_PASSWORD_REQUIRED",
        ...(missing.length > 0 ? { Options: missing.map((name) => `userAttributes.${name}`) } : {}),
        Answer: ["NEW_PASSWORD", ...missing.map((name) => `userAttributes.${name}`)].join(", "),
      },
      after: { user: { ...user, status, attributes: { ...user.attributes, ...given } }, progress },
    };
  },
  EMAIL_OTP: code("EMAIL_OTP", "email", "EMAIL_OTP_CODE, which is sent to the e-mail address"),
  SMS_MFA: code("SMS_MFA", "phone_number", "SMS_MFA_CODE, which is sent to the phone number"),
  SOFTWARE_TOKEN_MFA: (walker) => ({
    step: {
      Challenge: "SOFTWARE_TOKEN_MFA",
      Answer: "SOFTWARE_TOKEN_MFA_CODE, from the authenticator app",
    },
    after: proving(walker, "SOFTWARE_TOKEN_MFA"),
  }),
  SELECT_MFA_TYPE(walker, policy) {
    const options = usableFactors(walker.user, policy);
    const chosenFactor: MfaFactor | null = options[0] ?? null;
    return {
      step: { Challenge: "SELECT_MFA_TYPE", Options: options, Answer: `ANSWER=${chosenFactor}, or another` },
      after: { ...walker, progress: { ...walker.progress, chosenFactor } },
    };
  },
  MFA_SETUP(walker, policy) {
    const options = factorsToSetUp(walker.user, policy);
    if (options.includes("SOFTWARE_TOKEN_MFA"))
      return {
        step: {
          Challenge: "MFA_SETUP",
          Options: options,
          Answer: "the session of AssociateSoftwareToken and VerifySoftwareToken",
        },
        after: proving(walker, "SOFTWARE_TOKEN_MFA"),
      };
    const { user, progress } = walker;
    return {
      step: { Challenge: "MFA_SETUP", Options: options, Answer: "EMAIL, an address" },
      after: {
        user: {
          ...user,
          attributes: { ...user.attributes, email: "given" },
          mfa: { ...user.mfa, enabled: [...user.mfa.enabled, "EMAIL_OTP"] },
        },
        progress: { ...progress, chosenFactor: "EMAIL_OTP" },
      },
    };
  },
  DEVICE_SRP_AUTH: (walker) => ({
    step: { Challenge: "DEVICE_SRP_AUTH", Answer: "SRP_A, DEVICE_KEY" },
    after: withDevice(walker, { key: walker.progress.device?.key ?? "", publicA: "given" }),
  }),
  DEVICE_PASSWORD_VERIFIER: (walker) => ({
    step: { Challenge: "DEVICE_PASSWORD_VERIFIER", Answer: "the proof of the device's password" },
    after: proving(walker, "DEVICE"),
  }),
};

/** Follows the progression of the sign-in itself, answering everything rightly. */
function walk(situation: Situation, start: Walker, device: DeviceStanding): SignInPath {
  const policy = signInPolicyOf(situation.pool);
  const steps: ExplainedStep[] = [];
  let walker = start;
  while (steps.length < MOST_STEPS) {
    const next = nextStep(walker.progress, walker.user, policy, device);
    if (next.kind === "refused") return { steps, refusal: REFUSALS[next.reason]() };
    if (next.kind !== "challenge") return { steps, refusal: null };
    const asked = CHALLENGES[next.name](walker, policy, situation);
    if (!asked) return { steps, refusal: mfaMethodNotFound() };
    steps.push(asked.step);
    walker = asked.after;
  }
  throw new Error(`A sign-in of more than ${MOST_STEPS} steps`);
}

/** The first steps, and what they prove or are refused with. */
type Beginning =
  | { readonly steps: readonly ExplainedStep[]; readonly refusal: ServiceError }
  | { readonly steps: readonly ExplainedStep[]; readonly proof: Proof; readonly confirms?: boolean };

/** What stands against a right password before the progression is asked: in the order of the proof itself. */
function passwordRefusal(
  { user, password, lockedUntil, now }: Situation,
  client: ExplainedClient,
  by: "sent" | "srp",
): ServiceError | null {
  if (lockedUntil !== null) return passwordAttemptsExceeded();
  if (user.status === "RESET_REQUIRED" && user.enabled && !hidesUserExistence(client))
    return passwordResetRequired();
  if (password === null || (by === "srp" && !password.srp)) return incorrectUsernameOrPassword();
  const { temporaryUntil } = password;
  return temporaryUntil !== null && temporaryUntil <= now ? temporaryPasswordExpired() : null;
}

function byPassword(
  situation: Situation,
  client: ExplainedClient,
  by: "sent" | "srp",
  steps: readonly ExplainedStep[],
): Beginning {
  const refusal = passwordRefusal(situation, client, by);
  return refusal ? { steps, refusal } : { steps, proof: "PASSWORD" };
}

const VERIFIER: ExplainedStep = {
  Challenge: "PASSWORD_VERIFIER",
  Answer: "PASSWORD_CLAIM_SIGNATURE, PASSWORD_CLAIM_SECRET_BLOCK, TIMESTAMP",
};

/** What proves each factor of a choice-based sign-in that is no password. */
const FIRST_FACTORS: Readonly<
  Record<
    Exclude<FirstFactor, "PASSWORD" | "PASSWORD_SRP">,
    { readonly proof: Proof; readonly answer: string }
  >
> = {
  EMAIL_OTP: { proof: "FIRST_EMAIL_OTP", answer: "EMAIL_OTP_CODE, which is sent to the e-mail address" },
  SMS_OTP: { proof: "FIRST_SMS_OTP", answer: "SMS_OTP_CODE, which is sent to the phone number" },
  WEB_AUTHN: { proof: "FIRST_WEB_AUTHN_WITH_USER_VERIFICATION", answer: "CREDENTIAL, of a passkey" },
};

/** The factors that the user could begin a choice-based sign-in with. */
export const firstFactorsOf = ({ pool, user, password, passkey }: Situation): FirstFactor[] =>
  availableFirstFactors(user, { password: password !== null, passkey }, signInPolicyOf(pool));

function byChoice(situation: Situation, client: ExplainedClient): Beginning {
  const { lockedUntil } = situation;
  const available = firstFactorsOf(situation);
  const first = firstChallenge(available, undefined);
  const chosen =
    first === "SELECT_CHALLENGE"
      ? (available.find((factor) => factor === "PASSWORD") ?? available[0])
      : first;
  const selecting: ExplainedStep = {
    Challenge: "SELECT_CHALLENGE",
    Options: available,
    Answer: chosen === "PASSWORD" ? "ANSWER=PASSWORD, PASSWORD, or another" : `ANSWER=${chosen ?? "…"}`,
  };
  const steps = first === "SELECT_CHALLENGE" ? [selecting] : [];
  if (chosen === undefined)
    return { steps, refusal: invalidParameter("Invalid answer given for SELECT_CHALLENGE.") };
  if (chosen === "PASSWORD" || chosen === "PASSWORD_SRP") return byPassword(situation, client, "sent", steps);
  const { proof, answer } = FIRST_FACTORS[chosen];
  const asked = [...steps, { Challenge: chosen, Answer: answer }];
  if (lockedUntil !== null && chosen !== "WEB_AUTHN")
    return { steps: asked, refusal: passwordAttemptsExceeded() };
  return { steps: asked, proof, confirms: chosen !== "WEB_AUTHN" };
}

function byFunctions({ pool, user }: Situation, client: ExplainedClient): Beginning {
  const { DefineAuthChallenge, CreateAuthChallenge, VerifyAuthChallengeResponse } =
    pool.settings.LambdaConfig ?? {};
  if (!DefineAuthChallenge || Boolean(CreateAuthChallenge) !== Boolean(VerifyAuthChallengeResponse))
    return { steps: [], refusal: customAuthNotConfigured() };
  if (!user.enabled && !hidesUserExistence(client)) return { steps: [], refusal: userDisabled() };
  const steps = [{ Challenge: "CUSTOM_CHALLENGE", Answer: "ANSWER, as often as the pool's functions ask" }];
  return { steps, proof: "CUSTOM" };
}

const BEGINNINGS: Readonly<Record<SignInFlow, (situation: Situation, client: ExplainedClient) => Beginning>> =
  {
    USER_PASSWORD_AUTH: (situation, client) => byPassword(situation, client, "sent", []),
    ADMIN_USER_PASSWORD_AUTH: (situation, client) => byPassword(situation, client, "sent", []),
    USER_SRP_AUTH: (situation, client) => byPassword(situation, client, "srp", [VERIFIER]),
    USER_AUTH: byChoice,
    CUSTOM_AUTH: byFunctions,
  };

/** In the words of the operation that says it: InitiateAuth declares no MFAMethodNotFoundException. */
function asSaid(refusal: ServiceError | null, flow: SignInFlow, isFirstAnswer: boolean): ServiceError | null {
  const undeclared = isFirstAnswer && flow !== "ADMIN_USER_PASSWORD_AUTH";
  return undeclared && refusal?.code === "MFAMethodNotFoundException"
    ? invalidParameter(refusal.message)
    : refusal;
}

function flowRefusal(client: ExplainedClient, flow: SignInFlow): ServiceError | null {
  try {
    requireFlow(client.settings, flow);
    return null;
  } catch (refusal) {
    if (refusal instanceof ServiceError) return refusal;
    throw refusal;
  }
}

/**
 * What the next sign-in by this flow does when every answer is right. It asks the functions that the sign-in itself asks.
 * @param from the device that the client says to be
 */
export function signInPath(
  situation: Situation,
  client: ExplainedClient,
  flow: SignInFlow,
  from: "new device" | "remembered device" = "new device",
): SignInPath {
  const notEnabled = flowRefusal(client, flow);
  if (notEnabled) return { steps: [], refusal: notEnabled };
  const beginning = BEGINNINGS[flow](situation, client);
  const { steps } = beginning;
  if ("refusal" in beginning) return beginning;
  const { user, pool } = situation;
  const { proof, confirms } = beginning;
  const isRemembered = from === "remembered device" && situation.rememberedDevice;
  const progress: Progress = {
    proven: [proof],
    chosenFactor: null,
    device: isRemembered ? { key: "remembered", publicA: null } : null,
  };
  const status = (confirms && nextUserStatus(user.status, "sign-up-confirmed")) || user.status;
  const standing = isRemembered && deviceTracking(pool)?.replacesSecondFactor ? "trusted" : "none";
  const rest = walk(situation, { user: { ...user, status }, progress }, standing);
  return {
    steps: [...steps, ...rest.steps],
    refusal: asSaid(rest.refusal, flow, steps.length === 0 && rest.steps.length === 0),
  };
}
