import type { PoolKey, SigningKeys, StoredSigningKey } from "../../domain/user-pools/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { fromJson } from "../json.ts";
import { prepared, type QueryBuilder, query, type Slots } from "../query.ts";
import type { SigningKeyTable } from "../schema.ts";
import { first, type Session } from "../session.ts";
import { compareText } from "../text.ts";

export function signingKeyStatements({ db, dialect }: QueryBuilder) {
  return {
    db,
    ofPool: prepared((p: Slots<{ poolKey: number }>) =>
      db.selectFrom("signing_key").selectAll().where("pool_key", "=", p.poolKey),
    ),
    lockPool: prepared((p: Slots<{ poolKey: number }>) =>
      db
        .selectFrom("user_pool")
        .select("key")
        .where("key", "=", p.poolKey)
        .$if(dialect === "postgres", (select) => select.forUpdate()),
    ),
  };
}

function toSigningKey(row: SigningKeyTable): StoredSigningKey {
  return {
    kid: row.kid,
    use: row.use as StoredSigningKey["use"],
    sealedPrivateKey: row.sealed_private_key,
    publicJwk: fromJson(row.public_jwk),
    createdAt: row.created_at as Instant,
    activeFrom: (row.active_from ?? row.created_at) as Instant,
  };
}

const toRow = (poolKey: PoolKey, key: StoredSigningKey): SigningKeyTable => ({
  kid: key.kid,
  pool_key: poolKey,
  use: key.use,
  sealed_private_key: key.sealedPrivateKey,
  public_jwk: JSON.stringify(key.publicJwk),
  created_at: key.createdAt,
  active_from: key.activeFrom,
});

/** A pool has a handful of keys: sorting them here spares the database a sort on each read. */
const newestFirst = (a: StoredSigningKey, b: StoredSigningKey) =>
  b.activeFrom - a.activeFrom || b.createdAt - a.createdAt || compareText(a.kid, b.kid);

export class SigningKeyRepository implements SigningKeys {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof signingKeyStatements>;

  constructor(session: Session, statements: ReturnType<typeof signingKeyStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async ofPool(poolKey: PoolKey): Promise<StoredSigningKey[]> {
    const rows = await this.#session.read(this.#statements.ofPool({ poolKey }));
    return rows.map(toSigningKey).sort(newestFirst);
  }

  async insertFirst(poolKey: PoolKey, keys: readonly StoredSigningKey[]): Promise<void> {
    const { db, lockPool, ofPool } = this.#statements;
    if (keys.length === 0) return;
    await this.#session.atomically(async (session) => {
      // The pool's row decides who is first: whoever waits for it sees the other's keys afterwards.
      if (!(await first(session.read(lockPool({ poolKey }))))) return;
      if ((await session.read(ofPool({ poolKey }))).length > 0) return;
      await session.write(query(db.insertInto("signing_key").values(keys.map((key) => toRow(poolKey, key)))));
    });
  }

  async add(poolKey: PoolKey, keys: readonly StoredSigningKey[]): Promise<void> {
    const rows = keys.map((key) => toRow(poolKey, key));
    await this.#session.write(query(this.#statements.db.insertInto("signing_key").values(rows)));
  }

  async remove(poolKey: PoolKey, kid: string): Promise<void> {
    const { db } = this.#statements;
    await this.#session.write(
      query(db.deleteFrom("signing_key").where("pool_key", "=", poolKey).where("kid", "=", kid)),
    );
  }
}
