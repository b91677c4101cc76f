import type { CodeDeliveryDetailsType } from "../../../api/generated/shapes.ts";
import { Refusal } from "../../connection/connection.ts";
import { terminal } from "../../terminal/terminal.ts";
import type { SignIn } from "./conversation.ts";
import { newPassword } from "./new-password.ts";

const ATTEMPTS = 3;
const TRY_AGAIN = ["CodeMismatchException", "InvalidPasswordException"];
const RESET_CODES = ["AdminResetUserPassword", "ForgotPassword"];
const CONFIRMATION_CODES = ["SignUp", "ResendCode"];

/** What a sign-in may be refused for that the user can put right, and how; begin the sign-in again after it. */
export const RECOVERIES: Readonly<Record<string, (signIn: SignIn) => Promise<void>>> = {
  PasswordResetRequiredException: resetPassword,
  UserNotConfirmedException: confirmSignUp,
};

/** The names and the hash that the operations for users themselves take. */
function identity(signIn: SignIn) {
  const { client, username } = signIn.request;
  const hash = signIn.secretHash(username);
  return {
    ClientId: client.ClientId,
    Username: username,
    ...(hash === undefined ? {} : { SecretHash: hash }),
  };
}

const told = (details: CodeDeliveryDetailsType | undefined): void =>
  terminal.note(
    `A code was sent by ${details?.DeliveryMedium ?? "message"} to ${details?.Destination ?? "you"}.`,
  );

/** The code that came already, or that is sent now because nothing was typed. */
async function codeOf(
  signIn: SignIn,
  kinds: readonly string[],
  send: () => Promise<CodeDeliveryDetailsType | undefined>,
): Promise<string> {
  const { codes, questions } = signIn.request;
  if (codes) {
    const known = await codes.newest(kinds, signIn.names);
    if (known !== null) {
      terminal.note("CONFIRMATION_CODE read from the inbox");
      return known;
    }
    await codes.mark();
    told(await send());
    return await signIn.code("CONFIRMATION_CODE", "Code");
  }
  const text = "Code that you were sent (nothing: send a new one)";
  const typed = (await questions.ask({ name: "CONFIRMATION_CODE", text })).trim();
  if (typed !== "") return typed;
  told(await send());
  return await signIn.code("CONFIRMATION_CODE", "Code");
}

/** An administrator reset the password: the code that was sent and a new password put that right. */
async function resetPassword(signIn: SignIn): Promise<void> {
  const { connection, questions, codes } = signIn.request;
  terminal.note(
    "An administrator has reset the password: a code that was sent to you and a new password are needed.",
  );
  for (let attempt = 1; ; attempt++) {
    const code = await codeOf(signIn, RESET_CODES, async () => {
      const { CodeDeliveryDetails } = await connection.call("ForgotPassword", identity(signIn));
      return CodeDeliveryDetails;
    });
    const Password = await newPassword(questions);
    try {
      await connection.call("ConfirmForgotPassword", {
        ...identity(signIn),
        ConfirmationCode: code,
        Password,
      });
      signIn.usePassword(Password);
      return;
    } catch (fault) {
      if (!(fault instanceof Refusal) || !TRY_AGAIN.includes(fault.code)) throw fault;
      if (!questions.patient || codes || attempt === ATTEMPTS) throw fault;
      terminal.note(fault.message);
    }
  }
}

/** A user who signed up has not confirmed that yet. */
async function confirmSignUp(signIn: SignIn): Promise<void> {
  const { connection, questions, codes } = signIn.request;
  terminal.note("This user is not confirmed yet: the code that was sent at sign-up is needed.");
  for (let attempt = 1; ; attempt++) {
    const ConfirmationCode = await codeOf(signIn, CONFIRMATION_CODES, async () => {
      const { CodeDeliveryDetails } = await connection.call("ResendConfirmationCode", identity(signIn));
      return CodeDeliveryDetails;
    });
    try {
      await connection.call("ConfirmSignUp", { ...identity(signIn), ConfirmationCode });
      return;
    } catch (fault) {
      if (!(fault instanceof Refusal) || !TRY_AGAIN.includes(fault.code)) throw fault;
      if (!questions.patient || codes || attempt === ATTEMPTS) throw fault;
      terminal.note(fault.message);
    }
  }
}
