import type { ApiCaller } from "../test/support/http-connection.ts";
import { type DeepList, EVERYONE, type MeasuredPool } from "./operations.ts";
import { attributesOf, GROUP_NAME, isInGroup, PASSWORD, usernameOf } from "./people.ts";

/** Making what is measured through the API: the same calls for this server and for the others. */

export interface NewPool {
  readonly userPoolId: string;
  readonly clientId: string;
}

export async function createPool(api: ApiCaller, kind: "srp" | "argon2id"): Promise<NewPool> {
  const { UserPool } = await api.call("CreateUserPool", {
    PoolName: `bench ${kind}`,
    // Names this server's way to keep passwords; a tag like any other elsewhere.
    UserPoolTags: { "cognate:password-storage": kind },
  });
  const { UserPoolClient } = await api.call("CreateUserPoolClient", {
    UserPoolId: UserPool.Id,
    ClientName: "bench",
    ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
  });
  await api.call("CreateGroup", { UserPoolId: UserPool.Id, GroupName: GROUP_NAME });
  return { userPoolId: UserPool.Id, clientId: UserPoolClient.ClientId };
}

/** Users with the known password, for servers that have no quicker way in. */
export async function createUsers(api: ApiCaller, pool: NewPool, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const named = { UserPoolId: pool.userPoolId, Username: usernameOf(n) };
    await api.call("AdminCreateUser", {
      ...named,
      UserAttributes: Object.entries(attributesOf(n)).map(([Name, Value]) => ({ Name, Value })),
      MessageAction: "SUPPRESS",
      TemporaryPassword: PASSWORD,
    });
    await api.call("AdminSetUserPassword", { ...named, Password: PASSWORD, Permanent: true });
    if (isInGroup(n)) await api.call("AdminAddUserToGroup", { ...named, GroupName: GROUP_NAME });
  }
}

export async function signInSome(
  api: ApiCaller,
  pool: NewPool,
  count: number,
): Promise<MeasuredPool["tokens"]> {
  const tokens = [];
  for (let n = 0; n < count; n++) {
    const { AuthenticationResult } = await api.call("InitiateAuth", {
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId: pool.clientId,
      AuthParameters: { USERNAME: usernameOf(n), PASSWORD },
    });
    tokens.push({ access: AuthenticationResult.AccessToken, refresh: AuthenticationResult.RefreshToken });
  }
  return tokens;
}

/** Pages that are kept of each list, the deepest that were reached. */
const KEPT_PAGES = 50;

/** Walks through each list up to `pages` and keeps the tokens of the last ones. */
export async function walkedPages(
  api: ApiCaller,
  { userPoolId: UserPoolId }: NewPool,
  pages: number,
): Promise<MeasuredPool["deepPages"]> {
  const walk = async (list: DeepList, input: Record<string, unknown>) => {
    const [operation, token] =
      list === "group" ? ["ListUsersInGroup", "NextToken"] : ["ListUsers", "PaginationToken"];
    const tokens: string[] = [];
    let next: string | undefined;
    for (let i = 0; i < pages; i++) {
      const at = next === undefined ? {} : { [token as string]: next };
      const answer = await api.call(operation as string, { UserPoolId, Limit: 60, ...input, ...at });
      next = answer[token as string];
      if (next === undefined) break;
      tokens.push(next);
    }
    return tokens.slice(-KEPT_PAGES);
  };
  return {
    all: await walk("all", {}),
    prefix: await walk("prefix", { Filter: EVERYONE }),
    group: await walk("group", { GroupName: GROUP_NAME }),
  };
}
