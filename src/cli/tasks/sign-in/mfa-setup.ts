import { Refusal } from "../../connection/connection.ts";
import { UsageFault } from "../../connection/task.ts";
import { terminal } from "../../terminal/terminal.ts";
import { type Challenge, type ChallengeAnswer, factorChoices, listedIn } from "./challenge.ts";
import type { SignIn } from "./conversation.ts";

/** The others, SMS among them, need an administrator who gives the user a phone number. */
const SET_UP_HERE = ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"];
const ATTEMPTS = 3;
const WRONG_CODE = ["EnableSoftwareTokenMFAException", "CodeMismatchException"];

/** otpauth://totp/…, which authenticator apps take as a QR code or a link. */
export function otpauthUri(issuer: string, username: string, secret: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(username)}`;
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}`;
}

/** MFA_SETUP: an authenticator app gets the secret and proves that it has it, or an address is given to which codes go. */
export async function setUpFactor(signIn: SignIn, challenge: Challenge): Promise<ChallengeAnswer> {
  const { questions } = signIn.request;
  const offered = listedIn(challenge.parameters, "MFAS_CAN_SETUP");
  const choices = factorChoices(offered.filter((name) => SET_UP_HERE.includes(name)));
  if (choices.length === 0)
    throw new UsageFault("a second factor is required, and the server offers none that can be set up here");
  terminal.note("A second factor is required.");
  const factor = await questions.choose({ name: "MFA_SETUP", text: "Which one to set up" }, choices);
  if (factor === "SOFTWARE_TOKEN_MFA") return await setUpToken(signIn, challenge);
  const email = await questions.ask({ name: "EMAIL", text: "E-mail address" });
  return { responses: { EMAIL: email.trim() } };
}

async function setUpToken(signIn: SignIn, { session, username }: Challenge): Promise<ChallengeAnswer> {
  const { connection, questions, userPoolId } = signIn.request;
  const { SecretCode = "", Session = session } = await connection.call("AssociateSoftwareToken", {
    ...(session === undefined ? {} : { Session: session }),
  });
  terminal.note(`Secret for the authenticator app: ${SecretCode}`);
  terminal.note(otpauthUri(userPoolId, username, SecretCode));
  for (let attempt = 1; ; attempt++) {
    const UserCode = (
      await questions.ask({ name: "SOFTWARE_TOKEN_CODE", text: "Code that the app shows" })
    ).trim();
    try {
      const verified = await connection.call("VerifySoftwareToken", {
        ...(Session === undefined ? {} : { Session }),
        UserCode,
      });
      return { responses: {}, ...(verified.Session ? { session: verified.Session } : {}) };
    } catch (fault) {
      if (!(fault instanceof Refusal) || !WRONG_CODE.includes(fault.code)) throw fault;
      if (!questions.patient || attempt === ATTEMPTS) throw fault;
      terminal.note(fault.message);
    }
  }
}
