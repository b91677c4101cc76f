import type { PoolKey } from "../user-pools/index.ts";
import type { IdentityProvider } from "./identity-provider.ts";

export type StoreProviderResult = "stored" | "no-such-provider" | "name-taken" | { identifierTaken: string };

export interface IdentityProviders {
  /** Adds the provider with its identifiers, all or nothing (call it in a transaction and end that on a refusal). */
  insert(provider: IdentityProvider): Promise<StoreProviderResult>;
  find(poolKey: PoolKey, name: string): Promise<IdentityProvider | null>;
  byIdentifier(poolKey: PoolKey, identifier: string): Promise<IdentityProvider | null>;
  /** Reads the provider for a change: in a transaction, no one else changes it until the end. */
  lock(poolKey: PoolKey, name: string): Promise<IdentityProvider | null>;
  /** Writes all but name, type and createdAt (call it in a transaction and end that on a refusal). */
  save(provider: IdentityProvider): Promise<StoreProviderResult>;
  /** False when there was none. */
  remove(poolKey: PoolKey, name: string): Promise<boolean>;
  /** Ordered by name, after `afterName`. */
  list(poolKey: PoolKey, page: { afterName: string | null; limit: number }): Promise<IdentityProvider[]>;
  /** Exact up to `cap`. */
  count(poolKey: PoolKey, cap: number): Promise<number>;
}
