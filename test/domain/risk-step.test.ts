import { describe, expect, it } from "vitest";
import {
  nextStep,
  type Progress,
  type Proof,
  type SignInPolicy,
  type Step,
} from "../../src/domain/authentication/index.ts";
import type { SecondFactorDemand } from "../../src/domain/threat-protection/index.ts";
import type { MfaFactor, User } from "../../src/domain/users/index.ts";

const FACTORS = ["EMAIL_OTP", "SMS_MFA", "SOFTWARE_TOKEN_MFA"] as const satisfies readonly MfaFactor[];
const ALL = { EMAIL_OTP: true, SMS_MFA: true, SOFTWARE_TOKEN_MFA: true };
const NONE = { EMAIL_OTP: false, SMS_MFA: false, SOFTWARE_TOKEN_MFA: false };

type SignInUser = Pick<User, "status" | "enabled" | "attributes" | "mfa">;

const user = (overrides: Partial<SignInUser> = {}): SignInUser => ({
  status: "CONFIRMED",
  enabled: true,
  attributes: {},
  mfa: { enabled: [], preferred: null },
  ...overrides,
});
const progress = (demand: SecondFactorDemand, ...proven: Proof[]): Progress => ({
  proven,
  chosenFactor: null,
  assessed: { eventId: "event", demand },
});
const ADDRESSES: readonly SignInUser["attributes"][] = [
  {},
  { email: "e@example.com" },
  { phone_number: "+15550100" },
];
const OPTIONAL: SignInPolicy = { mfa: "OPTIONAL", offered: ALL };
const TOO_RISKY: Step = { kind: "refused", reason: "too-risky" };
const COMPLETE: Step = { kind: "complete" };

describe("a sign-in of which a risk demands a second factor", () => {
  it("asks for one that is set up, and for an address that makes one possible", () => {
    for (const demand of ["required", "if-configured"] as const) {
      const token = user({ mfa: { enabled: ["SOFTWARE_TOKEN_MFA"], preferred: null } });
      expect(nextStep(progress(demand, "PASSWORD"), token, OPTIONAL)).toEqual({
        kind: "challenge",
        name: "SOFTWARE_TOKEN_MFA",
      });
      const reachable = user({ attributes: { email: "ana@example.com" } });
      expect(nextStep(progress(demand, "PASSWORD"), reachable, OPTIONAL)).toEqual({
        kind: "challenge",
        name: "EMAIL_OTP",
      });
    }
  });

  it("is refused where one is required and none is possible, and goes on where it was only wished for", () => {
    for (const policy of [
      OPTIONAL,
      { mfa: "ON", offered: ALL },
      { mfa: "OFF", offered: ALL },
    ] as const satisfies SignInPolicy[]) {
      expect(nextStep(progress("required", "PASSWORD"), user(), policy)).toEqual(TOO_RISKY);
      expect(nextStep(progress("if-configured", "PASSWORD"), user(), policy)).toEqual(
        nextStep(progress("none", "PASSWORD"), user(), policy),
      );
    }
  });

  it("takes no trusted device for it", () => {
    const reachable = user({ attributes: { phone_number: "+15550100" } });
    expect(nextStep(progress("required", "PASSWORD"), reachable, OPTIONAL, "trusted")).toEqual({
      kind: "challenge",
      name: "SMS_MFA",
    });
  });

  it("first lets the status have its say", () => {
    const invited = user({ status: "FORCE_CHANGE_PASSWORD" });
    expect(nextStep(progress("required", "PASSWORD"), invited, OPTIONAL)).toMatchObject({
      name: "NEW_PASSWORD_REQUIRED",
    });
    const disabled = user({ enabled: false });
    expect(nextStep(progress("required", "PASSWORD"), disabled, OPTIONAL)).toMatchObject({
      reason: "disabled",
    });
  });

  it("takes a passkey for it only where that counts for two", () => {
    const twice: SignInPolicy = { ...OPTIONAL, webAuthn: "MULTI_FACTOR_WITH_USER_VERIFICATION" };
    const proof = "FIRST_WEB_AUTHN_WITH_USER_VERIFICATION";
    expect(nextStep(progress("required", proof), user(), twice)).toEqual(COMPLETE);
    expect(nextStep(progress("required", proof), user(), OPTIONAL)).toEqual(TOO_RISKY);
  });

  it("never completes without a second factor, whoever the user and whatever the pool", () => {
    const proofs: Proof[][] = [
      ["PASSWORD"],
      ["CUSTOM"],
      ["PASSWORD", "CUSTOM"],
      ["FIRST_EMAIL_OTP"],
      ["FIRST_CONFIRMATION"],
    ];
    let seen = 0;
    for (const proven of proofs)
      for (const mfa of ["OFF", "ON", "OPTIONAL"] as const)
        for (const offered of [ALL, NONE])
          for (const enabled of [[], ...FACTORS.map((factor) => [factor]), [...FACTORS]])
            for (const attributes of ADDRESSES)
              for (const device of ["none", "trusted"] as const) {
                const given = user({ attributes, mfa: { enabled, preferred: null } });
                const step = nextStep(progress("required", ...proven), given, { mfa, offered }, device);
                expect(step.kind).not.toBe("complete");
                expect(step).not.toMatchObject({ name: "MFA_SETUP" });
                seen++;
              }
    expect(seen).toBeGreaterThan(800);
    expect(nextStep(progress("required", "PASSWORD", "SMS_MFA"), user(), OPTIONAL)).toEqual(COMPLETE);
  });
});
