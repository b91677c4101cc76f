import { describe, expect, it } from "vitest";
import {
  availableFirstFactors,
  type FirstFactor,
  type FirstFactorPolicy,
  firstChallenge,
  nextStep,
  type Proof,
} from "../../src/domain/authentication/sign-in.ts";
import { type MfaFactor, USER_STATUS_TRANSITIONS, type UserStatus } from "../../src/domain/users/index.ts";

type SignInUser = Parameters<typeof availableFirstFactors>[0];

interface Situation {
  readonly user: SignInUser;
  readonly has: { readonly password: boolean; readonly passkey: boolean };
  readonly policy: FirstFactorPolicy;
}

const STATUSES = Object.keys(USER_STATUS_TRANSITIONS) as UserStatus[];
const ENABLED: readonly (readonly MfaFactor[])[] = [[], ["EMAIL_OTP"], ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]];
const ADDRESSES: readonly SignInUser["attributes"][] = [
  {},
  { email: "a@example.com" },
  { email: "a@example.com", phone_number: "+15550100" },
];
const ALLOWED = [
  ["PASSWORD"],
  ["PASSWORD", "WEB_AUTHN"],
  ["WEB_AUTHN", "SMS_OTP", "EMAIL_OTP", "PASSWORD"],
] as const;
const PASSKEYS = [undefined, "SINGLE_FACTOR", "MULTI_FACTOR_WITH_USER_VERIFICATION"] as const;
const BOTH = [true, false];

function* situations(): Generator<Situation> {
  for (const status of STATUSES)
    for (const attributes of ADDRESSES)
      for (const enabled of ENABLED)
        for (const password of BOTH)
          for (const passkey of BOTH)
            for (const mfa of ["OFF", "ON", "OPTIONAL"] as const)
              for (const offered of BOTH)
                for (const allowed of ALLOWED)
                  for (const webAuthn of PASSKEYS)
                    yield {
                      user: { status, enabled: true, attributes, mfa: { enabled, preferred: null } },
                      has: { password, passkey },
                      policy: {
                        mfa,
                        offered: { EMAIL_OTP: offered, SMS_MFA: offered, SOFTWARE_TOKEN_MFA: offered },
                        allowed,
                        ...(webAuthn === undefined ? {} : { webAuthn }),
                      },
                    };
}

/** The situations that break a promise: none, when it holds; the first few, when it does not. */
function exceptions(holds: (situation: Situation, available: readonly FirstFactor[]) => boolean): unknown[] {
  const broken: unknown[] = [];
  for (const situation of situations()) {
    const available = availableFirstFactors(situation.user, situation.has, situation.policy);
    if (!holds(situation, available)) broken.push({ ...situation, available });
    if (broken.length === 3) break;
  }
  return broken;
}

/** What the answer to each first factor shows. */
const PROOF_OF: Record<FirstFactor, Proof> = {
  PASSWORD_SRP: "PASSWORD",
  PASSWORD: "PASSWORD",
  EMAIL_OTP: "FIRST_EMAIL_OTP",
  SMS_OTP: "FIRST_SMS_OTP",
  WEB_AUTHN: "FIRST_WEB_AUTHN_WITH_USER_VERIFICATION",
};
const stepAfter = (proof: Proof, { user, policy }: Situation) =>
  nextStep({ proven: [proof], chosenFactor: null }, user, policy);
const ORDER: readonly FirstFactor[] = ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"];

