import type { ChallengeNameType } from "../../../api/generated/shapes.ts";
import type { SrpIdentity } from "../../../crypto/srp.ts";
import { srpClaim, srpTimestamp } from "../../../crypto/srp-client.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { UsageFault } from "../../connection/task.ts";
import { terminal } from "../../terminal/terminal.ts";
import { visible } from "../../terminal/visible.ts";
import { type Challenge, type ChallengeAnswer, factorChoices, listedIn, NOT_HERE } from "./challenge.ts";
import type { SignIn } from "./conversation.ts";
import { setUpFactor } from "./mfa-setup.ts";
import { newPassword } from "./new-password.ts";

type Answerer = (signIn: SignIn, challenge: Challenge) => Promise<ChallengeAnswer>;

/** A code that was sent, or that an app shows. */
const code =
  (response: string): Answerer =>
  async (signIn, { parameters }) => {
    const { CODE_DELIVERY_DELIVERY_MEDIUM: medium, CODE_DELIVERY_DESTINATION: destination } = parameters;
    if (destination) terminal.note(`A code was sent by ${medium ?? "message"} to ${destination}.`);
    return { responses: { [response]: await signIn.code(response, "Code") }, again: true };
  };

function claim(
  signIn: SignIn,
  { parameters }: Challenge,
  identity: SrpIdentity,
  password: string,
): ChallengeAnswer {
  const { SALT = "", SRP_B = "", SECRET_BLOCK = "" } = parameters;
  const TIMESTAMP = srpTimestamp(systemClock.now());
  const challenge = { salt: SALT, publicB: SRP_B, secretBlock: SECRET_BLOCK };
  return {
    responses: {
      PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
      PASSWORD_CLAIM_SIGNATURE: srpClaim(signIn.keys, identity, password, challenge, TIMESTAMP),
      TIMESTAMP,
    },
  };
}

/** The remembered device that the sign-in named. @throws UsageFault when none was */
function device(signIn: SignIn) {
  if (!signIn.device) throw new UsageFault("the server asks for a device that is not remembered here");
  return signIn.device;
}

/** By name; exhaustive but for what only begins a sign-in. */
const ANSWERERS: Readonly<Record<Exclude<ChallengeNameType, "ADMIN_NO_SRP_AUTH" | "WEB_AUTHN">, Answerer>> = {
  SMS_MFA: code("SMS_MFA_CODE"),
  SMS_OTP: code("SMS_OTP_CODE"),
  EMAIL_OTP: code("EMAIL_OTP_CODE"),

  async SOFTWARE_TOKEN_MFA(signIn, { parameters }) {
    const of = parameters.FRIENDLY_DEVICE_NAME ? ` of ${parameters.FRIENDLY_DEVICE_NAME}` : "";
    const answer = await signIn.request.questions.ask({
      name: "SOFTWARE_TOKEN_MFA_CODE",
      text: `Code of the authenticator app${of}`,
    });
    return { responses: { SOFTWARE_TOKEN_MFA_CODE: answer.trim() }, again: true };
  },

  async PASSWORD(signIn) {
    return { responses: { PASSWORD: await signIn.password() } };
  },

  async PASSWORD_SRP(signIn) {
    return { responses: { SRP_A: signIn.keys.publicA } };
  },

  async PASSWORD_VERIFIER(signIn, challenge) {
    const { userPoolId } = signIn.request;
    const group = userPoolId.slice(userPoolId.indexOf("_") + 1);
    const name = challenge.parameters.USER_ID_FOR_SRP ?? challenge.username;
    return claim(signIn, challenge, { group, name }, await signIn.password());
  },

  async DEVICE_SRP_AUTH(signIn) {
    device(signIn);
    return { responses: { SRP_A: signIn.keys.publicA } };
  },

  async DEVICE_PASSWORD_VERIFIER(signIn, challenge) {
    const { deviceGroupKey: group, deviceKey: name, password } = device(signIn);
    return claim(signIn, challenge, { group, name }, password);
  },

  async SELECT_MFA_TYPE({ request }, { parameters }) {
    // Cognito's documentation has both names.
    const name = parameters.MFAS_CAN_CHOOSE === undefined ? "MFAS_CAN_SELECT" : "MFAS_CAN_CHOOSE";
    const choices = factorChoices(listedIn(parameters, name));
    const question = { name: "SELECT_MFA_TYPE", text: "Which second factor" };
    return { responses: { ANSWER: await request.questions.choose(question, choices) } };
  },

  async SELECT_CHALLENGE(signIn, { available }) {
    const choices = factorChoices(available);
    if (choices.length === 0)
      throw new UsageFault(
        "this user signs in with a passkey, which needs a browser: it cannot be done here",
      );
    if (available.some((name) => NOT_HERE.includes(name)))
      terminal.note("This user has a passkey too, which needs a browser.");
    const question = { name: "SELECT_CHALLENGE", text: "Sign in with" };
    const ANSWER = await signIn.request.questions.choose(question, choices);
    const responses: Record<string, string> = { ANSWER };
    if (ANSWER === "PASSWORD") responses.PASSWORD = await signIn.password();
    if (ANSWER === "PASSWORD_SRP") responses.SRP_A = signIn.keys.publicA;
    return { responses };
  },

  async NEW_PASSWORD_REQUIRED(signIn, { parameters }) {
    terminal.note("The password is a temporary one: choose your own.");
    const { questions } = signIn.request;
    const responses: Record<string, string> = { NEW_PASSWORD: await newPassword(questions) };
    for (const name of listedIn(parameters, "requiredAttributes")) {
      const text = name.replace(/^userAttributes\./, "");
      responses[`userAttributes.${text}`] = await questions.ask({ name: text, text });
    }
    return { responses, again: true };
  },

  MFA_SETUP: setUpFactor,

  async CUSTOM_CHALLENGE({ request }, { parameters }) {
    for (const [name, value] of Object.entries(parameters))
      if (name !== "USERNAME") terminal.note(visible(`${name}: ${value}`));
    return { responses: { ANSWER: await request.questions.ask({ name: "ANSWER", text: "Answer" }) } };
  },
};

/** @throws UsageFault for a challenge that nobody can answer at a command line */
export async function challengeAnswer(signIn: SignIn, challenge: Challenge): Promise<ChallengeAnswer> {
  const { name } = challenge;
  if (name === "WEB_AUTHN")
    throw new UsageFault("the server asks for a passkey, which needs a browser: it cannot be done here");
  const answerer = name === "ADMIN_NO_SRP_AUTH" ? undefined : ANSWERERS[name];
  if (!answerer) throw new UsageFault(`the server asks for ${name}, which this program does not know`);
  return await answerer(signIn, challenge);
}
