import { confirmSignIn, fetchAuthSession, type SignInOutput, signIn, signOut } from "@aws-amplify/auth";
import { configureAmplify, withPasskeysOf } from "../../support/amplify.ts";
import type { SignInFlow } from "./cells.ts";
import { type Person, partsOf } from "./person.ts";
import type { OpenSession } from "./session.ts";

type Asked = (challenge: string) => void;

/** Answers the step that Amplify says comes next. */
async function next(
  person: Person,
  flow: SignInFlow,
  { nextStep }: SignInOutput,
  asked: Asked,
): Promise<SignInOutput> {
  const answer = (challengeResponse: string) => confirmSignIn({ challengeResponse });
  switch (nextStep.signInStep) {
    case "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED":
      asked("NEW_PASSWORD_REQUIRED");
      return answer(person.newPassword);
    case "CONFIRM_SIGN_IN_WITH_EMAIL_CODE":
      asked("EMAIL_OTP");
      return answer(await person.code("EMAIL"));
    case "CONFIRM_SIGN_IN_WITH_SMS_CODE":
      // Amplify has one step for both.
      asked(flow === "USER_AUTH, SMS_OTP" ? "SMS_OTP" : "SMS_MFA");
      return answer(await person.code("SMS"));
    case "CONFIRM_SIGN_IN_WITH_TOTP_CODE":
      asked("SOFTWARE_TOKEN_MFA");
      return answer(person.totp());
    case "CONTINUE_SIGN_IN_WITH_TOTP_SETUP":
      asked("MFA_SETUP");
      return answer(person.totp(nextStep.totpSetupDetails.sharedSecret));
    case "CONTINUE_SIGN_IN_WITH_MFA_SELECTION":
      asked("SELECT_MFA_TYPE");
      return answer("SMS");
    case "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION":
      asked("SELECT_CHALLENGE");
      await answer("PASSWORD");
      return answer(person.password);
    case "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE":
      asked("CUSTOM_CHALLENGE");
      return answer(person.customAnswer);
    default:
      throw new Error(`No answer to ${nextStep.signInStep}`);
  }
}

function begin(person: Person, flow: SignInFlow): Promise<SignInOutput> {
  const { username, password, passkey } = person;
  const { authFlow, firstFactor } = partsOf(flow);
  if (authFlow === "ADMIN_USER_PASSWORD_AUTH") throw new Error("Not for users");
  if (authFlow === "CUSTOM_AUTH") {
    return firstFactor === "SRP_A"
      ? signIn({ username, password, options: { authFlowType: "CUSTOM_WITH_SRP" } })
      : signIn({ username, options: { authFlowType: "CUSTOM_WITHOUT_SRP" } });
  }
  if (authFlow !== "USER_AUTH") return signIn({ username, password, options: { authFlowType: authFlow } });
  switch (firstFactor) {
    case "PASSWORD":
    case "PASSWORD_SRP":
      return signIn({
        username,
        password,
        options: { authFlowType: authFlow, preferredChallenge: firstFactor },
      });
    case "EMAIL_OTP":
    case "SMS_OTP":
      return signIn({ username, options: { authFlowType: authFlow, preferredChallenge: firstFactor } });
    case "WEB_AUTHN":
      return withPasskeysOf(passkey, () =>
        signIn({ username, options: { authFlowType: authFlow, preferredChallenge: firstFactor } }),
      );
    default:
      return signIn({ username, options: { authFlowType: authFlow } });
  }
}

/** A browser with Amplify; nobody is signed in when a sign-in begins, the device stays. */
export const amplifySession: OpenSession = (person) => {
  const memory = configureAmplify(person);
  const tokens = () => ({
    accessToken: memory.kept("accessToken") ?? "",
    refreshToken: memory.kept("refreshToken") ?? "",
  });
  return {
    async signIn(flow) {
      if (memory.kept("accessToken")) await signOut();
      const asked: string[] = [];
      const uses = person.passkey.counter;
      let step = await begin(person, flow);
      if (person.passkey.counter > uses) asked.push("WEB_AUTHN");
      while (!step.isSignedIn) step = await next(person, flow, step, (challenge) => asked.push(challenge));
      return { asked, ...tokens() };
    },
    async refresh() {
      await fetchAuthSession({ forceRefresh: true });
      return tokens();
    },
  };
};
