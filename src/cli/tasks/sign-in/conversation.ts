import type {
  AuthenticationResultType,
  ChallengeNameType,
  InitiateAuthResponse,
} from "../../../api/generated/shapes.ts";
import { secretHash } from "../../../crypto/secret-hash.ts";
import { type SrpClientKeys, srpClientKeys } from "../../../crypto/srp-client.ts";
import { systemRandom } from "../../../runtime/random.ts";
import { type Connection, Refusal } from "../../connection/connection.ts";
import { UsageFault } from "../../connection/task.ts";
import { terminal } from "../../terminal/terminal.ts";
import type { Challenge } from "./challenge.ts";
import { challengeAnswer } from "./challenges.ts";
import type { SignInClient } from "./client.ts";
import type { FlowFacts } from "./flows.ts";
import type { InboxCodes } from "./inbox-codes.ts";
import type { Questions } from "./questions.ts";
import type { RememberedDevice } from "./remembered-devices.ts";

const EXPONENT_BYTES = 32;
/** How often a person may answer one challenge, whose Session a wrong answer does not use up. */
const ATTEMPTS = 3;
const TRY_AGAIN = ["CodeMismatchException", "InvalidPasswordException", "InvalidParameterException"];

/** Who signs in where, and how what is asked is found out. */
export interface SignInRequest {
  readonly connection: Connection;
  readonly userPoolId: string;
  readonly client: SignInClient;
  readonly flow: FlowFacts;
  readonly username: string;
  readonly questions: Questions;
  /** Where codes are read; null when a person is asked for them. */
  readonly codes: InboxCodes | null;
  /** From an earlier sign-in. */
  readonly device: RememberedDevice | null;
}

/** One sign-in, from the first call to the tokens. */
export class SignIn {
  readonly request: SignInRequest;
  #password: string | null = null;
  #keys: SrpClientKeys | null = null;
  /** As the server calls the user, once it has said so. */
  #username: string;
  #device: RememberedDevice | null;

  constructor(request: SignInRequest) {
    this.request = request;
    this.#username = request.username;
    this.#device = request.device;
  }

  /** What the sign-in says to be; null when it names none. */
  get device(): RememberedDevice | null {
    return this.#device;
  }

  /** The server knows it no more: the sign-in begins anew without it. */
  dropDevice(): void {
    this.#device = null;
  }

  /** Every name of the user that is known. */
  get names(): readonly string[] {
    return [this.#username, this.request.username];
  }

  /** Asked for once, and used wherever the conversation needs it. */
  async password(): Promise<string> {
    this.#password ??= await this.request.questions.password({
      name: "PASSWORD",
      text: "Password",
      secret: true,
    });
    return this.#password;
  }

  /** From now on, and when the sign-in begins anew. */
  usePassword(password: string): void {
    this.#password = password;
  }

  /** Of this sign-in's SRP. */
  get keys(): SrpClientKeys {
    this.#keys ??= srpClientKeys(systemRandom.bytes(EXPONENT_BYTES));
    return this.#keys;
  }

  /** For requests that name this user, if the client has a secret. */
  secretHash(username: string): string | undefined {
    const { ClientId, ClientSecret } = this.request.client;
    return ClientSecret === null ? undefined : secretHash(ClientSecret, username, ClientId);
  }

  /** A code that was sent: out of the inbox, or asked for. */
  async code(name: string, text: string): Promise<string> {
    const { codes, questions } = this.request;
    if (!codes) return (await questions.ask({ name, text })).trim();
    const code = await codes.next(this.names);
    terminal.note(`${name} read from the inbox`);
    return code;
  }

  /** Goes through every challenge. @throws Refusal, Unreachable, UsageFault */
  async run(): Promise<AuthenticationResultType> {
    let step = await this.#begin();
    while (!step.AuthenticationResult) step = await this.#answer(step);
    return step.AuthenticationResult;
  }

  async #begin(): Promise<InitiateAuthResponse> {
    const { connection, client, flow, username, userPoolId, codes } = this.request;
    const { authFlow, sends } = flow;
    const parameters: Record<string, string> = { USERNAME: username };
    if (sends.password) parameters.PASSWORD = await this.password();
    if (sends.srp) parameters.SRP_A = this.keys.publicA;
    if (sends.srp && authFlow === "CUSTOM_AUTH") parameters.CHALLENGE_NAME = "SRP_A";
    if (this.#device) parameters.DEVICE_KEY = this.#device.deviceKey;
    const hash = this.secretHash(username);
    if (hash !== undefined) parameters.SECRET_HASH = hash;
    await codes?.mark();
    const input = { ClientId: client.ClientId, AuthFlow: authFlow, AuthParameters: parameters };
    return flow.admin
      ? await connection.call("AdminInitiateAuth", { ...input, UserPoolId: userPoolId })
      : await connection.call("InitiateAuth", input);
  }

  async #answer(step: InitiateAuthResponse): Promise<InitiateAuthResponse> {
    const { ChallengeName: name, Session, ChallengeParameters: parameters = {}, AvailableChallenges } = step;
    if (!name) throw new UsageFault("the server gave neither tokens nor a challenge");
    this.#username = parameters.USERNAME ?? parameters.USER_ID_FOR_SRP ?? this.#username;
    const challenge: Challenge = {
      name,
      session: Session,
      parameters,
      username: this.#username,
      available: AvailableChallenges ?? [],
    };
    const { questions, codes } = this.request;
    for (let attempt = 1; ; attempt++) {
      const answer = await challengeAnswer(this, challenge);
      try {
        return await this.#respond(name, answer.session ?? Session, answer.responses);
      } catch (fault) {
        if (!(fault instanceof Refusal) || !TRY_AGAIN.includes(fault.code)) throw fault;
        if (!answer.again || !questions.patient || codes || attempt === ATTEMPTS) throw fault;
        terminal.note(fault.message);
      }
    }
  }

  async #respond(
    name: ChallengeNameType,
    session: string | undefined,
    responses: Readonly<Record<string, string>>,
  ): Promise<InitiateAuthResponse> {
    const { connection, client, flow, userPoolId, codes } = this.request;
    const hash = this.secretHash(this.#username);
    const input = {
      ClientId: client.ClientId,
      ChallengeName: name,
      ...(session === undefined ? {} : { Session: session }),
      ChallengeResponses: {
        USERNAME: this.#username,
        ...responses,
        ...(hash === undefined ? {} : { SECRET_HASH: hash }),
        ...(this.#device ? { DEVICE_KEY: this.#device.deviceKey } : {}),
      },
    };
    await codes?.mark();
    return flow.admin
      ? await connection.call("AdminRespondToAuthChallenge", { ...input, UserPoolId: userPoolId })
      : await connection.call("RespondToAuthChallenge", input);
  }
}
