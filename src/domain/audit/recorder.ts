import type { Clock } from "../../runtime/clock.ts";
import type { Identifiers } from "../../runtime/identifiers.ts";
import { describeFault, type Logger } from "../../runtime/logger.ts";
import { ServiceError } from "../errors.ts";
import type { Repositories, Store } from "../store.ts";
import { type AuditError, type AuditedCall, type AuditRecord, auditRecord } from "./record.ts";
import type { OwnChain } from "./sealer.ts";
import { CallSubject, watchedRepositories } from "./subject.ts";

export interface RecorderServices {
  readonly store: Store;
  readonly clock: Clock;
  readonly identifiers: Pick<Identifiers, "uuid">;
  readonly logger: Logger;
}

/** Records of calls that changed nothing are written together; so many of them do not wait for the next second. */
const WRITTEN_AT_ONCE = 256;
/** More than these are not kept while the database takes none. */
const MOST_WAITING = 10_000;

/** Writes the records of this run of the server. */
export class AuditRecorder implements OwnChain {
  readonly node: string;
  readonly #services: RecorderServices;
  /** Positions whose transaction has not ended. */
  readonly #open = new Set<number>();
  #waiting: AuditRecord[] = [];
  #writing: Promise<void> = Promise.resolve();
  #last = 0;

  constructor(services: RecorderServices) {
    this.#services = services;
    this.node = services.identifiers.uuid();
  }

  /** Up to here no transaction is under way: what is missing was rolled back. */
  settledThrough(): number {
    return this.#open.size === 0 ? this.#last : Math.min(...this.#open) - 1;
  }

  begin(call: AuditedCall): CallAudit {
    return new CallAudit(this.#services, this, call);
  }

  /** Writes the record within a second, with others. For what changed nothing: a crash in that second loses it. */
  later(make: (position: number) => AuditRecord): void {
    this.#last += 1;
    this.#open.add(this.#last);
    this.#waiting.push(make(this.#last));
    if (this.#waiting.length === WRITTEN_AT_ONCE) void this.flush();
  }

  /** Writes what waits. Never rejects: what cannot be written goes on waiting. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { store, logger } = this.#services;
    const records = this.#waiting;
    if (records.length === 0) return;
    this.#waiting = [];
    try {
      await store.transaction(async ({ audit }) => {
        for (const record of records) await audit.append(record);
      });
      for (const { position } of records) this.#open.delete(position);
    } catch (fault) {
      const kept = [...records, ...this.#waiting];
      this.#waiting = kept.slice(-MOST_WAITING);
      const lost = kept.slice(0, -MOST_WAITING);
      for (const { position } of lost) this.#open.delete(position);
      logger.error("Audit records cannot be written", { count: lost.length, error: describeFault(fault) });
    }
  }

  /** Runs the work with a position of the chain that is its own. */
  async at<T>(work: (position: number) => Promise<T>): Promise<T> {
    this.#last += 1;
    const position = this.#last;
    this.#open.add(position);
    try {
      return await work(position);
    } finally {
      this.#open.delete(position);
    }
  }
}

/** A refusal that a transaction decided on: what it wrote, such as a wrong try, is not what was asked for. */
const isRefusal = (result: unknown): boolean =>
  result === false ||
  result instanceof ServiceError ||
  (typeof result === "object" &&
    result !== null &&
    "refusal" in result &&
    result.refusal instanceof ServiceError);

/**
 * One call on its way. The first transaction that does what was asked carries the record. A call without one, such as a refresh, and
 * one that is refused get theirs within a second of the answer, written with others.
 */
export class CallAudit {
  readonly #services: RecorderServices;
  readonly #recorder: AuditRecorder;
  readonly #call: AuditedCall;
  readonly #subject: CallSubject;
  #recorded = false;

  constructor(services: RecorderServices, recorder: AuditRecorder, call: AuditedCall) {
    this.#services = services;
    this.#recorder = recorder;
    this.#call = call;
    this.#subject = new CallSubject(call.requestParameters);
  }

  /** The store for this call. */
  over(store: Store): Store {
    return {
      ...store,
      ...watchedRepositories(store, this.#subject),
      transaction: (work) => this.#transaction(store, work),
    };
  }

  /** The call succeeded. */
  succeeded(): void {
    if (!this.#recorded) this.#writeLater(null);
  }

  /** The call was refused; a change that was made all the same keeps its record, and this is a second one. */
  refused({ code, message }: AuditError): void {
    this.#writeLater({ code, message });
  }

  #transaction<T>(store: Store, work: (repositories: Repositories) => Promise<T>): Promise<T> {
    if (this.#recorded) return store.transaction((repositories) => work(this.#watched(repositories)));
    return this.#recorder.at(async (position) => {
      let appended = false;
      const result = await store.transaction(async (repositories) => {
        const done = await work(this.#watched(repositories));
        appended = !isRefusal(done);
        if (appended) await repositories.audit.append(this.#record(position, null));
        return done;
      });
      this.#recorded = appended;
      return result;
    });
  }

  #watched(repositories: Repositories): Repositories {
    return { ...repositories, ...watchedRepositories(repositories, this.#subject) };
  }

  #writeLater(error: AuditError | null): void {
    this.#recorder.later((position) => this.#record(position, error));
  }

  #record(position: number, error: AuditError | null) {
    const { clock, identifiers } = this.#services;
    const at = { id: identifiers.uuid(), node: this.#recorder.node, position, occurredAt: clock.now() };
    return auditRecord(at, this.#call, this.#subject.known(), error);
  }
}
