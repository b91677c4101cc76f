import { apiRequest } from "../test/support/http-connection.ts";
import { controlPlane } from "./control-plane.ts";
import { emailOf, GROUP_NAME, PASSWORD, usernameOf } from "./people.ts";
import { SrpClient } from "./srp-client.ts";
import { at, calls, prepared, spread, type Work } from "./work.ts";

/** A pool under measurement: who is in it and what they have. */
export interface MeasuredPool {
  readonly host: string;
  readonly userPoolId: string;
  readonly clientId: string;
  /** All users are numbered from 0; those below `active` know their password. */
  readonly users: number;
  readonly active: number;
  /** Tokens of some of the active ones. */
  readonly tokens: readonly { readonly access: string; readonly refresh: string }[];
  /** Tokens of pages far into lists of all users, of a prefix search and of a group's members. */
  readonly deepPages: Readonly<Record<DeepList, readonly string[]>>;
}

export type DeepList = "all" | "prefix" | "group";

export interface Operation {
  readonly name: string;
  /** True for what is measured of this server only. */
  readonly ownOnly?: true;
  /** The API's operations that a round calls, where one of them may not be built yet. */
  readonly calls?: readonly string[];
  /** Server CPU milliseconds that an operation may take: the project's own aim. */
  readonly barMs: number;
  /** Which pool it works on: the one with the default kind of password, or the one with argon2id hashes. */
  readonly pool: "srp" | "argon2id";
  /** True for what is measured with a million users too. */
  readonly scales?: true;
  work(pool: MeasuredPool): Work;
}

const PREPARED = 2_000;

const signIn = (pool: MeasuredPool): Work =>
  prepared(pool.active, (n) =>
    apiRequest(pool.host, "InitiateAuth", {
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId: pool.clientId,
      AuthParameters: { USERNAME: usernameOf(n), PASSWORD },
    }),
  );

const listUsers = (pool: MeasuredPool, filterOf: (n: number) => string | undefined): Work =>
  prepared(Math.min(PREPARED, pool.users), (n) =>
    apiRequest(pool.host, "ListUsers", {
      UserPoolId: pool.userPoolId,
      Filter: filterOf(spread(n, pool.users)),
      Limit: 60,
    }),
  );

const inPages = (pool: MeasuredPool, list: DeepList, input: Record<string, unknown>): Work => {
  const operation = list === "group" ? "ListUsersInGroup" : "ListUsers";
  const name = list === "group" ? "NextToken" : "PaginationToken";
  return prepared(pool.deepPages[list].length, (n) =>
    apiRequest(pool.host, operation, {
      UserPoolId: pool.userPoolId,
      ...input,
      [name]: at(pool.deepPages[list], n),
    }),
  );
};

const srpSignIn = ({ host, userPoolId, clientId: ClientId, active }: MeasuredPool): Work => {
  const client = new SrpClient(userPoolId, PASSWORD);
  return {
    async run(round, send) {
      const USERNAME = usernameOf(round % active);
      const AuthParameters = { USERNAME, SRP_A: client.publicA };
      const started = await send(
        apiRequest(host, "InitiateAuth", { AuthFlow: "USER_SRP_AUTH", ClientId, AuthParameters }),
      );
      const { ChallengeName, ChallengeParameters } = JSON.parse(started);
      await send(
        apiRequest(host, "RespondToAuthChallenge", {
          ChallengeName,
          ClientId,
          ChallengeResponses: client.answer(ChallengeParameters),
        }),
      );
    },
  };
};

/** What all users of the benchmark have in common. */
export const EVERYONE = 'email ^= "user-"';

let created = 0;

