import { describe, expect, it } from "vitest";
import { nextStep, type Progress, type SignInPolicy } from "../../src/domain/authentication/index.ts";
import type { Proof, Step } from "../../src/domain/authentication/sign-in.ts";
import {
  type MfaFactor,
  USER_STATUS_TRANSITIONS,
  type User,
  type UserStatus,
} from "../../src/domain/users/index.ts";

type SignInUser = Parameters<typeof nextStep>[1];

/** One point of the whole space of decisions. */
interface Situation {
  readonly user: SignInUser;
  readonly policy: SignInPolicy;
  readonly progress: Progress;
}

const STATUSES = Object.keys(USER_STATUS_TRANSITIONS) as UserStatus[];
const MFA_MODES = ["OFF", "ON", "OPTIONAL"] as const;
const FACTORS = ["EMAIL_OTP", "SMS_MFA", "SOFTWARE_TOKEN_MFA"] as const satisfies readonly MfaFactor[];
const PROOFS: readonly (readonly Proof[])[] = [
  [],
  ["PASSWORD"],
  ["EMAIL_OTP"],
  ["PASSWORD", "SMS_MFA"],
  ["PASSWORD", "EMAIL_OTP"],
];
const ADDRESSES: readonly User["attributes"][] = [
  {},
  { email: "a@example.com" },
  { phone_number: "+15550100" },
  { email: "a@example.com", phone_number: "+15550100" },
];

function subsets<T>(items: readonly T[]): T[][] {
  return items.reduce<T[][]>((sets, item) => sets.flatMap((set) => [set, [...set, item]]), [[]]);
}

const offers = (factors: readonly MfaFactor[]): SignInPolicy["offered"] => ({
  EMAIL_OTP: factors.includes("EMAIL_OTP"),
  SMS_MFA: factors.includes("SMS_MFA"),
  SOFTWARE_TOKEN_MFA: factors.includes("SOFTWARE_TOKEN_MFA"),
});

/** Every combination: some 490 000 of them. */
function* situations(): Generator<Situation> {
  for (const status of STATUSES)
    for (const enabled of [true, false])
      for (const attributes of ADDRESSES)
        for (const factors of subsets(FACTORS))
          for (const preferred of [null, ...FACTORS])
            for (const mfa of MFA_MODES)
              for (const offered of subsets(FACTORS))
                for (const proven of PROOFS)
                  for (const chosenFactor of [null, "EMAIL_OTP"] as const)
                    yield {
                      user: { status, enabled, attributes, mfa: { enabled: factors, preferred } },
                      policy: { mfa, offered: offers(offered) },
                      progress: { proven, chosenFactor },
                    };
}

/** The situations that break a promise: none, when it holds; the first few, when it does not. */
function exceptions(holds: (situation: Situation, step: Step) => boolean): unknown[] {
  const broken: unknown[] = [];
  for (const situation of situations()) {
    const step = nextStep(situation.progress, situation.user, situation.policy);
    if (!holds(situation, step)) broken.push({ ...situation, step });
    if (broken.length === 3) break;
  }
  return broken;
}

const secondFactorShown = ({ proven }: Progress): boolean => proven.some((proof) => proof !== "PASSWORD");
const enabledAndOffered = ({ user, policy }: Situation): MfaFactor[] =>
  user.mfa.enabled.filter((factor) => policy.offered[factor]);
const inGoodStanding = ({ user }: Situation): boolean =>
  user.enabled && (user.status === "CONFIRMED" || user.status === "EXTERNAL_PROVIDER");

