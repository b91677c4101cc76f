import { clearImmediate, setImmediate } from "node:timers";
import { describeFault, type Logger } from "../../runtime/logger.ts";
import { StorageError, transactionOver } from "../errors.ts";
import type { Query } from "../query.ts";
import type { Session, StoreObserver, WriteManner, Written } from "../session.ts";
import { isTakenKeyInSqlite } from "./generated-keys.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";

/** Units that share a commit: enough to spread the cost of the disk, few enough not to keep readers of the result waiting. */
const UNITS_PER_COMMIT = 64;
const KEY_DRAWS = 5;

/** What is to be done as a whole. A `statement` is undone by the database itself when it fails, a `transaction` by a savepoint. */
interface Unit {
  readonly kind: "statement" | "transaction";
  readonly manner: WriteManner;
  readonly work: (session: Session) => Promise<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Something that has the connection for itself, between commits. */
interface ExclusiveJob {
  readonly kind: "exclusive";
  readonly job: (connection: SqliteConnection) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** How a unit is undone without the others of its commit: the pages that it changes are copied first. */
const BESIDE_OTHERS = {
  begin: ["savepoint unit"],
  undo: ["rollback to unit", "release unit"],
  end: ["release unit"],
} as const;
/** With nothing done before it, all can be undone; most commits have one unit, and no page is copied. */
const ALONE = { begin: [], undo: ["rollback", "begin immediate"], end: [] } as const;

type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

const closed = () => new StorageError("unavailable", "The store is closed.");

const waitedElsewhere = () =>
  new StorageError(
    "misuse",
    "Work in a transaction waited for something other than the repositories it was given, and was abandoned.",
  );

/**
 * The one connection that writes. Units queue, and those of the same turn of the event loop share a commit: each in a savepoint of
 * its own but for the first, all made durable by one COMMIT, and only then answered. A unit that throws is undone alone; a COMMIT that fails
 * undoes and refuses all of them, the refused ones too, for what they saw may be undone as well.
 *
 * Repositories answer within the turn, so a unit that is still unfinished when the turn ends waits for something else. It is
 * abandoned with an error: otherwise it would hold up every write of the server.
 */
export class GroupCommitWriter {
  readonly #connection: SqliteConnection;
  readonly #logger: Logger;
  readonly #observer: StoreObserver;
  #queue: (Unit | ExclusiveJob)[] = [];
  #scheduled = false;
  #closing = false;

  constructor(connection: SqliteConnection, logger: Logger, observer: StoreObserver) {
    this.#connection = connection;
    this.#logger = logger;
    this.#observer = observer;
  }

  statement<R>(query: Query<R>, manner: WriteManner = "usual"): Promise<Written<R>> {
    return this.#enqueue("statement", manner, (session) => session.write(query));
  }

  transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#enqueue("transaction", "usual", work);
  }

