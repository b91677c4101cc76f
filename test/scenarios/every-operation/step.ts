import type { AuthenticationResultType } from "../../../src/api/generated/shapes.ts";
import type { Input, OperationName, Output } from "../../../src/api/operation.ts";
import type { Api } from "../../support/api.ts";
import { DeviceSide } from "../../support/device-side.ts";
import type { VirtualAuthenticator } from "../../support/virtual-authenticator.ts";

/** One client's way through all operations: a server and a pool of its own, and what earlier steps left. */
export interface Walk {
  /** Plain HTTP, not the client: arranges what a step needs and reads from outside what it did. */
  readonly api: Api;
  readonly passkey: VirtualAuthenticator;
  /** The pool and the public client that the client made. */
  readonly UserPoolId: string;
  readonly ClientId: string;
  /** Keeps a value for later steps; fails where there is none. */
  keep(name: string, value: string | undefined): void;
  kept(name: string): string;
  /** A confirmed user with PASSWORD and the verified address <username>@example.com, without any message. */
  user(username: string, attributes?: Readonly<Record<string, string>>): Promise<void>;
  signIn(username: string): Promise<AuthenticationResultType>;
  /** The access token of a new sign-in. */
  token(username: string): Promise<string>;
  /** A sign-in from this address and device, as a backend tells of them. */
  signInFrom(username: string, ip: string, device: string): Promise<void>;
  /** The code in the newest message to the address. */
  code(to: string): Promise<string>;
  /** What an authenticator app with this secret shows. */
  totp(secret: string | undefined): string;
  advanceSeconds(seconds: number): Promise<void>;
}

/** One operation, called once by each client. */
export interface Step<N extends OperationName> {
  /** What is exercised, for the table of operations. */
  readonly exercised: string;
  input(walk: Walk): Input<N> | Promise<Input<N>>;
  /** Fails unless the operation had its effect, seen from outside or in what it answered; tried before the operation too. */
  check(walk: Walk, output: Output<N>): void | Promise<void>;
}

/** Steps by operation, done in this order. */
export type Steps = { readonly [N in OperationName]: Step<N> };

/** Satisfies the default password policy. */
export const PASSWORD = "Correct-Horse-9";
/** Another one that does. */
export const OTHER_PASSWORD = "0ther-Passw0rd!";

export const address = (username: string): string => `${username}@example.com`;

/** Attributes of an answer by name. */
export const named = (list: readonly { Name?: string; Value?: string }[] | undefined) =>
  Object.fromEntries((list ?? []).map(({ Name, Value }) => [Name ?? "", Value ?? ""]));

export const describedUser = ({ api, UserPoolId }: Walk, Username: string) =>
  api("AdminGetUser", { UserPoolId, Username });

/** The attributes of a user, read by an administrator. */
export const attributesOf = async (walk: Walk, username: string) =>
  named((await describedUser(walk, username)).UserAttributes);

export const statusOf = async (walk: Walk, username: string) =>
  (await describedUser(walk, username)).UserStatus;

/** The tokens of a new sign-in, kept for later steps, and the device that the refresh token needs, confirmed. */
export async function keepTokens(walk: Walk, username: string): Promise<void> {
  const result = await walk.signIn(username);
  const device = new DeviceSide(result);
  walk.keep("access token", result.AccessToken);
  walk.keep("refresh token", result.RefreshToken);
  walk.keep("device of refresh token", device.key);
  await walk.api("ConfirmDevice", {
    AccessToken: walk.kept("access token"),
    DeviceKey: device.key,
    DeviceSecretVerifierConfig: device.secret,
  });
}

export const refresh = (walk: Walk) =>
  walk.api("InitiateAuth", {
    ClientId: walk.ClientId,
    AuthFlow: "REFRESH_TOKEN_AUTH",
    AuthParameters: {
      REFRESH_TOKEN: walk.kept("refresh token"),
      DEVICE_KEY: walk.kept("device of refresh token"),
    },
  });
