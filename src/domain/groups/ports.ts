import type { Instant } from "../../runtime/clock.ts";
import type { PoolKey } from "../user-pools/index.ts";
import type { User, UserKey } from "../users/index.ts";
import type { Group } from "./group.ts";

export interface Groups {
  /** False when the pool has a group of that name. */
  insert(group: Group): Promise<boolean>;
  find(poolKey: PoolKey, name: string): Promise<Group | null>;
  /** Reads the group for a change: in a transaction, no one else changes it until the end. */
  lock(poolKey: PoolKey, name: string): Promise<Group | null>;
  save(group: Group): Promise<void>;
  /** Removes the group and its memberships; false when there was none. */
  remove(poolKey: PoolKey, name: string): Promise<boolean>;
  /** Ordered by name, after `afterName`. */
  list(poolKey: PoolKey, page: { afterName: string | null; limit: number }): Promise<Group[]>;
  count(poolKey: PoolKey, cap: number): Promise<number>;
  /** Idempotent. */
  addMember(poolKey: PoolKey, name: string, user: UserKey, at: Instant): Promise<void>;
  /** Idempotent. */
  removeMember(poolKey: PoolKey, name: string, user: UserKey): Promise<void>;
  /** All groups of a user, by precedence (null last), then name. */
  ofUser(user: UserKey): Promise<Group[]>;
  /** Ordered by user key. */
  members(poolKey: PoolKey, name: string, page: { afterKey: UserKey | null; limit: number }): Promise<User[]>;
}
