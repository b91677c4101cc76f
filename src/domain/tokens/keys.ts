import type { KeyObject } from "node:crypto";
import type { KeyEncryptionKey } from "../../crypto/encryption-at-rest.ts";
import { importPrivateKey, importPublicKey, newSigningKey } from "../../crypto/signing-key.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Repositories } from "../store.ts";
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

const USES: readonly SigningKeyUse[] = ["id", "access"];
const place = (pool: UserPool, kid: string): string => `signing_key|${pool.key}|${kid}`;

/**
 * The signing keys of each pool, opened once per process. A pool gets its two keys when they are first asked for, so that making
 * a pool does not wait for them; nodes that ask at the same time agree by the first insert.
 */
export class TokenKeys {
  readonly #repositories: Pick<Repositories, "signingKeys">;
  readonly #keyEncryptionKey: KeyEncryptionKey;
  readonly #clock: Clock;
  readonly #pools = new Map<PoolKey, Promise<PoolKeys>>();

  constructor(
    repositories: Pick<Repositories, "signingKeys">,
    keyEncryptionKey: KeyEncryptionKey,
    clock: Clock,
  ) {
    this.#repositories = repositories;
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

  #of(pool: UserPool): Promise<PoolKeys> {
    let keys = this.#pools.get(pool.key);
    if (!keys) {
      keys = this.#load(pool);
      this.#pools.set(pool.key, keys);
      keys.catch(() => this.#pools.delete(pool.key));
    }
    return keys;
  }

  async #load(pool: UserPool): Promise<PoolKeys> {
    let stored = await this.#repositories.signingKeys.ofPool(pool.key);
    if (stored.length === 0) {
      await this.#repositories.signingKeys.insertFirst(pool.key, await this.#newKeys(pool));
      stored = await this.#repositories.signingKeys.ofPool(pool.key);
    }
    const dataKey = this.#keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey);
    const newest = (use: SigningKeyUse): SigningKey => {
      const key = stored.find((candidate) => candidate.use === use);
      if (!key) throw new Error(`Pool ${pool.id} has no signing key for ${use} tokens`);
      const der = dataKey.open("signing-key", place(pool, key.kid), key.sealedPrivateKey);
      return { kid: key.kid, privateKey: importPrivateKey(der) };
    };
    return {
      stored,
      signing: { id: newest("id"), access: newest("access") },
      verifying: new Map(stored.map((key) => [`${key.use}|${key.kid}`, importPublicKey(key.publicJwk)])),
    };
  }

  async #newKeys(pool: UserPool): Promise<StoredSigningKey[]> {
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
        };
      }),
    );
  }
}
