import { apiRequest } from "../test/support/http-connection.ts";
import type { Work } from "./load.ts";
import { emailOf, PASSWORD, usernameOf } from "./people.ts";

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
}

export interface Operation {
  readonly name: string;
  /** Server CPU milliseconds that an operation may take: the project's own aim. */
  readonly barMs: number;
  /** Which pool it works on: the one with the default kind of password, or the one with argon2id hashes. */
  readonly pool: "srp" | "argon2id";
  work(pool: MeasuredPool): Work;
}

const one = (request: Uint8Array): readonly Uint8Array[] => [request];
const at = <T>(items: readonly T[], n: number): T => {
  const item = items[n % items.length];
  if (item === undefined) throw new Error("nothing to choose from");
  return item;
};
/** Spreads over all users in an order that no cache foresees: a step that shares no factor with the count. */
const spread = (round: number, users: number): number => (round * 7_919) % users;

/** Requests are made beforehand where there are few of them, so that the generator does not use the server's processor. */
const prepared = (count: number, make: (n: number) => Uint8Array): Work => {
  const requests = Array.from({ length: count }, (_, n) => one(make(n)));
  return { requests: (round) => at(requests, round) };
};
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

let created = 0;

/** In the order in which they run: those that add users come last. */
export const operations: readonly Operation[] = [
  { name: "sign-in", barMs: 2.1, pool: "srp", work: signIn },
  { name: "sign-in argon2id", barMs: 16, pool: "argon2id", work: signIn },
  {
    name: "refresh",
    barMs: 1.0,
    pool: "srp",
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
    work: (pool) =>
      prepared(pool.tokens.length, (n) =>
        apiRequest(pool.host, "GetUser", { AccessToken: at(pool.tokens, n).access }),
      ),
  },
  {
    name: "AdminGetUser",
    barMs: 0.2,
    pool: "srp",
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
    work: (pool) => listUsers(pool, (n) => `email = "${emailOf(n)}"`),
  },
  {
    name: "ListUsers email ^= (60 rows)",
    barMs: 0.9,
    pool: "srp",
    // All but the last two digits of a name: a hundred users share them.
    work: (pool) => listUsers(pool, (n) => `email ^= "${usernameOf(n - (n % 100)).slice(0, -2)}"`),
  },
  { name: "ListUsers first 60", barMs: 0.6, pool: "srp", work: (pool) => listUsers(pool, () => undefined) },
  {
    name: "AdminCreateUser + AdminSetUserPassword",
    barMs: 2.4,
    pool: "srp",
    work: (pool) => ({
      requests: () => {
        const Username = `created-${created++}`;
        const { userPoolId: UserPoolId, host } = pool;
        const UserAttributes = [
          { Name: "email", Value: `${Username}@bench.example` },
          { Name: "email_verified", Value: "true" },
        ];
        return [
          apiRequest(host, "AdminCreateUser", {
            UserPoolId,
            Username,
            UserAttributes,
            MessageAction: "SUPPRESS",
            TemporaryPassword: PASSWORD,
          }),
          apiRequest(host, "AdminSetUserPassword", {
            UserPoolId,
            Username,
            Password: PASSWORD,
            Permanent: true,
          }),
        ];
      },
    }),
  },
];
