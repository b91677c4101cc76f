import type { KeyObject } from "node:crypto";
import type { KeyEncryptionKey } from "../../crypto/encryption-at-rest.ts";
import { importPrivateKey, importPublicKey, newSigningKey } from "../../crypto/signing-key.ts";
import { after, type Clock, DAY, HOUR, type Instant, MINUTE, monotonicMs } from "../../runtime/clock.ts";
import type { Store } from "../store.ts";
import type { PoolKey, SigningKeyUse, StoredSigningKey, UserPool } from "../user-pools/index.ts";

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

interface PoolKeys {
  readonly signing: Readonly<Record<SigningKeyUse, SigningKey>>;
  /** By use and key id. */
  readonly verifying: ReadonlyMap<string, KeyObject>;
  readonly stored: readonly StoredSigningKey[];
}

/** What a process has read, and until when it goes by it. */
interface CachedKeys {
  readonly keys: Promise<PoolKeys>;
  readonly until: number;
}

const USES: readonly SigningKeyUse[] = ["id", "access"];
const place = (pool: UserPool, kid: string): string => `signing_key|${pool.key}|${kid}`;

/** Nodes learn of each other's keys within this time. */
const CACHED_MS = MINUTE;
/** From when a key is published to its first signature: verifiers keep the key set for five minutes at most. */
export const ACTIVATION_DELAY_MS = 10 * MINUTE;
/** The longest life of a token, and some tolerance for clocks: as long a key that was replaced is still published. */
const PUBLISHED_AFTER_MS = DAY + HOUR;

/** When a newer key of the same use took over; null while none has. @param stored newest first */
function replacedAt(
  stored: readonly StoredSigningKey[],
  key: StoredSigningKey,
  now: Instant,
): Instant | null {
  const successors = stored.filter(
    (other) => other.use === key.use && other.activeFrom > key.activeFrom && other.activeFrom <= now,
  );
  return successors.at(-1)?.activeFrom ?? null;
}

const isOver = (stored: readonly StoredSigningKey[], key: StoredSigningKey, now: Instant): boolean => {
  const end = replacedAt(stored, key, now);
  return end !== null && now >= end + PUBLISHED_AFTER_MS;
};

type KeyRepositories = Pick<Store, "signingKeys" | "transaction">;

/**
 * The signing keys of each pool, opened once per process and minute. A pool gets its two keys when they are first asked for, so that
 * making a pool does not wait for them; nodes that ask at the same time agree by the first insert.
 */
export class TokenKeys {
  readonly #store: KeyRepositories;
  readonly #keyEncryptionKey: KeyEncryptionKey;
  readonly #clock: Clock;
  readonly #pools = new Map<PoolKey, CachedKeys>();

  constructor(store: KeyRepositories, keyEncryptionKey: KeyEncryptionKey, clock: Clock) {
    this.#store = store;
    this.#keyEncryptionKey = keyEncryptionKey;
    this.#clock = clock;
  }

  async signingKey(pool: UserPool, use: SigningKeyUse): Promise<SigningKey> {
    return (await this.#of(pool)).signing[use];
  }

  /** The public key with this id, among this pool's keys for this use only. */
  async verificationKey(pool: UserPool, use: SigningKeyUse, kid: string): Promise<KeyObject | null> {
    return (await this.#of(pool)).verifying.get(`${use}|${kid}`) ?? null;
  }

  /** RFC 7517 key set; the key for ID tokens first, members in Cognito's order. */
  async jwks(pool: UserPool) {
    const { stored } = await this.#of(pool);
    return {
      keys: USES.flatMap((use) => stored.filter((key) => key.use === use)).map(({ kid, publicJwk }) => ({
        alg: "RS256",
        e: publicJwk.e,
        kid,
        kty: publicJwk.kty,
        n: publicJwk.n,
        use: "sig",
      })),
    };
  }

  /** Forgets what is cached, after the database was replaced under the running server. */
  forget(): void {
    this.#pools.clear();
  }

  /**
   * Gives the pool new keys, which are published at once and sign ten minutes later; what they replace stays published for as long as
   * its tokens may live, and goes with a later rotation.
   * @param unlessNewerThan does nothing when a key was made since, as when another node was faster
   * @returns whether there are new keys
   */
  async rotate(pool: UserPool, unlessNewerThan: Instant): Promise<boolean> {
    await this.#of(pool);
    const activeFrom = after(this.#clock.now(), ACTIVATION_DELAY_MS);
    const keys = await this.#newKeys(pool, activeFrom);
    const rotated = await this.#store.transaction(async ({ userPools, signingKeys }) => {
      if (!(await userPools.lock(pool.id))) return false;
      const stored = await signingKeys.ofPool(pool.key);
      if (stored.some((key) => key.createdAt > unlessNewerThan)) return false;
      const now = this.#clock.now();
      for (const key of stored) if (isOver(stored, key, now)) await signingKeys.remove(pool.key, key.kid);
      await signingKeys.add(pool.key, keys);
      return true;
    });
    this.#pools.delete(pool.key);
    return rotated;
  }

  #of(pool: UserPool): Promise<PoolKeys> {
    const cached = this.#pools.get(pool.key);
    if (cached && monotonicMs() < cached.until) return cached.keys;
    const keys = this.#load(pool);
    this.#pools.set(pool.key, { keys, until: monotonicMs() + CACHED_MS });
    keys.catch(() => this.#pools.delete(pool.key));
    return keys;
  }

  async #load(pool: UserPool): Promise<PoolKeys> {
    const { signingKeys } = this.#store;
    let stored = await signingKeys.ofPool(pool.key);
    if (stored.length === 0) {
      await signingKeys.insertFirst(pool.key, await this.#newKeys(pool, this.#clock.now()));
      stored = await signingKeys.ofPool(pool.key);
    }
    const now = this.#clock.now();
    const published = stored.filter((key) => !isOver(stored, key, now));
    const dataKey = this.#keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey);
    const signing = (use: SigningKeyUse): SigningKey => {
      const ofUse = published.filter((candidate) => candidate.use === use);
      // Where a clock was put back no key may be due: then the oldest signs.
      const key = ofUse.find(({ activeFrom }) => activeFrom <= now) ?? ofUse.at(-1);
      if (!key) throw new Error(`Pool ${pool.id} has no signing key for ${use} tokens`);
      const der = dataKey.open("signing-key", place(pool, key.kid), key.sealedPrivateKey);
      return { kid: key.kid, privateKey: importPrivateKey(der) };
    };
    return {
      stored: published,
      signing: { id: signing("id"), access: signing("access") },
      verifying: new Map(published.map((key) => [`${key.use}|${key.kid}`, importPublicKey(key.publicJwk)])),
    };
  }

  async #newKeys(pool: UserPool, activeFrom: Instant): Promise<StoredSigningKey[]> {
    const dataKey = this.#keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey);
    return Promise.all(
      USES.map(async (use) => {
        const key = await newSigningKey();
        return {
          kid: key.kid,
          use,
          sealedPrivateKey: dataKey.seal("signing-key", place(pool, key.kid), key.privateKey),
          publicJwk: key.publicJwk,
          createdAt: this.#clock.now(),
          activeFrom,
        };
      }),
    );
  }
}
