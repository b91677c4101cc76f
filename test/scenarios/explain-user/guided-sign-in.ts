import { totpCode } from "../../../src/crypto/totp.ts";
import type { ExplainedSignIn, ExplainedStep } from "../../../src/domain/explanation/index.ts";
import { ApiRefusal } from "../../support/api.ts";
import { fromBase32 } from "../../support/base32.ts";
import { PASSWORD } from "../../support/builders.ts";
import { type DeviceSide, SrpSide } from "../../support/device-side.ts";
import { OTHER_PASSWORD, type Scene } from "../../support/scene.ts";
import type { World } from "../../support/world.ts";

export const EMAIL = "ana@example.com";
export const PHONE = "+15550100200";

/** Whoever signs in: the username, and what they have. */
export interface Person {
  readonly username: string;
  /** The seed of an authenticator app, base32. */
  readonly seed?: string;
  readonly device?: DeviceSide;
}

/** What a sign-in came to: the challenges in their order, then TOKENS or the refusal. */
export type Course = readonly string[];

/** A sign-in as it was explained, in the form of a course. */
export function explainedCourse({ Steps, Outcome, Error: error }: ExplainedSignIn, steps = Steps): Course {
  const end = Outcome === "TOKENS" ? "TOKENS" : `${error?.Code}: ${error?.Message}`;
  return [...steps.map(({ Challenge }: ExplainedStep) => Challenge), end];
}

interface Answer {
  readonly ChallengeName?: string;
  readonly Session?: string;
  readonly ChallengeParameters?: Readonly<Record<string, string>>;
  readonly AvailableChallenges?: readonly string[];
  readonly AuthenticationResult?: object;
}

/** Signs in for real by the flow, answering every challenge rightly with no word from the explanation. */
export async function realCourse(
  world: World,
  { api, ClientId, UserPoolId, answer, code }: Scene,
  flow: ExplainedSignIn["AuthFlow"],
  { username, seed, device }: Person,
): Promise<Course> {
  const course: string[] = [];
  const group = UserPoolId.split("_")[1] ?? "";
  const srp = new SrpSide({ group, name: username }, PASSWORD);
  let secret = seed;
  const token = (later = 0) =>
    totpCode(fromBase32(secret ?? ""), Math.floor(world.server.services.clock.now() / 30_000) + later);
  const responses = async (asked: Answer): Promise<Record<string, string>> => {
    const parameters = asked.ChallengeParameters ?? {};
    switch (asked.ChallengeName) {
      case "PASSWORD_VERIFIER":
        return srp.proof(parameters);
      case "NEW_PASSWORD_REQUIRED": {
        const missing: string[] = JSON.parse(parameters.requiredAttributes ?? "[]");
        return { NEW_PASSWORD: OTHER_PASSWORD, ...Object.fromEntries(missing.map((name) => [name, "Ana"])) };
      }
      case "EMAIL_OTP":
        return { EMAIL_OTP_CODE: await code(EMAIL) };
      case "SMS_MFA":
        return { SMS_MFA_CODE: await code(PHONE) };
      case "SMS_OTP":
        return { SMS_OTP_CODE: await code(PHONE) };
      case "SOFTWARE_TOKEN_MFA":
        return { SOFTWARE_TOKEN_MFA_CODE: token() };
      case "SELECT_MFA_TYPE":
        return { ANSWER: JSON.parse(parameters.MFAS_CAN_CHOOSE ?? "[]")[0] };
      case "SELECT_CHALLENGE": {
        const available = asked.AvailableChallenges ?? [];
        return available.includes("PASSWORD")
          ? { ANSWER: "PASSWORD", PASSWORD }
          : { ANSWER: available[0] ?? "PASSWORD" };
      }
      case "CUSTOM_CHALLENGE":
        return { ANSWER: "42" };
      case "DEVICE_SRP_AUTH":
        return { DEVICE_KEY: device?.key ?? "", SRP_A: device?.publicA ?? "" };
      case "DEVICE_PASSWORD_VERIFIER":
        return { ...device?.proof(parameters), DEVICE_KEY: device?.key ?? "" };
      default:
        throw new Error(`No answer to ${asked.ChallengeName}`);
    }
  };
  const setUpFactor = async (asked: Answer) => {
    const factors: string[] = JSON.parse(asked.ChallengeParameters?.MFAS_CAN_SETUP ?? "[]");
    if (!factors.includes("SOFTWARE_TOKEN_MFA"))
      return answer("MFA_SETUP", asked.Session, { USERNAME: username, EMAIL });
    const { SecretCode, Session } = await api("AssociateSoftwareToken", { Session: asked.Session ?? "" });
    secret = SecretCode;
    const verified = await api("VerifySoftwareToken", { Session: Session ?? "", UserCode: token() });
    return answer("MFA_SETUP", verified.Session, { USERNAME: username });
  };
  const named = { USERNAME: username, ...(device ? { DEVICE_KEY: device.key } : {}) };
  const begin = (): Promise<Answer> => {
    if (flow === "ADMIN_USER_PASSWORD_AUTH")
      return api("AdminInitiateAuth", {
        ...{ UserPoolId, ClientId, AuthFlow: flow },
        AuthParameters: { ...named, PASSWORD },
      });
    const proof: Record<string, string> =
      flow === "USER_SRP_AUTH" ? { SRP_A: srp.publicA } : flow === "USER_PASSWORD_AUTH" ? { PASSWORD } : {};
    return api("InitiateAuth", { ClientId, AuthFlow: flow, AuthParameters: { ...named, ...proof } });
  };
  const goOn = async (asked: Answer): Promise<Answer> =>
    asked.ChallengeName === "MFA_SETUP"
      ? setUpFactor(asked)
      : answer(asked.ChallengeName as never, asked.Session, {
          ...(await responses(asked)),
          USERNAME: username,
        });
  try {
    let asked = await begin();
    while (!asked.AuthenticationResult) {
      course.push(asked.ChallengeName ?? "nothing");
      asked = await goOn(asked);
    }
    return [...course, "TOKENS"];
  } catch (fault) {
    if (!(fault instanceof ApiRefusal)) throw fault;
    return [...course, `${fault.code}: ${fault.message}`];
  }
}
