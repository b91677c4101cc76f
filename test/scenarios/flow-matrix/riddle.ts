import type { FakeLambda, FunctionEvent } from "../../support/fake-lambda.ts";
import { arnOf } from "../../support/fake-lambda.ts";

/** The functions that pools with a custom challenge name, and what they want to hear. */
export const RIDDLE_FUNCTIONS = ["define", "create", "verify"] as const;
export const RIDDLE_ANSWER = "42";
export const RIDDLE = {
  DefineAuthChallenge: arnOf("define"),
  CreateAuthChallenge: arnOf("create"),
  VerifyAuthChallengeResponse: arnOf("verify"),
};

type Round = { readonly challengeName: string; readonly challengeResult: boolean };

/** After the password, where the client begins with it, one riddle; its answer ends the sign-in. */
function decision(rounds: readonly Round[]): object {
  const last = rounds.at(-1);
  if (last?.challengeName === "SRP_A") return { challengeName: "PASSWORD_VERIFIER" };
  if (last && !last.challengeResult) return { failAuthentication: true };
  return last?.challengeName === "CUSTOM_CHALLENGE"
    ? { issueTokens: true }
    : { challengeName: "CUSTOM_CHALLENGE" };
}

export function askTheRiddle(lambda: FakeLambda): void {
  const answering = (response: (event: FunctionEvent) => object) => (event: FunctionEvent) => ({
    ...event,
    response: response(event),
  });
  lambda.on(
    "define",
    answering((event) => ({
      challengeName: null,
      issueTokens: false,
      failAuthentication: false,
      ...decision(event.request.session as Round[]),
    })),
  );
  lambda.on(
    "create",
    answering(() => ({
      publicChallengeParameters: { riddle: "6 × 7" },
      privateChallengeParameters: { answer: RIDDLE_ANSWER },
    })),
  );
  lambda.on(
    "verify",
    answering(({ request }) => {
      const { answer } = request.privateChallengeParameters as { answer: string };
      return { answerCorrect: request.challengeAnswer === answer };
    }),
  );
}
