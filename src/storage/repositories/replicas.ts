import type { PoolKey, Replica, Replicas } from "../../domain/user-pools/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { fromJson } from "../json.ts";
import { prepared, type QueryBuilder, query, type Slots } from "../query.ts";
import type { UserPoolReplicaTable } from "../schema.ts";
import type { Session } from "../session.ts";

export function replicaStatements({ db }: QueryBuilder) {
  return {
    ofPool: prepared((p: Slots<{ poolKey: number }>) =>
      db.selectFrom("user_pool_replica").selectAll().where("pool_key", "=", p.poolKey).orderBy("region"),
    ),
    ofPools: (poolKeys: readonly number[]) =>
      query(
        db
          .selectFrom("user_pool_replica")
          .selectAll()
          .where("pool_key", "in", poolKeys)
          .orderBy("pool_key")
          .orderBy("region"),
      ),
    put: prepared((p: Slots<UserPoolReplicaTable>) =>
      db
        .insertInto("user_pool_replica")
        .values({
          pool_key: p.pool_key,
          region: p.region,
          status: p.status,
          tags: p.tags,
          status_since: p.status_since,
        })
        .onConflict((conflict) =>
          conflict.columns(["pool_key", "region"]).doUpdateSet((eb) => ({
            status: eb.ref("excluded.status"),
            tags: eb.ref("excluded.tags"),
            status_since: eb.ref("excluded.status_since"),
          })),
        ),
    ),
  };
}

const toReplica = (row: UserPoolReplicaTable): Replica => ({
  poolKey: row.pool_key as PoolKey,
  region: row.region,
  status: row.status as Replica["status"],
  statusSince: row.status_since as Instant,
  tags: fromJson(row.tags),
});

export class ReplicaRepository implements Replicas {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof replicaStatements>;

  constructor(session: Session, statements: ReturnType<typeof replicaStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async ofPool(poolKey: PoolKey): Promise<Replica[]> {
    return (await this.#session.read(this.#statements.ofPool({ poolKey }))).map(toReplica);
  }

  async ofPools(poolKeys: readonly PoolKey[]): Promise<Replica[]> {
    if (poolKeys.length === 0) return [];
    return (await this.#session.read(this.#statements.ofPools(poolKeys))).map(toReplica);
  }

  async put(replica: Replica): Promise<void> {
    await this.#session.write(
      this.#statements.put({
        pool_key: replica.poolKey,
        region: replica.region,
        status: replica.status,
        tags: JSON.stringify(replica.tags),
        status_since: replica.statusSince,
      }),
    );
  }
}
