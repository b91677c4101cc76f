import type { Instant } from "../../runtime/clock.ts";
import type { PoolDomain, PoolDomainKind } from "./pool-domain.ts";
import type { SigningCertificate } from "./signing-certificate.ts";
import type { PoolKey, UserPool } from "./user-pool.ts";

/** Where a page of a list begins: after the row with this key. */
export interface PageRequest {
  readonly afterKey: number | null;
  readonly limit: number;
}

export interface UserPools {
  insert(pool: UserPool): Promise<void>;
  find(id: string): Promise<UserPool | null>;
  byKey(key: PoolKey): Promise<UserPool | null>;
  /** Any one pool; null in an empty database. */
  any(): Promise<UserPool | null>;
  /** Reads the pool for a change: in a transaction, no one else changes it until the end. */
  lock(id: string): Promise<UserPool | null>;
  /** Writes settings, mfa, sessions, the names of the domains, and modifiedAt. */
  save(pool: UserPool): Promise<void>;
  /** In every region, ordered by key. */
  page(page: PageRequest): Promise<UserPool[]>;
  /** Replaces the wrapped data key. */
  rewrap(key: PoolKey, wrappedDataKey: Uint8Array): Promise<void>;
  /** Ordered by key. */
  list(scope: { region: string; accountId: string }, page: PageRequest): Promise<UserPool[]>;
  /** Exact up to `cap`. */
  count(scope: { region: string; accountId: string }, cap: number): Promise<number>;
  /** Removes the pool and everything that belongs to it. */
  remove(key: PoolKey): Promise<void>;
}

/** Domains by name. Whoever writes one holds the pool's lock and keeps the names in the pool's row in step. */
export interface PoolDomains {
  /** False when the name is taken, by whichever pool, or the pool has a domain of the kind. */
  insert(domain: PoolDomain): Promise<boolean>;
  find(name: string): Promise<PoolDomain | null>;
  /** Writes settings and modifiedAt. */
  save(domain: PoolDomain): Promise<void>;
  /** False when the pool has no domain of that name. */
  remove(poolKey: PoolKey, name: string): Promise<boolean>;
  /** How many domains of the kind the pools of a region and account have. */
  count(place: { region: string; accountId: string }, kind: PoolDomainKind): Promise<number>;
}

/** A private signing key as it is kept: the private half sealed under the pool's data key. */
export interface StoredSigningKey {
  readonly kid: string;
  readonly use: SigningKeyUse;
  /** PKCS#8 DER, sealed. */
  readonly sealedPrivateKey: Uint8Array;
  /** RFC 7517 public members as JSON: kty, n, e. */
  readonly publicJwk: { readonly kty: string; readonly n: string; readonly e: string };
  readonly createdAt: Instant;
  /** When it begins to sign: every verifier that follows the key set knows it by then. */
  readonly activeFrom: Instant;
}

/** Cognito signs ID tokens and access tokens of a pool with different keys. */
export type SigningKeyUse = "id" | "access";

export interface SigningKeys {
  /** Newest first within each use. */
  ofPool(poolKey: PoolKey): Promise<StoredSigningKey[]>;
  /** Adds the keys unless the pool has keys already; several nodes may try at once, one set stays. */
  insertFirst(poolKey: PoolKey, keys: readonly StoredSigningKey[]): Promise<void>;
  /** Adds keys to those that there are; in a transaction that has the pool's row. */
  add(poolKey: PoolKey, keys: readonly StoredSigningKey[]): Promise<void>;
  remove(poolKey: PoolKey, kid: string): Promise<void>;
}

export interface SigningCertificates {
  find(poolKey: PoolKey): Promise<SigningCertificate | null>;
  /** Whoever inserts holds the pool's lock and has seen that there is none. */
  insert(certificate: SigningCertificate): Promise<void>;
}
