import type { ServerKeys } from "../../domain/server-keys/index.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import { first, type Session } from "../session.ts";

/** One so far. */
const NAME = "server";

export function serverKeyStatements({ db, dialect }: QueryBuilder) {
  const byName = (p: Slots<{ name: string }>) =>
    db.selectFrom("server_key").select("wrapped").where("name", "=", p.name);
  return {
    find: prepared(byName),
    lock: prepared((p: Slots<{ name: string }>) =>
      byName(p).$if(dialect === "postgres", (select) => select.forUpdate()),
    ),
    insertFirst: prepared((p: Slots<{ name: string; wrapped: Uint8Array }>) =>
      db
        .insertInto("server_key")
        .values({ name: p.name, wrapped: p.wrapped })
        .onConflict((conflict) => conflict.column("name").doNothing()),
    ),
    save: prepared((p: Slots<{ name: string; wrapped: Uint8Array }>) =>
      db.updateTable("server_key").set({ wrapped: p.wrapped }).where("name", "=", p.name),
    ),
  };
}

export class ServerKeyRepository implements ServerKeys {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof serverKeyStatements>;

  constructor(session: Session, statements: ReturnType<typeof serverKeyStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async find(): Promise<Uint8Array | null> {
    return (await first(this.#session.read(this.#statements.find({ name: NAME }))))?.wrapped ?? null;
  }

  async lock(): Promise<Uint8Array | null> {
    return (await first(this.#session.read(this.#statements.lock({ name: NAME }))))?.wrapped ?? null;
  }

  async insertFirst(wrapped: Uint8Array): Promise<void> {
    await this.#session.write(this.#statements.insertFirst({ name: NAME, wrapped }));
  }

  async save(wrapped: Uint8Array): Promise<void> {
    await this.#session.write(this.#statements.save({ name: NAME, wrapped }));
  }
}
