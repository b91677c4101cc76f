import type { Instant } from "../../runtime/clock.ts";
import type { PoolKey } from "../user-pools/index.ts";
import type { AliasName, User, UserKey } from "./user.ts";

/** An alias with its value in the form that is compared (see aliases.ts); unique in a pool. */
export interface Alias {
  readonly name: AliasName;
  readonly valueKey: string;
}

/** One condition of a ListUsers filter; `value` is already in the form the field is searched in. */
export interface UserCondition {
  readonly field:
    | "username"
    | "sub"
    | "email"
    | "phone_number"
    | "name"
    | "given_name"
    | "family_name"
    | "preferred_username"
    | "status"
    | "enabled";
  readonly comparison: "equals" | "starts-with";
  readonly value: string;
}

export interface UserQuery {
  readonly poolKey: PoolKey;
  readonly condition: UserCondition | null;
  /** The sort position of the last user of the page before: its value of the searched field, and its key. */
  readonly after: { readonly value: string; readonly key: UserKey } | null;
  readonly limit: number;
}

export type InsertUserResult = "inserted" | "username-exists" | { readonly aliasTaken: AliasName };

/** A user to store: the username in the form that is compared, and the aliases to claim. */
export interface UserToInsert {
  readonly user: User;
  readonly usernameKey: string;
  readonly aliases: readonly Alias[];
}

export interface Users {
  /**
   * Adds the user and claims the aliases, all or nothing (call it in a transaction and end that on a refusal).
   * @param usernameKey the username in the form that is compared; unique in the pool
   */
  insert(user: User, usernameKey: string, aliases: readonly Alias[]): Promise<InsertUserResult>;
  /**
   * Adds all whose username is free, with their aliases, in few statements; of two with one username the first. Call it in a
   * transaction.
   * @returns the keys of those added; null, and nothing added, when an alias is taken: then each is to be inserted by itself
   */
  insertAll(users: readonly UserToInsert[]): Promise<ReadonlySet<UserKey> | null>;
  byUsername(poolKey: PoolKey, usernameKey: string): Promise<User | null>;
  bySub(poolKey: PoolKey, sub: string): Promise<User | null>;
  byAlias(poolKey: PoolKey, alias: Alias): Promise<User | null>;
  byKey(key: UserKey): Promise<User | null>;
  /** Reads the user for a change: in a transaction, no one else changes it until the end. */
  lock(key: UserKey): Promise<User | null>;
  /** Writes status, enabled, attributes, mfa, modifiedAt and the search columns; never username or sub. */
  save(user: User): Promise<void>;
  /** Claims the alias for the user, giving up the user's earlier value of that alias; false when another user holds it. */
  claimAlias(poolKey: PoolKey, key: UserKey, alias: Alias): Promise<boolean>;
  releaseAlias(key: UserKey, name: AliasName): Promise<void>;
  /** Removes the user with everything that belongs to it; false when there was none. */
  remove(key: UserKey): Promise<boolean>;
  /** Ordered by the searched field, then by key; by key alone without a condition. */
  list(query: UserQuery): Promise<User[]>;
  /** Exact up to `cap`, which it returns when there are more. */
  count(poolKey: PoolKey, cap: number): Promise<number>;
}

/** A password as it is kept. `sealed` is opaque here: see passwords.ts. */
export interface StoredPassword {
  readonly sealed: Uint8Array;
  readonly setAt: Instant;
  /** When a temporary password stops working; null for a permanent one. */
  readonly temporaryUntil: Instant | null;
}

/** Passwords that strangers know, from lists on this machine: nothing is asked of anyone outside. */
export interface CompromisedPasswords {
  includes(password: string): Promise<boolean>;
}

export interface Passwords {
  find(key: UserKey): Promise<StoredPassword | null>;
  put(key: UserKey, password: StoredPassword): Promise<void>;
  /** For users who have none, in few statements. */
  insertAll(passwords: readonly (StoredPassword & { readonly userKey: UserKey })[]): Promise<void>;
  /** Leaves the history. */
  remove(key: UserKey): Promise<void>;
  /** Earlier passwords, newest first, without the current one. */
  history(key: UserKey, limit: number): Promise<StoredPassword[]>;
  /** Adds a former password to the history and drops all but the newest `keep`. */
  remember(key: UserKey, password: StoredPassword, keep: number): Promise<void>;
}
