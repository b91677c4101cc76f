import { createHmac } from "node:crypto";
import { expect } from "vitest";
import type {
  AuthenticationResultType,
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
  UserPoolClientType,
  UserPoolType,
} from "../../src/api/generated/shapes.ts";
import type { Api } from "./api.ts";
import type { World } from "./world.ts";

/** Satisfies the default password policy. */
export const PASSWORD = "Correct-Horse-9";
/** Satisfies the default password policy too. */
export const TEMPORARY_PASSWORD = "First-Day-Pass-1";

/** A pool with Cognito's defaults but for what is given. */
export async function makePool(
  api: Api,
  settings: Partial<CreateUserPoolRequest> = {},
): Promise<UserPoolType & { readonly Id: string }> {
  const { UserPool } = await api("CreateUserPool", { PoolName: "pool", ...settings });
  if (!UserPool?.Id) throw new Error("No pool was made");
  return { ...UserPool, Id: UserPool.Id };
}

/** A client without a secret that may sign in with a password, by either operation, and refresh. */
export async function makeClient(
  api: Api,
  userPoolId: string,
  settings: Partial<CreateUserPoolClientRequest> = {},
): Promise<UserPoolClientType & { readonly ClientId: string }> {
  const { UserPoolClient } = await api("CreateUserPoolClient", {
    UserPoolId: userPoolId,
    ClientName: "client",
    ExplicitAuthFlows: [
      "ALLOW_USER_PASSWORD_AUTH",
      "ALLOW_ADMIN_USER_PASSWORD_AUTH",
      "ALLOW_REFRESH_TOKEN_AUTH",
    ],
    ...settings,
  });
  if (!UserPoolClient?.ClientId) throw new Error("No client was made");
  return { ...UserPoolClient, ClientId: UserPoolClient.ClientId };
}

/** Attributes as the API takes them, from names and values. */
export const attributes = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([Name, Value]) => ({ Name, Value }));

export interface UserToMake {
  /** A password that stays: the user is CONFIRMED. */
  readonly password?: string;
  /** Used when no password is given: the user is in FORCE_CHANGE_PASSWORD. */
  readonly temporaryPassword?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A user, without an invitation. Returns the username, which is not the given one where people sign in with an address. */
export async function makeUser(
  api: Api,
  userPoolId: string,
  username: string,
  user: UserToMake = {},
): Promise<string> {
  const { User } = await api("AdminCreateUser", {
    UserPoolId: userPoolId,
    Username: username,
    MessageAction: "SUPPRESS",
    TemporaryPassword: user.temporaryPassword ?? TEMPORARY_PASSWORD,
    UserAttributes: attributes(user.attributes ?? {}),
  });
  if (!User?.Username) throw new Error("No user was made");
  if (user.password !== undefined)
    await api("AdminSetUserPassword", {
      UserPoolId: userPoolId,
      Username: User.Username,
      Password: user.password,
      Permanent: true,
    });
  return User.Username;
}

/** USER_PASSWORD_AUTH, whatever it answers. */
export const startSignIn = (
  api: Api,
  client: UserPoolClientType,
  username: string,
  password: string = PASSWORD,
) =>
  api("InitiateAuth", {
    ClientId: client.ClientId ?? "",
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: {
      USERNAME: username,
      PASSWORD: password,
      ...(client.ClientSecret === undefined ? {} : { SECRET_HASH: secretHash(client, username) }),
    },
  });

export type Tokens = Required<
  Pick<AuthenticationResultType, "AccessToken" | "IdToken" | "RefreshToken" | "ExpiresIn" | "TokenType">
>;

/** The tokens of a sign-in by USER_PASSWORD_AUTH that asks for nothing more. */
export async function signIn(
  api: Api,
  client: UserPoolClientType,
  username: string,
  password: string = PASSWORD,
): Promise<Tokens> {
  const answer = await startSignIn(api, client, username, password);
  const { AccessToken, ExpiresIn, TokenType, RefreshToken, IdToken } = answer.AuthenticationResult ?? {};
  if (!AccessToken || !RefreshToken || !IdToken || !TokenType || ExpiresIn === undefined)
    throw new Error(`No tokens but ${answer.ChallengeName ?? "an incomplete answer"}`);
  return { AccessToken, ExpiresIn, TokenType, RefreshToken, IdToken };
}

/** SECRET_HASH as every client of Cognito computes it. */
export const secretHash = (client: UserPoolClientType, username: string): string =>
  createHmac("sha256", client.ClientSecret ?? "")
    .update(`${username}${client.ClientId}`)
    .digest("base64");

/** Closes a world after asserting that the server itself noticed no error that the API's model does not know. */
export async function closeWithinModel(world: World): Promise<void> {
  await world.close();
  expect(world.undeclaredErrors).toEqual([]);
}