describe("the first factors of a choice-based sign-in, over every combination of user and pool", () => {
  it("are listed in one order, each once", () => {
    expect(
      exceptions((_, available) => {
        const places = available.map((factor) => ORDER.indexOf(factor));
        return places.every((place, n) => n === 0 || place > (places[n - 1] ?? 0));
      }),
    ).toEqual([]);
  });

  it("lead on, for a user in good standing: none is offered that the progression would refuse", () => {
    expect(
      exceptions(
        (situation, available) =>
          situation.user.status !== "CONFIRMED" ||
          available.every((factor) => {
            const step = stepAfter(PROOF_OF[factor], situation);
            return step.kind !== "refused" || step.reason === "no-factor-possible";
          }),
      ),
    ).toEqual([]);
  });

  it("hold a passkey only where the user has one and the pool allows it", () => {
    expect(
      exceptions(
        ({ has, policy }, available) =>
          !available.includes("WEB_AUTHN") || (has.passkey && policy.allowed.includes("WEB_AUTHN")),
      ),
    ).toEqual([]);
  });

  it("hold the passkey of a confirmed user wherever it would lead to tokens, and nowhere else", () => {
    expect(
      exceptions((situation, available) => {
        const { user, has, policy } = situation;
        if (user.status !== "CONFIRMED" || !has.passkey || !policy.allowed.includes("WEB_AUTHN")) return true;
        const leadsToTokens = stepAfter(PROOF_OF.WEB_AUTHN, situation).kind === "complete";
        return available.includes("WEB_AUTHN") === leadsToTokens;
      }),
    ).toEqual([]);
  });

  it("are the password alone for whoever owes a new one", () => {
    expect(
      exceptions(
        ({ user }, available) =>
          user.status !== "FORCE_CHANGE_PASSWORD" || available.join() === "PASSWORD_SRP,PASSWORD",
      ),
    ).toEqual([]);
  });
});

describe("a proven passkey", () => {
  const user = {
    status: "CONFIRMED",
    enabled: true,
    attributes: { email: "a@example.com" },
    mfa: { enabled: ["EMAIL_OTP"], preferred: null },
  } as const;
  const offered = { EMAIL_OTP: true, SMS_MFA: false, SOFTWARE_TOKEN_MFA: false };
  const step = (
    proof: Proof,
    mfa: "OFF" | "ON" | "OPTIONAL",
    webAuthn?: "SINGLE_FACTOR" | "MULTI_FACTOR_WITH_USER_VERIFICATION",
  ) => nextStep({ proven: [proof], chosenFactor: null }, user, { mfa, offered, webAuthn });
  const complete = { kind: "complete" };
  const refused = { kind: "refused", reason: "password-required" };

  it("is enough where MFA is off", () => {
    expect(step("FIRST_WEB_AUTHN", "OFF")).toEqual(complete);
  });

  it.each(["ON", "OPTIONAL"] as const)("is one factor where MFA is %s, unless the pool says more", (mfa) => {
    for (const proof of ["FIRST_WEB_AUTHN", "FIRST_WEB_AUTHN_WITH_USER_VERIFICATION"] as const) {
      expect(step(proof, mfa)).toEqual(refused);
      expect(step(proof, mfa, "SINGLE_FACTOR")).toEqual(refused);
    }
  });

  it.each(["ON", "OPTIONAL"] as const)(
    "is two where MFA is %s and the pool says so, with the user verified",
    (mfa) => {
      const multi = "MULTI_FACTOR_WITH_USER_VERIFICATION";
      expect(step("FIRST_WEB_AUTHN_WITH_USER_VERIFICATION", mfa, multi)).toEqual(complete);
      expect(step("FIRST_WEB_AUTHN", mfa, multi)).toEqual(refused);
      expect(step("FIRST_EMAIL_OTP", mfa, multi)).toEqual(refused);
    },
  );

  it("completes nothing for a user who is disabled or owes a new password", () => {
    const progress = { proven: ["FIRST_WEB_AUTHN_WITH_USER_VERIFICATION" as const], chosenFactor: null };
    const policy = { mfa: "ON", offered, webAuthn: "MULTI_FACTOR_WITH_USER_VERIFICATION" } as const;
    expect(nextStep(progress, { ...user, enabled: false }, policy)).toEqual({
      kind: "refused",
      reason: "disabled",
    });
    expect(nextStep(progress, { ...user, status: "FORCE_CHANGE_PASSWORD" }, policy)).toEqual(refused);
  });
});

describe("where a choice-based sign-in goes first", () => {
  it("is the preferred factor if it is there, else the choice", () => {
    expect(firstChallenge(["PASSWORD", "WEB_AUTHN"], "WEB_AUTHN")).toBe("WEB_AUTHN");
    expect(firstChallenge(["PASSWORD_SRP", "PASSWORD"], "WEB_AUTHN")).toBe("SELECT_CHALLENGE");
    expect(firstChallenge(["PASSWORD", "WEB_AUTHN"], undefined)).toBe("SELECT_CHALLENGE");
  });

  it("is the only factor that is no password", () => {
    expect(firstChallenge(["WEB_AUTHN"], undefined)).toBe("WEB_AUTHN");
  });
});
