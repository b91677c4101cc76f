import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import type { UserPool } from "../user-pools/index.ts";
import { aliasesOf, comparable, isMovable, takeAliasFromHolder, usesAddressAsUsername } from "./aliases.ts";
import type { InsertUserResult, UserToInsert } from "./ports.ts";
import type { AliasName, User, UserKey, UserStatus } from "./user.ts";

/** A user that is not stored yet; its username is its sub where people sign in with an address. */
export function newUser(
  services: Pick<Services, "clock" | "identifiers">,
  pool: UserPool,
  facts: { username: string; status: UserStatus; attributes: Record<string, string> },
): User {
  const sub = services.identifiers.sub();
  const now = services.clock.now();
  return {
    key: services.identifiers.key() as UserKey,
    poolKey: pool.key,
    sub,
    username: usesAddressAsUsername(pool) ? sub : facts.username,
    status: facts.status,
    enabled: true,
    attributes: facts.attributes,
    mfa: { enabled: [], preferred: null },
    createdAt: now,
    modifiedAt: now,
  };
}

/** Stores the user; with `move`, a verified alias that another user holds is taken from that user. */
export async function insertUser(
  repositories: Repositories,
  pool: UserPool,
  user: User,
  conflict: "refuse" | "move",
): Promise<InsertUserResult> {
  const aliases = aliasesOf(pool, user.attributes);
  if (conflict === "move")
    for (const alias of aliases)
      if (isMovable(pool, alias)) await takeAliasFromHolder(repositories.users, pool, alias);
  return repositories.users.insert(user, comparable(pool, user.username), aliases);
}

/** The user with what must be unique about it. */
export const toInsert = (pool: UserPool, user: User): UserToInsert => ({
  user,
  usernameKey: comparable(pool, user.username),
  aliases: aliasesOf(pool, user.attributes),
});

export const takenAlias = (result: InsertUserResult): AliasName | null =>
  typeof result === "object" ? result.aliasTaken : null;
