import type { LogConfiguration, LogDeliveryConfigurations } from "../../domain/log-delivery/index.ts";
import type { PoolKey } from "../../domain/user-pools/index.ts";
import { fromJson } from "../json.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { LogDeliveryConfigurationTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

export function logDeliveryConfigurationStatements({ db }: QueryBuilder) {
  return {
    find: prepared((p: Slots<{ poolKey: number }>) =>
      db.selectFrom("log_delivery_configuration").selectAll().where("pool_key", "=", p.poolKey),
    ),
    put: prepared((p: Slots<LogDeliveryConfigurationTable>) =>
      db
        .insertInto("log_delivery_configuration")
        .values({ pool_key: p.pool_key, configurations: p.configurations })
        .onConflict((conflict) =>
          conflict.column("pool_key").doUpdateSet((eb) => ({
            configurations: eb.ref("excluded.configurations"),
          })),
        ),
    ),
  };
}

export class LogDeliveryConfigurationRepository implements LogDeliveryConfigurations {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof logDeliveryConfigurationStatements>;

  constructor(session: Session, statements: ReturnType<typeof logDeliveryConfigurationStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async find(poolKey: PoolKey): Promise<readonly LogConfiguration[]> {
    const row = await first(this.#session.read(this.#statements.find({ poolKey })));
    return row ? fromJson(row.configurations) : [];
  }

  async put(poolKey: PoolKey, configurations: readonly LogConfiguration[]): Promise<void> {
    await this.#session.write(
      this.#statements.put({ pool_key: poolKey, configurations: JSON.stringify(configurations) }),
    );
  }
}
