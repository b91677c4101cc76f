import type {
  RiskConfigurations,
  RiskSettings,
  StoredRiskSettings,
} from "../../domain/threat-protection/index.ts";
import type { PoolKey } from "../../domain/user-pools/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { fromJson } from "../json.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { RiskConfigurationTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

/** Stands for the pool itself; no client's id is empty. */
const POOL = "";

export function riskConfigurationStatements({ db }: QueryBuilder) {
  return {
    find: prepared((p: Slots<{ poolKey: number; clientId: string }>) =>
      db
        .selectFrom("risk_configuration")
        .selectAll()
        .where("pool_key", "=", p.poolKey)
        .where("client_id", "=", p.clientId),
    ),
    both: prepared((p: Slots<{ poolKey: number; clientId: string }>) =>
      db
        .selectFrom("risk_configuration")
        .selectAll()
        .where("pool_key", "=", p.poolKey)
        .where("client_id", "in", [POOL, p.clientId]),
    ),
    put: prepared((p: Slots<RiskConfigurationTable>) =>
      db
        .insertInto("risk_configuration")
        .values({
          pool_key: p.pool_key,
          client_id: p.client_id,
          settings: p.settings,
          modified_at: p.modified_at,
        })
        .onConflict((conflict) =>
          conflict.columns(["pool_key", "client_id"]).doUpdateSet((eb) => ({
            settings: eb.ref("excluded.settings"),
            modified_at: eb.ref("excluded.modified_at"),
          })),
        ),
    ),
  };
}

export class RiskConfigurationRepository implements RiskConfigurations {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof riskConfigurationStatements>;

  constructor(session: Session, statements: ReturnType<typeof riskConfigurationStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async find(poolKey: PoolKey, clientId: string | null): Promise<StoredRiskSettings | null> {
    const row = await first(
      this.#session.read(this.#statements.find({ poolKey, clientId: clientId ?? POOL })),
    );
    return row && { settings: fromJson(row.settings), modifiedAt: row.modified_at as Instant };
  }

  async both(poolKey: PoolKey, clientId: string) {
    const rows = await this.#session.read(this.#statements.both({ poolKey, clientId }));
    const of = (id: string): RiskSettings | null => {
      const row = rows.find(({ client_id }) => client_id === id);
      return row ? fromJson(row.settings) : null;
    };
    return { pool: of(POOL), client: of(clientId) };
  }

  async put(poolKey: PoolKey, clientId: string | null, stored: StoredRiskSettings): Promise<void> {
    await this.#session.write(
      this.#statements.put({
        pool_key: poolKey,
        client_id: clientId ?? POOL,
        settings: JSON.stringify(stored.settings),
        modified_at: stored.modifiedAt,
      }),
    );
  }
}
