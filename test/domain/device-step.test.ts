import { describe, expect, it } from "vitest";
import {
  type DeviceStanding,
  nextStep,
  type Progress,
  type Proof,
  type SignInPolicy,
  type Step,
} from "../../src/domain/authentication/index.ts";
import { deviceStanding } from "../../src/domain/authentication/sign-in.ts";
import type { Device } from "../../src/domain/devices/index.ts";
import type { UserPool } from "../../src/domain/user-pools/index.ts";
import { type MfaFactor, USER_STATUS_TRANSITIONS, type UserStatus } from "../../src/domain/users/index.ts";

type SignInUser = Parameters<typeof nextStep>[1];

/** One point of the whole space of decisions. */
interface Situation {
  readonly user: SignInUser;
  readonly policy: SignInPolicy;
  readonly progress: Progress;
  readonly standing: DeviceStanding;
}

const STATUSES = Object.keys(USER_STATUS_TRANSITIONS) as UserStatus[];
const FACTORS = ["EMAIL_OTP", "SMS_MFA", "SOFTWARE_TOKEN_MFA"] as const satisfies readonly MfaFactor[];
const STANDINGS = ["none", "trusted"] as const satisfies readonly DeviceStanding[];
const PROOFS: readonly (readonly Proof[])[] = [
  ["PASSWORD"],
  ["FIRST_EMAIL_OTP"],
  ["FIRST_CONFIRMATION"],
  ["PASSWORD", "SMS_MFA"],
  ["PASSWORD", "DEVICE"],
  ["PASSWORD", "SMS_MFA", "DEVICE"],
  ["FIRST_EMAIL_OTP", "DEVICE"],
];
const DEVICES = [null, { key: "us-east-1_1", publicA: null }, { key: "us-east-1_1", publicA: "ab" }];
const ADDRESSES: readonly Record<string, string>[] = [
  {},
  { email: "a@example.com" },
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

/** Every combination of user, pool, progress and device. */
function* situations(): Generator<Situation> {
  for (const status of STATUSES)
    for (const enabled of [true, false])
      for (const attributes of ADDRESSES)
        for (const factors of subsets(FACTORS))
          for (const mfa of ["OFF", "ON", "OPTIONAL"] as const)
            for (const offered of subsets(FACTORS))
              for (const proven of PROOFS)
                for (const chosenFactor of [null, "EMAIL_OTP"] as const)
                  for (const device of DEVICES)
                    for (const standing of STANDINGS)
                      yield {
                        user: { status, enabled, attributes, mfa: { enabled: factors, preferred: null } },
                        policy: { mfa, offered: offers(offered) },
                        progress: { proven, chosenFactor, device },
                        standing,
                      };
}

const step = ({ progress, user, policy, standing }: Situation): Step =>
  nextStep(progress, user, policy, standing);

/** The situations that break a promise: none, when it holds; the first few, when it does not. */
function exceptions(holds: (situation: Situation, step: Step) => boolean): unknown[] {
  const broken: unknown[] = [];
  for (const situation of situations()) {
    if (!holds(situation, step(situation))) broken.push({ ...situation, step: step(situation) });
    if (broken.length === 3) break;
  }
  return broken;
}

const asks = (one: Step, ...names: string[]): boolean => one.kind === "challenge" && names.includes(one.name);
const asksDevice = (one: Step): boolean => asks(one, "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER");
/** The same sign-in without the device and without what it proved. */
const withoutDevice = ({ progress, ...rest }: Situation): Step =>
  step({
    ...rest,
    progress: { ...progress, proven: progress.proven.filter((proof) => proof !== "DEVICE"), device: null },
    standing: "none",
  });

describe("a device in the order of a sign-in, over every combination", () => {
  it("changes nothing when it is not remembered, forgotten, another user's, or none was claimed", () => {
    expect(
      exceptions(
        (situation, next) =>
          situation.standing !== "none" || JSON.stringify(next) === JSON.stringify(withoutDevice(situation)),
      ),
    ).toEqual([]);
  });

  it("never comes before a new password, and never changes a refusal", () => {
    expect(
      exceptions((situation, next) => {
        const plain = withoutDevice(situation);
        const first = plain.kind === "refused" || asks(plain, "NEW_PASSWORD_REQUIRED");
        return !first || JSON.stringify(next) === JSON.stringify(plain);
      }),
    ).toEqual([]);
  });

  it("never takes the place of a second factor unless it is trusted and has proved itself", () => {
    expect(
      exceptions((situation, next) => {
        const owed = withoutDevice(situation).kind === "challenge";
        const shown = situation.standing === "trusted" && situation.progress.proven.includes("DEVICE");
        return !owed || shown || next.kind !== "complete";
      }),
    ).toEqual([]);
  });

  it("takes the place of any second factor that the user has when it is trusted", () => {
    expect(
      exceptions((situation, next) => {
        const { standing, progress } = situation;
        const owed = asks(withoutDevice(situation), ...FACTORS, "SELECT_MFA_TYPE");
        if (!owed || standing !== "trusted" || progress.chosenFactor) return true;
        return progress.proven.includes("DEVICE") ? next.kind === "complete" : asksDevice(next);
      }),
    ).toEqual([]);
  });

  it("never takes the place of setting up a second factor", () => {
    expect(
      exceptions(
        (situation, next) => !asks(withoutDevice(situation), "MFA_SETUP") || asks(next, "MFA_SETUP"),
      ),
    ).toEqual([]);
  });

  it("proves itself where no second factor is due, when it is trusted", () => {
    expect(
      exceptions((situation, next) => {
        const { standing, progress } = situation;
        const shown = progress.proven.some((proof) => proof !== "PASSWORD");
        if (withoutDevice(situation).kind !== "complete" || standing === "none" || shown) return true;
        return progress.chosenFactor ? next.kind === "complete" : asksDevice(next);
      }),
    ).toEqual([]);
  });

  it("is not asked for when a second factor was shown, or a first one that needs no password", () => {
    expect(
      exceptions(({ progress: { proven } }, next) => {
        const other = proven.some((proof) => proof !== "PASSWORD" && proof !== "DEVICE");
        return !other || !asksDevice(next);
      }),
    ).toEqual([]);
  });

  it("gives its A before it is asked for the proof, and is never asked again after it", () => {
    expect(
      exceptions(({ progress }, next) => {
        if (!asksDevice(next)) return true;
        if (progress.proven.includes("DEVICE")) return false;
        return asks(next, progress.device?.publicA ? "DEVICE_PASSWORD_VERIFIER" : "DEVICE_SRP_AUTH");
      }),
    ).toEqual([]);
  });
});

describe("what a device counts for", () => {
  const pool = (DeviceConfiguration?: { ChallengeRequiredOnNewDevice?: boolean }) =>
    ({ settings: { Name: "pool", ...(DeviceConfiguration ? { DeviceConfiguration } : {}) } }) as UserPool;
  const remembered: Pick<Device, "status"> = { status: "remembered" };

  it.each([
    ["nothing where the pool tracks no devices", pool(), remembered, "none"],
    ["nothing when it is none of the user's", pool({ ChallengeRequiredOnNewDevice: true }), null, "none"],
    [
      "nothing when it is not remembered",
      pool({ ChallengeRequiredOnNewDevice: true }),
      { status: "not_remembered" },
      "none",
    ],
    ["nothing where the pool does not say so", pool({}), remembered, "none"],
    [
      "the second factor where the pool says so",
      pool({ ChallengeRequiredOnNewDevice: true }),
      remembered,
      "trusted",
    ],
  ] as const)("is %s", (_, userPool, device, standing) => {
    expect(deviceStanding(userPool, device)).toBe(standing);
  });
});
