import { createHash } from "node:crypto";
import type { AdminGetUserResponse } from "../../../api/generated/shapes.ts";
import { inOrder, pages } from "../../connection/pages.ts";
import type { Call } from "../../connection/patience.ts";
import {
  creationName,
  givenAttributes,
  mfaOf,
  type UserRecord,
  userRecord,
} from "../user-transfer/user-record.ts";
import type { PoolDescription } from "./pool-description.ts";
import { type Difference, differencesOf } from "./pool-differences.ts";

const PAGE = 60;
const AT_ONCE = 8;

/** A pool whose users are read. */
export interface UsersSource {
  readonly call: Call;
  readonly pool: PoolDescription;
}

/** Second factors are shown of single users only: they are asked for where the pool has any. */
export const hasFactors = ({ settings }: PoolDescription): boolean =>
  settings.MfaConfiguration !== undefined && settings.MfaConfiguration !== "OFF";

async function* listed({ call, pool }: UsersSource): AsyncGenerator<UserRecord> {
  for await (const { Users = [] } of pages(call, "ListUsers", { UserPoolId: pool.id, Limit: PAGE }))
    for (const user of Users) yield userRecord(user);
}

/** All users, with second factors where the pool has any. */
export function usersOf(source: UsersSource, withFactors: boolean): AsyncGenerator<UserRecord> {
  const { call, pool } = source;
  return inOrder(listed(source), withFactors ? AT_ONCE : 1, async (user) => {
    if (!withFactors) return user;
    const shown: AdminGetUserResponse = await call("AdminGetUser", {
      UserPoolId: pool.id,
      Username: user.username,
    });
    return { ...user, mfa: mfaOf(shown) };
  });
}

/** By what a user of one pool is found in another: the username, or the address where the service gives usernames. */
export const nameIn = ({ pool }: PoolDescription, user: UserRecord): string =>
  creationName(user, pool.UsernameAttributes);

/** Who is in which groups, by username. */
async function memberships({ call, pool }: UsersSource): Promise<Map<string, string[]>> {
  const groups = new Map<string, string[]>();
  for (const GroupName of Object.keys(pool.groups).sort())
    for await (const { Users = [] } of pages(call, "ListUsersInGroup", {
      UserPoolId: pool.id,
      GroupName,
      Limit: PAGE,
    }))
      for (const { Username = "" } of Users) {
        const known = groups.get(Username);
        if (known) known.push(GroupName);
        else groups.set(Username, [GroupName]);
      }
  return groups;
}

interface IdentityLink {
  readonly providerName?: string;
  readonly userId?: string;
}

/** Identities of other providers that are linked to the user. */
export function linksOf({
  attributes,
}: Pick<UserRecord, "attributes">): { readonly providerName: string; readonly userId: string }[] {
  if (!attributes.identities) return [];
  const links = JSON.parse(attributes.identities) as IdentityLink[];
  return links.flatMap(({ providerName, userId }) =>
    providerName && userId ? [{ providerName, userId }] : [],
  );
}

/** What is compared of a user: nothing that the service gives. */
const comparable = (user: UserRecord, groups: readonly string[] | undefined, withFactors: boolean) => ({
  attributes: givenAttributes(user),
  identities: linksOf(user).map(({ providerName, userId }) => `${providerName}:${userId}`),
  status: user.status,
  enabled: user.enabled,
  groups: groups ?? [],
  ...(withFactors ? { mfa: user.mfa } : {}),
});

type Comparable = ReturnType<typeof comparable>;

async function* comparableUsers(
  source: UsersSource,
  withFactors: boolean,
): AsyncGenerator<[string, Comparable]> {
  const groups = await memberships(source);
  for await (const user of usersOf(source, withFactors))
    yield [nameIn(source.pool, user), comparable(user, groups.get(user.username), withFactors)];
}

const digestOf = (user: Comparable): string =>
  createHash("sha256")
    .update(JSON.stringify({ ...user, attributes: Object.entries(user.attributes).sort() }))
    .digest("base64url")
    .slice(0, 22);

/** Users whose differences are told member by member; of the others it is told that they differ. */
const TOLD = 1000;

/**
 * Compares users of two pools; holds a name and a digest of each of the first pool's in memory.
 * @param seen told of every user that is read
 */
export async function userDifferences(
  from: UsersSource,
  to: UsersSource,
  seen: () => void,
): Promise<Difference[]> {
  const withFactors = hasFactors(from.pool) || hasFactors(to.pool);
  const digests = new Map<string, string>();
  for await (const [name, user] of comparableUsers(from, withFactors)) {
    digests.set(name, digestOf(user));
    seen();
  }
  const changed = new Map<string, Comparable | null>();
  const differences: Difference[] = [];
  for await (const [name, user] of comparableUsers(to, withFactors)) {
    seen();
    const before = digests.get(name);
    digests.delete(name);
    if (before === undefined) differences.push({ path: `users.${name}`, from: undefined, to: user });
    else if (before !== digestOf(user)) changed.set(name, changed.size < TOLD ? user : null);
  }
  for (const name of digests.keys())
    differences.push({ path: `users.${name}`, from: { status: "present" }, to: undefined });
  if (changed.size === 0) return differences;
  for await (const [name, user] of comparableUsers(from, withFactors)) {
    const other = changed.get(name);
    if (other === undefined) continue;
    differences.push(
      ...(other === null
        ? [{ path: `users.${name}`, from: "differs", to: "differs" }]
        : differencesOf(user, other, `users.${name}`)),
    );
  }
  return differences;
}
