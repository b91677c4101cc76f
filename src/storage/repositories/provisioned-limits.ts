import type {
  LimitOwner,
  ProvisionedLimit,
  ProvisionedLimits,
  RequestCategory,
} from "../../domain/provisioned-limits/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { ProvisionedLimitTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

export function provisionedLimitStatements({ db }: QueryBuilder) {
  return {
    find: prepared((p: Slots<{ region: string; accountId: string; category: string }>) =>
      db
        .selectFrom("provisioned_limit")
        .selectAll()
        .where("region", "=", p.region)
        .where("account_id", "=", p.accountId)
        .where("category", "=", p.category),
    ),
    all: prepared((_: Slots<Record<never, never>>) =>
      db
        .selectFrom("provisioned_limit")
        .selectAll()
        .orderBy("region")
        .orderBy("account_id")
        .orderBy("category"),
    ),
    put: prepared((p: Slots<ProvisionedLimitTable>) =>
      db
        .insertInto("provisioned_limit")
        .values({
          region: p.region,
          account_id: p.account_id,
          category: p.category,
          requests_per_second: p.requests_per_second,
          modified_at: p.modified_at,
        })
        .onConflict((conflict) =>
          conflict.columns(["region", "account_id", "category"]).doUpdateSet((eb) => ({
            requests_per_second: eb.ref("excluded.requests_per_second"),
            modified_at: eb.ref("excluded.modified_at"),
          })),
        ),
    ),
  };
}

const limitOf = (row: ProvisionedLimitTable): ProvisionedLimit => ({
  region: row.region,
  accountId: row.account_id,
  category: row.category as RequestCategory,
  requestsPerSecond: row.requests_per_second,
  modifiedAt: row.modified_at as Instant,
});

export class ProvisionedLimitRepository implements ProvisionedLimits {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof provisionedLimitStatements>;

  constructor(session: Session, statements: ReturnType<typeof provisionedLimitStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async find({ region, accountId }: LimitOwner, category: RequestCategory): Promise<ProvisionedLimit | null> {
    const row = await first(this.#session.read(this.#statements.find({ region, accountId, category })));
    return row && limitOf(row);
  }

  async all(): Promise<ProvisionedLimit[]> {
    return (await this.#session.read(this.#statements.all({}))).map(limitOf);
  }

  async put(limit: ProvisionedLimit): Promise<void> {
    await this.#session.write(
      this.#statements.put({
        region: limit.region,
        account_id: limit.accountId,
        category: limit.category,
        requests_per_second: limit.requestsPerSecond,
        modified_at: limit.modifiedAt,
      }),
    );
  }
}