/** In the order in which they run: those that add users come last. */
export const operations: readonly Operation[] = [
  { name: "sign-in", barMs: 2.1, pool: "srp", scales: true, work: signIn },
  {
    name: "sign-in by SRP, both requests",
    barMs: 4.0,
    pool: "srp",
    scales: true,
    ownOnly: true,
    work: srpSignIn,
  },
  { name: "sign-in argon2id", barMs: 16, pool: "argon2id", work: signIn },
  {
    name: "refresh",
    barMs: 1.0,
    pool: "srp",
    scales: true,
    work: (pool) =>
      prepared(pool.tokens.length, (n) =>
        apiRequest(pool.host, "InitiateAuth", {
          AuthFlow: "REFRESH_TOKEN_AUTH",
          ClientId: pool.clientId,
          AuthParameters: { REFRESH_TOKEN: at(pool.tokens, n).refresh },
        }),
      ),
  },
  {
    name: "GetUser",
    barMs: 0.2,
    pool: "srp",
    scales: true,
    work: (pool) =>
      prepared(pool.tokens.length, (n) =>
        apiRequest(pool.host, "GetUser", { AccessToken: at(pool.tokens, n).access }),
      ),
  },
  {
    name: "AdminGetUser",
    barMs: 0.2,
    pool: "srp",
    scales: true,
    work: (pool) =>
      prepared(Math.min(PREPARED, pool.users), (n) =>
        apiRequest(pool.host, "AdminGetUser", {
          UserPoolId: pool.userPoolId,
          Username: usernameOf(spread(n, pool.users)),
        }),
      ),
  },
  {
    name: "ListUsers email =",
    barMs: 0.3,
    pool: "srp",
    scales: true,
    work: (pool) => listUsers(pool, (n) => `email = "${emailOf(n)}"`),
  },
  {
    name: "ListUsers email ^= (60 rows)",
    barMs: 0.9,
    pool: "srp",
    scales: true,
    // All but the last two digits of a name: a hundred users share them.
    work: (pool) => listUsers(pool, (n) => `email ^= "${usernameOf(n - (n % 100)).slice(0, -2)}"`),
  },
  {
    name: "ListUsers first 60",
    barMs: 0.6,
    pool: "srp",
    scales: true,
    work: (pool) => listUsers(pool, () => undefined),
  },
  {
    name: "ListUsers, a page far into all",
    barMs: 0.6,
    pool: "srp",
    scales: true,
    ownOnly: true,
    work: (pool) => inPages(pool, "all", { Limit: 60 }),
  },
  {
    name: "ListUsers email ^=, a page far into all",
    barMs: 0.9,
    pool: "srp",
    scales: true,
    ownOnly: true,
    work: (pool) => inPages(pool, "prefix", { Limit: 60, Filter: EVERYONE }),
  },
  {
    name: "ListUsersInGroup first 60",
    barMs: 0.6,
    pool: "srp",
    scales: true,
    work: (pool) =>
      prepared(1, () =>
        apiRequest(pool.host, "ListUsersInGroup", {
          UserPoolId: pool.userPoolId,
          GroupName: GROUP_NAME,
          Limit: 60,
        }),
      ),
  },
  {
    name: "ListUsersInGroup, a page far into it",
    barMs: 0.6,
    pool: "srp",
    scales: true,
    ownOnly: true,
    work: (pool) => inPages(pool, "group", { GroupName: GROUP_NAME, Limit: 60 }),
  },
  {
    name: "AdminCreateUser + AdminSetUserPassword",
    barMs: 2.4,
    pool: "srp",
    scales: true,
    work: ({ host, userPoolId: UserPoolId }) =>
      calls(host, () => {
        const Username = `created-${created++}`;
        const UserAttributes = [
          { Name: "email", Value: `${Username}@bench.example` },
          { Name: "email_verified", Value: "true" },
        ];
        const user = { UserPoolId, Username };
        return [
          [
            "AdminCreateUser",
            { ...user, UserAttributes, MessageAction: "SUPPRESS", TemporaryPassword: PASSWORD },
          ],
          ["AdminSetUserPassword", { ...user, Password: PASSWORD, Permanent: true }],
        ];
      }),
  },
  ...controlPlane,
];
