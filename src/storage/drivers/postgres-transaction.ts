import type pg from "pg";
import { monotonicMs } from "../../runtime/clock.ts";
import { transactionOver } from "../errors.ts";
import type { Query } from "../query.ts";
import type { Session, WriteManner, Written } from "../session.ts";
import { escapeNul } from "../text.ts";

/** Statements on behalf of a pool's whole content. */
const LONG_STATEMENT_MS = 600_000;

type TimedQuery = pg.QueryConfig & { readonly query_timeout: number };

/** Runs one statement; `timeoutMs` is this side's patience, for when nothing at all comes back. */
export async function execute<R>(
  client: pg.ClientBase,
  { sql, values, name }: Query<R>,
  timeoutMs: number,
): Promise<Written<R>> {
  const query: TimedQuery = {
    text: sql,
    values: values.map((value) => (typeof value === "string" ? escapeNul(value) : value)),
    query_timeout: Math.max(1, timeoutMs),
    ...(name === null ? {} : { name }),
  };
  const { rows, rowCount } = await client.query(query);
  return { rows: rows as R[], changed: rowCount ?? 0 };
}

/** A connection for the time of one transaction. Its statements run one after the other, as they were asked for. */
export class TransactionSession implements Session {
  readonly #client: pg.ClientBase;
  #deadline: number;
  #patience: "usual" | "long" = "usual";
  #over = false;
  #failure: { readonly error: unknown } | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: pg.ClientBase, deadline: number) {
    this.#client = client;
    this.#deadline = deadline;
  }

  /** The first statement that failed: from there on the database takes no more. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  get remainingMs(): number {
    return this.#deadline - monotonicMs();
  }

  /** Lets what is under way finish and takes nothing more. */
  async end(): Promise<void> {
    this.#over = true;
    await this.#last;
  }

  async read<R>(query: Query<R>): Promise<readonly R[]> {
    return (await this.#execute(query)).rows;
  }

  async write<R>(query: Query<R>, manner: WriteManner = "usual"): Promise<Written<R>> {
    if (manner === "long" && this.#patience === "usual") {
      this.#patience = "long";
      this.#deadline = monotonicMs() + LONG_STATEMENT_MS;
      await this.#execute({
        sql: `set local statement_timeout = ${LONG_STATEMENT_MS}`,
        values: [],
        name: null,
      });
    }
    return await this.#execute(query);
  }

  async atomically<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return await work(this);
  }

  #execute<R>(query: Query<R>): Promise<Written<R>> {
    if (this.#over) return Promise.reject(transactionOver());
    const result = this.#last.then(() => {
      if (this.#failure) throw this.#failure.error;
      return execute(this.#client, query, this.remainingMs);
    });
    this.#last = result.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    return result;
  }
}
