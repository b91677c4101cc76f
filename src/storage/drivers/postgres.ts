import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Store } from "../../domain/store.ts";
import { type Clock, monotonicMs, systemClock } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import { type Random, systemRandom } from "../../runtime/random.ts";
import { StorageError } from "../errors.ts";
import { migrate } from "../migrations/migrate.ts";
import { type Query, queryBuilder } from "../query.ts";
import type { Driver, Session, StoreObserver, WriteManner, Written } from "../session.ts";
import { createStore } from "../store.ts";
import { describePostgresError, judge, type Verdict } from "./postgres-errors.ts";
import { PostgresHosts } from "./postgres-hosts.ts";
import { execute, TransactionSession } from "./postgres-transaction.ts";
import { getTypeParser } from "./postgres-types.ts";

/*
 * No request is to wait for the database for more than five seconds: an operation that is begun anew at the end of its budget may
 * still wait for a connection, and a lost commit may still be asked about, which waits for one too. Half a second is left to the
 * rest of the request.
 */
/** For a connection: to be made, or to be free in the pool. */
const CONNECT_TIMEOUT_MS = 1_500;
/** For all of an operation: connections, statements, repetitions. */
const OPERATION_BUDGET_MS = 3_000;
const STATEMENT_TIMEOUT_MS = OPERATION_BUDGET_MS;
/** What a commit or a rollback is given at least. */
const ENDING_MS = 500;
/** To ask about a commit whose answer was lost. */
const OUTCOME_BUDGET_MS = 1_000;
const READINESS_TIMEOUT_MS = 1_500;
const IDLE_IN_TRANSACTION_MS = 10_000;
const FIRST_BACKOFF_MS = 4;
const LONGEST_BACKOFF_MS = 250;
/** While the server finishes the transaction whose connection broke. */
const OUTCOME_POLL_MS = 25;

const READ_ONLY = { sql: "show transaction_read_only", values: [], name: null };

export interface PostgresStoreOptions {
  /**
   * `postgres://user:password@host:port/database`, with `sslmode` and the like as parameters. Of several hosts, separated by
   * commas, the one that takes writes is looked for.
   */
  readonly url: string;
  /** Connections at most. */
  readonly poolSize: number;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly observer?: StoreObserver;
  /** `serializable` behaves as databases do that know nothing weaker; it only repeats more. */
  readonly isolation?: "read committed" | "serializable";
}

/**
 * Opens a PostgreSQL database, which any number of nodes share.
 * @throws StorageError when it cannot be reached or was changed by a newer version
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { logger, clock = systemClock, random = systemRandom } = options;
  const builder = queryBuilder("postgres");
  const driver = new PostgresDriver(options, random);
  try {
    await driver.detectOutcomes();
    const owner = random.bytes(16).toString("hex");
    await migrate({ builder, clock, logger, owner, transaction: (work) => driver.transaction(work) });
  } catch (error) {
    await driver.close();
    throw error;
  }
  return createStore(driver, builder, { clock, random });
}

/** How often work is tried at most, by what became of it the last time. */
type Attempts = Readonly<Record<Verdict, number>>;

const ATTEMPTS_OF_WRITES: Attempts = {
  conflict: 20,
  "taken-key": 5,
  "lost-reference": 3,
  "connection-lost": 20,
  "timed-out": 1,
  "outcome-unknown": 1,
  fault: 1,
};

/** To read again does no harm, whatever became of the first time. */
const ATTEMPTS_OF_READS: Attempts = { ...ATTEMPTS_OF_WRITES, "outcome-unknown": 20 };

type Outcome<T> =
  | { readonly kind: "done"; readonly value: T }
  /** The work's own decision: undone, and not to be repeated. */
  | { readonly kind: "refused"; readonly error: unknown }
  | { readonly kind: "failed"; readonly error: unknown; readonly verdict: Verdict };

