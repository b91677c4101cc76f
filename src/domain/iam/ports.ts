import type { AccessKey, PrincipalKey, PrincipalKind, StoredPrincipal } from "./principal.ts";

export interface Principals {
  /** False when the account has one of that kind and name. */
  insert(principal: StoredPrincipal): Promise<boolean>;
  byKey(key: PrincipalKey): Promise<StoredPrincipal | null>;
  byName(accountId: string, kind: PrincipalKind, name: string): Promise<StoredPrincipal | null>;
  /** As byName, and until the transaction ends nobody else changes it or what belongs to it; for use in a transaction. */
  lock(accountId: string, kind: PrincipalKind, name: string): Promise<StoredPrincipal | null>;
  /** Policies, trust policy and session length. */
  save(principal: StoredPrincipal): Promise<void>;
  /** Removes the principal and its access keys; false when there was none. */
  remove(key: PrincipalKey): Promise<boolean>;
  /** Ordered by key. */
  list(page: { afterKey: PrincipalKey | null; limit: number }): Promise<StoredPrincipal[]>;
  insertAccessKey(accessKey: AccessKey): Promise<void>;
  /** An access key with whom it belongs to: one read, for every signed call makes it. */
  byAccessKey(id: string): Promise<{ accessKey: AccessKey; principal: StoredPrincipal } | null>;
  /** False when there was none. */
  removeAccessKey(id: string): Promise<boolean>;
  /** Oldest first. */
  accessKeysOf(key: PrincipalKey): Promise<AccessKey[]>;
}
