import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import {
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  AssociateSoftwareTokenCommand,
  GetTokensFromRefreshTokenCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  VerifySoftwareTokenCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import type { Input, Output } from "../../../src/api/operation.ts";
import { awsCli } from "../../support/aws-cli.ts";
import type { World } from "../../support/world.ts";
import type { SignInFlow } from "./cells.ts";
import { type Person, partsOf } from "./person.ts";
import type { ClientSession, OpenSession, SignedIn } from "./session.ts";

/** What a sign-in takes of the API, as the AWS CLI calls it. */
const COMMANDS = {
  InitiateAuth: "initiate-auth",
  RespondToAuthChallenge: "respond-to-auth-challenge",
  AdminInitiateAuth: "admin-initiate-auth",
  AdminRespondToAuthChallenge: "admin-respond-to-auth-challenge",
  AssociateSoftwareToken: "associate-software-token",
  VerifySoftwareToken: "verify-software-token",
  GetTokensFromRefreshToken: "get-tokens-from-refresh-token",
} as const;
type SignInOperation = keyof typeof COMMANDS;

/** Calls an operation through a client that turns calls into requests, and nothing more. */
export type Call = <N extends SignInOperation>(operation: N, input: Input<N>) => Promise<Output<N>>;

const kebab = (member: string) => member.replace(/([a-z])([A-Z])/g, "$1-$2").toLowerCase();

export function cliCall(url: string): Call {
  const aws = awsCli(url);
  return async (operation, input) => {
    const options = Object.entries(input).flatMap(([member, value]) => [
      `--${kebab(member)}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const { status, output, errorText } = await aws(COMMANDS[operation], ...options);
    if (status !== 0) throw new Error(errorText);
    return output;
  };
}

const SDK = {
  InitiateAuth: InitiateAuthCommand,
  RespondToAuthChallenge: RespondToAuthChallengeCommand,
  AdminInitiateAuth: AdminInitiateAuthCommand,
  AdminRespondToAuthChallenge: AdminRespondToAuthChallengeCommand,
  AssociateSoftwareToken: AssociateSoftwareTokenCommand,
  VerifySoftwareToken: VerifySoftwareTokenCommand,
  GetTokensFromRefreshToken: GetTokensFromRefreshTokenCommand,
} as const;

export function sdkCall(world: World): Call {
  const client = world.client();
  return async <N extends SignInOperation>(operation: N, input: Input<N>) => {
    // The SDK's commands and our types are of the same model; a union of commands cannot be made from one name.
    const Command = SDK[operation] as unknown as new (input: Input<N>) => InitiateAuthCommand;
    return (await client.send(new Command(input))) as unknown as Output<N>;
  };
}

/** A Python process that does the calls it reads from its standard input, a line of JSON each; it starts with the first. */
export function boto3Calls(url: string): { readonly call: Call; close(): void } {
  const start = () => {
    const script = new URL("../boto3/calls.py", import.meta.url).pathname;
    const python = spawn("python3", [script, url], { stdio: ["pipe", "pipe", "inherit"] });
    const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
    return { python, answers };
  };
  let running: ReturnType<typeof start> | null = null;
  return {
    async call(operation, input) {
      running ??= start();
      running.python.stdin.write(`${JSON.stringify({ operation, input })}\n`);
      const { value, done } = await running.answers.next();
      if (done) throw new Error("The boto3 process ended");
      const { output, error } = JSON.parse(value);
      if (error) throw new Error(error);
      return output;
    },
    close: () => running?.python.stdin.end(),
  };
}

function authParameters(person: Person, flow: SignInFlow): Record<string, string> {
  const { authFlow, firstFactor } = partsOf(flow);
  if (authFlow === "CUSTOM_AUTH") return { USERNAME: person.username };
  const byPassword = firstFactor === "" || firstFactor === "PASSWORD";
  return {
    USERNAME: person.username,
    ...(byPassword ? { PASSWORD: person.password } : {}),
    ...(firstFactor === "" || firstFactor === "SELECT_CHALLENGE" ? {} : { PREFERRED_CHALLENGE: firstFactor }),
  };
}

/** Answers what is asked, as a program on top of such a client has to. */
async function responses(
  person: Person,
  { ChallengeName, ChallengeParameters }: Output<"InitiateAuth">,
): Promise<Record<string, string>> {
  switch (ChallengeName) {
    case "NEW_PASSWORD_REQUIRED":
      return { NEW_PASSWORD: person.newPassword };
    case "EMAIL_OTP":
      return { EMAIL_OTP_CODE: await person.code("EMAIL") };
    case "SMS_OTP":
      return { SMS_OTP_CODE: await person.code("SMS") };
    case "SMS_MFA":
      return { SMS_MFA_CODE: await person.code("SMS") };
    case "SOFTWARE_TOKEN_MFA":
      return { SOFTWARE_TOKEN_MFA_CODE: person.totp() };
    case "SELECT_MFA_TYPE":
      return { ANSWER: "SMS_MFA" };
    case "SELECT_CHALLENGE":
      return { ANSWER: "PASSWORD", PASSWORD: person.password };
    case "WEB_AUTHN": {
      const options = JSON.parse(ChallengeParameters?.CREDENTIAL_REQUEST_OPTIONS ?? "");
      return { CREDENTIAL: JSON.stringify(person.passkey.get(options)) };
    }
    case "CUSTOM_CHALLENGE":
      return { ANSWER: person.customAnswer };
    case "MFA_SETUP":
      return {};
    default:
      throw new Error(`No answer to ${ChallengeName}`);
  }
}

/** The same steps for all clients of this kind: their calls are named and shaped by the model. */
export const requestSession =
  (call: Call): OpenSession =>
  (person): ClientSession => {
    const { UserPoolId, ClientId, username } = person;
    let refreshToken = "";

    const begin = (flow: SignInFlow) => {
      const AuthParameters = authParameters(person, flow);
      const { authFlow: AuthFlow } = partsOf(flow);
      return AuthFlow === "ADMIN_USER_PASSWORD_AUTH"
        ? call("AdminInitiateAuth", { UserPoolId, ClientId, AuthFlow, AuthParameters })
        : call("InitiateAuth", { ClientId, AuthFlow, AuthParameters });
    };

    async function setUpSoftwareToken(challenge: string | undefined) {
      const { SecretCode, Session } = await call("AssociateSoftwareToken", { Session: challenge });
      return call("VerifySoftwareToken", { Session, UserCode: person.totp(SecretCode) });
    }

    async function answer(flow: SignInFlow, challenge: Output<"InitiateAuth">) {
      const { ChallengeName } = challenge;
      if (ChallengeName === undefined) throw new Error("Neither tokens nor a challenge");
      const ChallengeResponses = { USERNAME: username, ...(await responses(person, challenge)) };
      const { Session } =
        ChallengeName === "MFA_SETUP" ? await setUpSoftwareToken(challenge.Session) : challenge;
      const input = { ClientId, ChallengeName, Session, ChallengeResponses };
      return flow === "ADMIN_USER_PASSWORD_AUTH"
        ? call("AdminRespondToAuthChallenge", { UserPoolId, ...input })
        : call("RespondToAuthChallenge", input);
    }

    const kept = (result: Output<"InitiateAuth">["AuthenticationResult"]): Omit<SignedIn, "asked"> => {
      refreshToken = result?.RefreshToken ?? refreshToken;
      return { accessToken: result?.AccessToken ?? "", refreshToken };
    };

    return {
      async signIn(flow) {
        const asked: string[] = [];
        let step: Output<"InitiateAuth"> = await begin(flow);
        while (!step.AuthenticationResult) {
          asked.push(step.ChallengeName ?? "");
          step = await answer(flow, step);
        }
        return { asked, ...kept(step.AuthenticationResult) };
      },
      async refresh(by) {
        const { AuthenticationResult } =
          by === "REFRESH_TOKEN_AUTH"
            ? await call("InitiateAuth", {
                ClientId,
                AuthFlow: by,
                AuthParameters: { REFRESH_TOKEN: refreshToken },
              })
            : await call("GetTokensFromRefreshToken", { ClientId, RefreshToken: refreshToken });
        return kept(AuthenticationResult);
      },
    };
  };