describe("the order of a sign-in, over every combination of user, pool and progress", () => {
  it("never completes for a disabled user", () => {
    expect(
      exceptions(({ user }, step) => user.enabled || (step.kind === "refused" && step.reason === "disabled")),
    ).toEqual([]);
  });

  it("never completes in any status but CONFIRMED and EXTERNAL_PROVIDER", () => {
    expect(
      exceptions(
        ({ user }, step) =>
          step.kind !== "complete" || user.status === "CONFIRMED" || user.status === "EXTERNAL_PROVIDER",
      ),
    ).toEqual([]);
  });

  it("asks a temporary password's holder for a new one before anything else, whatever was proven", () => {
    expect(
      exceptions(
        ({ user }, step) =>
          !user.enabled ||
          user.status !== "FORCE_CHANGE_PASSWORD" ||
          (step.kind === "challenge" && step.name === "NEW_PASSWORD_REQUIRED"),
      ),
    ).toEqual([]);
  });

  it("asks for a new password in no other status", () => {
    expect(
      exceptions(
        ({ user }, step) =>
          user.status === "FORCE_CHANGE_PASSWORD" ||
          step.kind !== "challenge" ||
          step.name !== "NEW_PASSWORD_REQUIRED",
      ),
    ).toEqual([]);
  });

  it.each([
    ["UNCONFIRMED", "not-confirmed"],
    ["RESET_REQUIRED", "reset-required"],
    ["ARCHIVED", "disabled"],
    ["COMPROMISED", "disabled"],
    ["UNKNOWN", "disabled"],
  ] as const)("refuses the status %s", (status, reason) => {
    expect(
      exceptions(
        ({ user }, step) =>
          !user.enabled || user.status !== status || (step.kind === "refused" && step.reason === reason),
      ),
    ).toEqual([]);
  });

  it("never completes without a second factor where the pool's MFA is ON", () => {
    expect(
      exceptions(
        ({ policy, progress }, step) =>
          policy.mfa !== "ON" || secondFactorShown(progress) || step.kind !== "complete",
      ),
    ).toEqual([]);
  });

  it("never completes without a second factor for a user who turned one on, where MFA is OPTIONAL", () => {
    expect(
      exceptions(
        (situation, step) =>
          situation.policy.mfa !== "OPTIONAL" ||
          enabledAndOffered(situation).length === 0 ||
          secondFactorShown(situation.progress) ||
          step.kind !== "complete",
      ),
    ).toEqual([]);
  });

  it("completes at once for a user in good standing where MFA is OFF, or OPTIONAL and not turned on", () => {
    expect(
      exceptions((situation, step) => {
        const { policy } = situation;
        const due =
          policy.mfa === "ON" || (policy.mfa === "OPTIONAL" && enabledAndOffered(situation).length > 0);
        return !inGoodStanding(situation) || due || step.kind === "complete";
      }),
    ).toEqual([]);
  });

  it("completes for a user in good standing who has shown a second factor", () => {
    expect(
      exceptions(
        (situation, step) =>
          !inGoodStanding(situation) || !secondFactorShown(situation.progress) || step.kind === "complete",
      ),
    ).toEqual([]);
  });

  it("asks only for factors that the pool offers", () => {
    expect(
      exceptions(({ policy }, step) => {
        if (step.kind !== "challenge") return true;
        const asked = FACTORS.find((factor) => factor === step.name);
        return asked === undefined || policy.offered[asked];
      }),
    ).toEqual([]);
  });

  it("asks for the preferred factor when it can be used and none was chosen", () => {
    expect(
      exceptions((situation, step) => {
        const { preferred } = situation.user.mfa;
        if (!inGoodStanding(situation) || situation.policy.mfa === "OFF") return true;
        if (secondFactorShown(situation.progress) || situation.progress.chosenFactor) return true;
        if (!preferred || !enabledAndOffered(situation).includes(preferred)) return true;
        return step.kind === "challenge" && step.name === preferred;
      }),
    ).toEqual([]);
  });

  it("lets the user choose when several factors can be used and none is preferred", () => {
    expect(
      exceptions((situation, step) => {
        const { user, policy, progress } = situation;
        if (!inGoodStanding(situation) || policy.mfa === "OFF" || secondFactorShown(progress)) return true;
        if (user.mfa.preferred || progress.chosenFactor || enabledAndOffered(situation).length < 2)
          return true;
        return step.kind === "challenge" && step.name === "SELECT_MFA_TYPE";
      }),
    ).toEqual([]);
  });
});