/** How to ask a server later what became of a transaction; null where it cannot tell. */
interface TransactionMark {
  readonly id: string;
  /** When the server started. Numbers may be given out again after a crash or on another server, so only this one can answer. */
  readonly server: string;
}

class PostgresDriver implements Driver {
  readonly session: Session;
  readonly #pool: pg.Pool;
  readonly #hosts: PostgresHosts;
  /** Connections that were seen to lead to a host that takes writes; asked only where there are several. */
  readonly #primaries = new WeakSet<pg.PoolClient>();
  readonly #random: Random;
  readonly #observer: StoreObserver;
  readonly #begin: string;
  #tellsOutcomes = false;

  constructor(options: PostgresStoreOptions, random: Random) {
    const { url, poolSize, logger, observer = {}, isolation = "read committed" } = options;
    this.#random = random;
    this.#observer = observer;
    this.#begin = `begin isolation level ${isolation}`;
    this.#hosts = new PostgresHosts(url);
    this.#pool = new pg.Pool({
      connectionString: this.#hosts.url,
      max: poolSize,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      application_name: "cognate",
      keepAlive: true,
      types: { getTypeParser },
    });
    // A connection that breaks between two statements says so here first; the next statement then fails.
    this.#pool.on("connect", (client) => client.on("error", () => {}));
    this.#pool.on("error", ({ name, message }) => {
      if (!this.#pool.ending) logger.warn("database connection lost", { error: { name, message } });
    });
    this.session = {
      read: (query) => this.#read(query),
      write: (query, manner) => this.#write(query, manner),
      atomically: (work) => this.transaction(work),
    };
  }

  /**
   * PostgreSQL can tell afterwards whether a transaction was committed, which settles a COMMIT whose answer was lost. Databases
   * that only speak its protocol have the function at best by name, so that they are not asked.
   */
  async detectOutcomes(): Promise<void> {
    const [row] = await this.#read<{ version: string }>({
      sql: "select version() as version",
      values: [],
      name: null,
    });
    const [, major] = /^PostgreSQL (\d+)/.exec(row?.version ?? "") ?? [];
    this.#tellsOutcomes = Number(major) >= 13 && !row?.version.includes("-YB-");
  }

  async transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return await this.#repeat((deadline) => this.#attempt(work, deadline), ATTEMPTS_OF_WRITES);
  }

  async maintain(): Promise<void> {
    // The server's own autovacuum keeps the statistics.
  }

  async ready(): Promise<boolean> {
    const connected = await this.#connect();
    if (connected.kind !== "done") return false;
    const client = connected.value;
    let failure: Error | undefined;
    try {
      const { rows } = await execute<{ transaction_read_only: string }>(
        client,
        READ_ONLY,
        READINESS_TIMEOUT_MS,
      );
      return rows[0]?.transaction_read_only === "off";
    } catch (error) {
      failure = asError(error);
      return false;
    } finally {
      client.release(failure);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #read<R>(query: Query<R>): Promise<readonly R[]> {
    const { rows } = await this.#repeat((deadline) => this.#single(query, deadline), ATTEMPTS_OF_READS);
    return rows;
  }

  async #write<R>(query: Query<R>, manner: WriteManner = "usual"): Promise<Written<R>> {
    if (manner === "long") return await this.transaction((session) => session.write(query, manner));
    return await this.#repeat((deadline) => this.#single(query, deadline), ATTEMPTS_OF_WRITES);
  }

  /** Tries again, with growing random pauses, what may be tried again, while there is time. */
  async #repeat<T>(attempt: (deadline: number) => Promise<Outcome<T>>, attempts: Attempts): Promise<T> {
    const deadline = monotonicMs() + OPERATION_BUDGET_MS;
    for (let n = 1; ; n++) {
      const outcome = await attempt(deadline);
      if (outcome.kind === "done") return outcome.value;
      if (outcome.kind === "refused") throw outcome.error;
      const pause = this.#backoff(n);
      const goesOn = n < attempts[outcome.verdict] && monotonicMs() + pause < deadline;
      if (!goesOn) throw describePostgresError(outcome.error, outcome.verdict);
      this.#observer.retried?.(outcome.verdict);
      await sleep(pause);
    }
  }

  #backoff(attempt: number): number {
    const ceiling = Math.min(FIRST_BACKOFF_MS * 2 ** attempt, LONGEST_BACKOFF_MS);
    return 1 + this.#random.below(ceiling);
  }

  async #connect(): Promise<Outcome<pg.PoolClient>> {
    const { url, areSeveral } = this.#hosts;
    try {
      const client = await this.#pool.connect();
      if (!areSeveral || this.#primaries.has(client)) return { kind: "done", value: client };
      return await this.#primary(client, url);
    } catch (error) {
      const verdict = judge(error);
      if (!areSeveral) return { kind: "failed", error, verdict };
      this.#goOn(url);
      // A host that does not answer in time is as good as gone: there is another to try.
      return { kind: "failed", error, verdict: verdict === "timed-out" ? "connection-lost" : verdict };
    }
  }

  /** A new connection, if it leads to the host that takes writes. */
  async #primary(client: pg.PoolClient, url: string): Promise<Outcome<pg.PoolClient>> {
    try {
      const { rows } = await execute<{ transaction_read_only: string }>(
        client,
        READ_ONLY,
        READINESS_TIMEOUT_MS,
      );
      if (rows[0]?.transaction_read_only === "off") {
        this.#primaries.add(client);
        return { kind: "done", value: client };
      }
      throw new StorageError("unavailable", "This host of the database takes no writes.");
    } catch (error) {
      client.release(asError(error));
      this.#goOn(url);
      return { kind: "failed", error, verdict: "connection-lost" };
    }
  }

  /** The next connections are made to the next host. */
  #goOn(from: string): void {
    this.#hosts.leave(from);
    this.#pool.options.connectionString = this.#hosts.url;
  }

  /** A statement by itself: the server commits it before it answers. */
  async #single<R>(query: Query<R>, deadline: number): Promise<Outcome<Written<R>>> {
    const connected = await this.#connect();
    if (connected.kind !== "done") return connected;
    const client = connected.value;
    try {
      const value = await execute(client, query, deadline - monotonicMs());
      client.release();
      return { kind: "done", value };
    } catch (error) {
      const verdict = judge(error);
      client.release(isUsable(verdict) ? undefined : asError(error));
      // Sent and not answered: for a write this is not known to have failed.
      const sent = verdict === "connection-lost" && !(error instanceof pg.DatabaseError);
      return { kind: "failed", error, verdict: sent ? "outcome-unknown" : verdict };
    }
  }

  async #attempt<T>(work: (session: Session) => Promise<T>, deadline: number): Promise<Outcome<T>> {
    const connected = await this.#connect();
    if (connected.kind !== "done") return connected;
    const client = connected.value;
    const outcome = await this.#run(client, work, deadline);
    const isBroken = outcome.kind === "failed" && !isUsable(outcome.verdict);
    client.release(isBroken ? asError(outcome.error) : undefined);
    return outcome;
  }

  async #run<T>(
    client: pg.PoolClient,
    work: (session: Session) => Promise<T>,
    deadline: number,
  ): Promise<Outcome<T>> {
    let mark: TransactionMark | null;
    try {
      mark = await this.#start(client, deadline);
    } catch (error) {
      return { kind: "failed", error, verdict: judge(error) };
    }
    const session = new TransactionSession(client, deadline);
    const worked = await settle(work, session);
    await session.end();
    if (session.failure) return await this.#rollback(client, failed(session.failure.error));
    if (worked.kind === "refused") return await this.#rollback(client, worked);
    return await this.#commit(client, mark, worked, Math.max(session.remainingMs, ENDING_MS));
  }

  async #start(client: pg.PoolClient, deadline: number): Promise<TransactionMark | null> {
    const timeoutMs = deadline - monotonicMs();
    if (!this.#tellsOutcomes) {
      await execute(client, { sql: this.#begin, values: [], name: null }, timeoutMs);
      return null;
    }
    const sql = `${this.#begin}; select pg_current_xact_id()::text as id, pg_postmaster_start_time()::text as server`;
    const query = { text: sql, query_timeout: Math.max(1, timeoutMs) };
    // Two statements in one message give two results, which the types do not know.
    const results = (await client.query(query)) as unknown as pg.QueryResult<TransactionMark>[];
    return results[1]?.rows[0] ?? null;
  }

  async #rollback<T>(client: pg.PoolClient, outcome: Outcome<T>): Promise<Outcome<T>> {
    if (outcome.kind === "failed" && !isUsable(outcome.verdict)) return outcome;
    try {
      await execute(client, { sql: "rollback", values: [], name: null }, ENDING_MS);
      return outcome;
    } catch (error) {
      // The server rolls back by itself when the connection ends; the connection must not be used again.
      if (outcome.kind !== "refused") return { kind: "failed", error, verdict: "connection-lost" };
      endAbruptly(client);
      return outcome;
    }
  }

  async #commit<T>(
    client: pg.PoolClient,
    mark: TransactionMark | null,
    worked: Outcome<T>,
    timeoutMs: number,
  ): Promise<Outcome<T>> {
    try {
      const commit = { text: "commit", query_timeout: timeoutMs };
      const { command } = await client.query(commit);
      if (command === "COMMIT") return worked;
      return failed(new StorageError("misuse", "The database rolled the transaction back at its end."));
    } catch (error) {
      const verdict = judge(error);
      if (isUsable(verdict)) return { kind: "failed", error, verdict };
      endAbruptly(client);
      return await this.#settleCommit(mark, worked, error);
    }
  }

  /**
   * The connection was lost between COMMIT and its answer. Running the work again could do everything twice, so the server is
   * asked first; where nobody can tell, the caller is told just that.
   */
  async #settleCommit<T>(
    mark: TransactionMark | null,
    worked: Outcome<T>,
    error: unknown,
  ): Promise<Outcome<T>> {
    const unknown: Outcome<T> = { kind: "failed", error, verdict: "outcome-unknown" };
    if (!mark) return unknown;
    const query = {
      sql: "select pg_xact_status($1::xid8) as status where pg_postmaster_start_time()::text = $2",
      values: [mark.id, mark.server],
      name: null,
    };
    for (const end = monotonicMs() + OUTCOME_BUDGET_MS; monotonicMs() < end; await sleep(OUTCOME_POLL_MS)) {
      const asked = await this.#single<{ status: string | null }>(query, end);
      if (asked.kind !== "done") continue;
      switch (asked.value.rows[0]?.status) {
        case "committed":
          this.#observer.retried?.("commit confirmed");
          return worked;
        case "aborted":
          return { kind: "failed", error, verdict: "connection-lost" };
        case "in progress":
          continue;
        default:
          return unknown;
      }
    }
    return unknown;
  }
}

/** Whether the connection can go on after such an error. */
const isUsable = (verdict: Verdict): boolean =>
  verdict === "conflict" || verdict === "taken-key" || verdict === "lost-reference" || verdict === "fault";

const failed = (error: unknown): Outcome<never> => ({ kind: "failed", error, verdict: judge(error) });

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error("not an error"));

async function settle<T>(work: (session: Session) => Promise<T>, session: Session): Promise<Outcome<T>> {
  try {
    return { kind: "done", value: await work(session) };
  } catch (error) {
    return { kind: "refused", error };
  }
}

/** Closes the connection under the pool, which notices when it gets the client back. */
function endAbruptly(client: pg.PoolClient): void {
  client.end().catch(() => {});
}