  exclusive<T>(job: (connection: SqliteConnection) => T): Promise<T> {
    if (this.#closing) return Promise.reject(closed());
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ kind: "exclusive", job, resolve: resolve as (value: never) => void, reject });
      this.#schedule();
    });
  }

  /** Finishes what is queued; refuses what comes later. */
  async close(): Promise<void> {
    if (this.#closing) return;
    const drained = this.exclusive(() => {});
    this.#closing = true;
    await drained;
  }

  #enqueue<T>(kind: Unit["kind"], manner: WriteManner, work: (session: Session) => Promise<T>): Promise<T> {
    if (this.#closing) return Promise.reject(closed());
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ kind, manner, work, resolve: resolve as (value: never) => void, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => void this.#turn());
  }

  /** One commit or one exclusive job; then the event loop goes round before the next. */
  async #turn(): Promise<void> {
    const head = this.#queue[0];
    if (head?.kind === "exclusive") {
      this.#queue.shift();
      this.#runExclusive(head);
    } else {
      const end = this.#queue.findIndex(
        (entry, index) => entry.kind === "exclusive" || index === UNITS_PER_COMMIT,
      );
      const batch = this.#queue.splice(0, end === -1 ? this.#queue.length : end);
      const units = batch.filter((entry) => entry.kind !== "exclusive");
      if (units.every(({ manner }) => manner === "soon")) await this.#commitSoon(units);
      else await this.#commit(units);
    }
    this.#scheduled = false;
    if (this.#queue.length > 0) this.#schedule();
  }

  #runExclusive({ job, resolve, reject }: ExclusiveJob): void {
    try {
      resolve(job(this.#connection) as never);
    } catch (error) {
      reject(error);
    }
  }

  /** A commit that does not wait for the disk: it is in the log, which the next one that waits brings there whole. */
  async #commitSoon(units: readonly Unit[]): Promise<void> {
    if (this.#connection.synchronous !== "full") return await this.#commit(units);
    this.#connection.synchronous = "normal";
    try {
      await this.#commit(units);
    } finally {
      this.#connection.synchronous = "full";
    }
  }

  async #commit(units: readonly Unit[]): Promise<void> {
    const outcomes: Outcome[] = [];
    try {
      this.#connection.perform("begin immediate");
      for (const unit of units) {
        const alone = !outcomes.some(({ ok }) => ok);
        const outcome = await this.#run(unit, alone);
        outcomes.push(outcome);
        // Some failures (disk full, I/O) end the whole transaction at once.
        if (!this.#connection.inTransaction) throw outcome.ok ? transactionOver() : outcome.error;
      }
      this.#connection.perform("commit");
    } catch (error) {
      this.#abandon(error);
      for (const unit of units) unit.reject(error);
      return;
    }
    this.#observer.committed?.(units.length);
    units.forEach((unit, index) => {
      const outcome = outcomes[index];
      if (outcome?.ok) unit.resolve(outcome.value as never);
      else unit.reject(outcome?.error);
    });
  }

  #abandon(error: unknown): void {
    this.#logger.error("commit failed, nothing of it was stored", { error: describeFault(error) });
    try {
      if (this.#connection.inTransaction) this.#connection.perform("rollback");
    } catch (rollbackError) {
      this.#logger.error("rollback failed", { error: describeFault(rollbackError) });
    }
  }

  /** @param alone nothing to be committed was done before it */
  async #run(unit: Unit, alone: boolean): Promise<Outcome> {
    if (unit.kind === "statement") return await this.#attempt(unit.work);
    const { begin, undo, end } = alone ? ALONE : BESIDE_OTHERS;
    for (let draw = 1; ; draw++) {
      for (const statement of begin) this.#connection.perform(statement);
      const outcome = await this.#attempt(unit.work);
      if (!this.#connection.inTransaction) return outcome;
      for (const statement of outcome.ok ? end : undo) this.#connection.perform(statement);
      const keyWasTaken =
        !outcome.ok && outcome.error instanceof Error && isTakenKeyInSqlite(outcome.error.message);
      if (!keyWasTaken || draw === KEY_DRAWS) return outcome;
      this.#observer.retried?.("taken key");
    }
  }

  #attempt(work: Unit["work"]): Promise<Outcome> {
    const session = new UnitSession(this.#connection);
    return new Promise((resolve) => {
      const finish = (outcome: Outcome) => {
        clearImmediate(watch);
        // What a failed statement has left undone must not be committed, even if the work went on as if nothing had happened.
        resolve(session.failure ? { ok: false, error: session.failure.error } : outcome);
        session.end();
      };
      const watch = setImmediate(() => finish({ ok: false, error: waitedElsewhere() }));
      run(work, session).then(
        (value) => finish({ ok: true, value }),
        (error: unknown) => finish({ ok: false, error }),
      );
    });
  }
}

/** So that work which throws at once is refused like work which throws later. */
async function run<T>(work: (session: Session) => Promise<T>, session: Session): Promise<T> {
  return await work(session);
}

/** The writer's connection for the time of one unit. */
class UnitSession implements Session {
  readonly #connection: SqliteConnection;
  #over = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /** The first statement that failed. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  end(): void {
    this.#over = true;
  }

  async read<R>(query: Query<R>): Promise<readonly R[]> {
    return this.#execute(query).rows;
  }

  async write<R>(query: Query<R>): Promise<Written<R>> {
    return this.#execute(query);
  }

  async atomically<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return await work(this);
  }

  #execute<R>(query: Query<R>): Written<R> {
    if (this.#over) throw transactionOver();
    try {
      return this.#connection.execute(query);
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }
}
