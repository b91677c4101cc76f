import { addressAlreadyTaken } from "../errors.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { Alias, Users } from "./ports.ts";
import type { AliasName, User } from "./user.ts";

const ALIAS_NAMES: readonly AliasName[] = ["email", "phone_number", "preferred_username"];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const EMAIL_LIKE = /@/;
const PHONE_LIKE = /^\+\d+$/;

export const VERIFIED_FLAG = { email: "email_verified", phone_number: "phone_number_verified" } as const;

/** A name in the form that is compared: pools made through the API distinguish case unless told otherwise. */
export const comparable = (pool: UserPool, name: string): string =>
  (pool.settings.UsernameConfiguration?.CaseSensitive ?? true) ? name : name.toLowerCase();

/** Pools whose users sign in with an address have a UUID as username. */
export const usesAddressAsUsername = (pool: UserPool): boolean =>
  Boolean(pool.settings.UsernameAttributes?.length);

/** Which attributes can name a user of this pool at sign-in. */
function aliasNames(pool: UserPool): readonly AliasName[] {
  const names: readonly string[] = pool.settings.UsernameAttributes ?? pool.settings.AliasAttributes ?? [];
  return ALIAS_NAMES.filter((name) => names.includes(name));
}

/**
 * The aliases that the attributes give their user. As username an address counts unverified too; as an alias only when verified.
 */
export function aliasesOf(pool: UserPool, attributes: Readonly<Record<string, string>>): Alias[] {
  const needsProof = !usesAddressAsUsername(pool);
  const aliases: Alias[] = [];
  for (const name of aliasNames(pool)) {
    const value = attributes[name];
    if (!value) continue;
    if (needsProof && name !== "preferred_username" && attributes[VERIFIED_FLAG[name]] !== "true") continue;
    aliases.push({ name, valueKey: comparable(pool, value) });
  }
  return aliases;
}

/**
 * Finds a user by what a caller may call them: the sub, username, alias or address. At most five point reads; the first match
 * wins. The sub comes first: nobody may take over whom it means by taking someone's sub for a name.
 */
export async function findUser(users: Users, pool: UserPool, identifier: string): Promise<User | null> {
  const bySub = UUID.test(identifier) ? await users.bySub(pool.key, identifier) : null;
  if (bySub) return bySub;
  const name = comparable(pool, identifier);
  const byUsername = await users.byUsername(pool.key, name);
  if (byUsername) return byUsername;
  for (const alias of aliasNames(pool)) {
    if (alias === "email" && !EMAIL_LIKE.test(identifier)) continue;
    if (alias === "phone_number" && !PHONE_LIKE.test(identifier)) continue;
    const byAlias = await users.byAlias(pool.key, { name: alias, valueKey: name });
    if (byAlias) return byAlias;
  }
  pretendToDecode();
  return null;
}

/** About the work of decoding one row, some microseconds, where a name has none. */
export const pretendToDecode = (): unknown => structuredClone(IMAGINED_ROW);
const IMAGINED_ROW = {
  key: 0,
  sub: "00000000-0000-7000-8000-000000000000",
  username: "nobody",
  status: "CONFIRMED",
  attributes: { email: "nobody@example.com", email_verified: "true" },
  mfa: { enabled: [], preferred: null },
  createdAt: 0,
};

/** Whose alias it becomes when another user has it: `refuse`, or `move` it away from that user. */
export type AliasConflict = "refuse" | "move";

/**
 * What ForceAliasCreation may take from another user: a proven address, never a preferred_username, and never the address that is
 * someone's username.
 */
export const isMovable = (pool: UserPool, alias: Alias): boolean =>
  alias.name !== "preferred_username" && !usesAddressAsUsername(pool);

/**
 * Makes the stored aliases follow a change of attributes, in the transaction that saves the user.
 * @throws AliasExistsException when another user has an alias and the conflict rule is `refuse`
 */
export async function updateAliases(
  users: Users,
  pool: UserPool,
  user: User,
  attributes: Readonly<Record<string, string>>,
  conflict: AliasConflict,
): Promise<void> {
  const wanted = aliasesOf(pool, attributes);
  const held = aliasesOf(pool, user.attributes);
  for (const { name } of held)
    if (!wanted.some((alias) => alias.name === name)) await users.releaseAlias(user.key, name);
  for (const alias of wanted) {
    if (held.some((mine) => mine.name === alias.name && mine.valueKey === alias.valueKey)) continue;
    if (await users.claimAlias(pool.key, user.key, alias)) continue;
    if (conflict === "refuse" || !isMovable(pool, alias)) throw addressAlreadyTaken(alias.name);
    await takeAliasFromHolder(users, pool, alias);
    if (!(await users.claimAlias(pool.key, user.key, alias))) throw addressAlreadyTaken(alias.name);
  }
}

/** The holder keeps the attribute's value but it counts as unverified from now on. */
export async function takeAliasFromHolder(users: Users, pool: UserPool, alias: Alias): Promise<void> {
  const found = await users.byAlias(pool.key, alias);
  const holder = found && (await users.lock(found.key));
  if (!holder) return;
  await users.releaseAlias(holder.key, alias.name);
  if (alias.name !== "preferred_username")
    await users.save({
      ...holder,
      attributes: { ...holder.attributes, [VERIFIED_FLAG[alias.name]]: "false" },
    });
}

/**
 * The user's attributes once a code sent to an address came back: verified, in the transaction that saves the user. The same as
 * before when the user has another address by now, or when another user holds this one as an alias.
 */
export async function proveAddress(
  users: Users,
  pool: UserPool,
  user: User,
  attribute: keyof typeof VERIFIED_FLAG,
  address: string | undefined,
): Promise<User["attributes"]> {
  const flag = VERIFIED_FLAG[attribute];
  if (user.attributes[attribute] !== address || user.attributes[flag] === "true") return user.attributes;
  const attributes = { ...user.attributes, [flag]: "true" };
  for (const alias of aliasesOf(pool, attributes)) {
    const holder = await users.byAlias(pool.key, alias);
    if (holder && holder.key !== user.key) return user.attributes;
  }
  await updateAliases(users, pool, user, attributes, "refuse");
  return attributes;
}
