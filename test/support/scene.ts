import type { Input, Output } from "../../src/api/operation.ts";
import { type Api, apiOf } from "./api.ts";
import { makeClient, makePool, makeUser, PASSWORD, signIn, startSignIn, type Tokens } from "./builders.ts";
import type { World } from "./world.ts";

/** Satisfies the default password policy, and is not PASSWORD. */
export const OTHER_PASSWORD = "0ther-Passw0rd!";

type PoolSettings = Partial<Input<"CreateUserPool">>;
type ClientSettings = Partial<Input<"CreateUserPoolClient">>;
export type Attributes = Readonly<Record<string, string>>;

/** What a pool needs to send codes by SMS. */
export const SMS: NonNullable<PoolSettings["SmsConfiguration"]> = {
  SnsCallerArn: "arn:aws:iam::123456789012:role/sms",
  ExternalId: "external",
};

/** What a pool needs for e-mail as a second factor. */
export const OWN_SENDER: NonNullable<PoolSettings["EmailConfiguration"]> = {
  EmailSendingAccount: "DEVELOPER",
  SourceArn: "arn:aws:ses:us-east-1:123456789012:identity/example.com",
};

/** Attributes of an answer by name. */
export const named = (list: readonly { Name?: string; Value?: string }[] | undefined): Attributes =>
  Object.fromEntries((list ?? []).map(({ Name, Value }) => [Name ?? "", Value ?? ""]));

/** A pool with one client, and the usual steps in it. */
export interface Scene {
  readonly api: Api;
  readonly UserPoolId: string;
  readonly ClientId: string;
  /** A CONFIRMED user with PASSWORD, without any message. */
  user(username: string, attributes?: Attributes): Promise<string>;
  /** A user with a temporary password, PASSWORD, without any message. */
  invited(username: string, attributes?: Attributes): Promise<string>;
  signIn(username: string, password?: string): Promise<Output<"InitiateAuth">>;
  /** Signs in and fails unless that gives tokens. */
  tokens(username: string, password?: string): Promise<Tokens>;
  answer(
    ChallengeName: Input<"RespondToAuthChallenge">["ChallengeName"],
    Session: string | undefined,
    ChallengeResponses: Record<string, string>,
  ): Promise<Output<"RespondToAuthChallenge">>;
  refresh(token: string): Promise<Output<"InitiateAuth">>;
  status(Username: string): Promise<string | undefined>;
  attributes(Username: string): Promise<Attributes>;
  /** The code in the newest message of this pool to the address. */
  code(to: string): Promise<string>;
  /** How many messages this pool has sent to the address. */
  messagesTo(to: string): Promise<number>;
  client(settings: ClientSettings): Promise<Scene>;
}

export async function scene(
  world: World,
  pool: PoolSettings = {},
  client: ClientSettings = {},
): Promise<Scene> {
  const { Id } = await makePool(apiOf(world), pool);
  return sceneOf(world, Id, client);
}

async function sceneOf(world: World, UserPoolId: string, settings: ClientSettings): Promise<Scene> {
  const api = apiOf(world);
  const client = await makeClient(api, UserPoolId, settings);
  const { ClientId } = client;
  const messages = (to: string) => world.inbox({ userPoolId: UserPoolId, to });
  return {
    api,
    UserPoolId,
    ClientId,
    user: (username, attributes = {}) =>
      makeUser(api, UserPoolId, username, { password: PASSWORD, attributes }),
    invited: (username, attributes = {}) =>
      makeUser(api, UserPoolId, username, { temporaryPassword: PASSWORD, attributes }),
    signIn: (username, password) => startSignIn(api, client, username, password),
    tokens: (username, password) => signIn(api, client, username, password),
    answer: (ChallengeName, Session, ChallengeResponses) =>
      api("RespondToAuthChallenge", {
        ClientId,
        ChallengeName,
        ...(Session === undefined ? {} : { Session }),
        ChallengeResponses,
      }),
    refresh: (REFRESH_TOKEN) =>
      api("InitiateAuth", { ClientId, AuthFlow: "REFRESH_TOKEN_AUTH", AuthParameters: { REFRESH_TOKEN } }),
    status: async (Username) => (await api("AdminGetUser", { UserPoolId, Username })).UserStatus,
    attributes: async (Username) => {
      const { sub: _, ...rest } = named((await api("AdminGetUser", { UserPoolId, Username })).UserAttributes);
      return rest;
    },
    async code(to) {
      const [newest] = await messages(to);
      if (!newest) throw new Error(`No message to ${to}`);
      return newest.code;
    },
    messagesTo: async (to) => (await messages(to)).length,
    client: (given) => sceneOf(world, UserPoolId, given),
  };
}

/** A code of the same length that is not this one. */
export const wrong = (code: string): string =>
  String((Number(code) + 1) % 10 ** code.length).padStart(code.length, "0");

/**
 * Puts the development clock to the beginning of the next hour, so that what is counted per hour does not begin again in the
 * middle of a test.
 */
export async function atFullHour(world: World): Promise<void> {
  const hour = 3600;
  const response = await fetch(`${world.url}/_dev/clock`);
  const { now } = (await response.json()) as { now: number };
  await world.advanceSeconds(hour - (now % hour) + 1);
}
