import type { NodeReport, RateNodes } from "../../domain/rate-limits/index.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { RateNodeTable } from "../schema.ts";
import type { Session } from "../session.ts";

export function rateNodeStatements({ db }: QueryBuilder) {
  return {
    report: prepared((p: Slots<RateNodeTable>) =>
      db
        .insertInto("rate_node")
        .values({ id: p.id, beat: p.beat, demand: p.demand })
        .onConflict((conflict) =>
          conflict.column("id").doUpdateSet((eb) => ({
            beat: eb.ref("excluded.beat"),
            demand: eb.ref("excluded.demand"),
          })),
        ),
    ),
    list: prepared((_: Slots<Record<never, never>>) => db.selectFrom("rate_node").selectAll().orderBy("id")),
    remove: prepared((p: Slots<{ id: string }>) => db.deleteFrom("rate_node").where("id", "=", p.id)),
  };
}

export class RateNodeRepository implements RateNodes {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof rateNodeStatements>;

  constructor(session: Session, statements: ReturnType<typeof rateNodeStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async report({ id, beat, demand }: NodeReport): Promise<void> {
    await this.#session.write(this.#statements.report({ id, beat, demand: JSON.stringify(demand) }));
  }

  async list(): Promise<NodeReport[]> {
    const rows = await this.#session.read(this.#statements.list({}));
    return rows.map(({ id, beat, demand }) => ({ id, beat, demand: JSON.parse(demand) }));
  }

  async remove(id: string): Promise<void> {
    await this.#session.write(this.#statements.remove({ id }));
  }
}
