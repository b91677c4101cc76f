import type { Query } from "./query.ts";

export interface Written<R> {
  /** What RETURNING gave. */
  readonly rows: readonly R[];
  /** How many rows the statement inserted, changed or removed itself. */
  readonly changed: number;
}

/**
 * How a statement is written. `long`: it may take its time, as what removes whatever belongs to a pool. `soon`: it is answered before it
 * is on the disk, and comes there with the next write that is not: the end of the process loses nothing, a power cut may undo it.
 */
export type WriteManner = "usual" | "long" | "soon";

/** What a repository runs its statements with: the transaction it belongs to, or the database as a whole. */
export interface Session {
  read<R>(query: Query<R>): Promise<readonly R[]>;
  write<R>(query: Query<R>, manner?: WriteManner): Promise<Written<R>>;
  /** Several statements, all or nothing: in the present transaction, or in one of their own. */
  atomically<T>(work: (session: Session) => Promise<T>): Promise<T>;
}

/** What a database driver provides; `store.ts` makes a Store of it. */
export interface Driver {
  /** Each statement by itself; durable when its promise resolves, unless it is written `soon`. */
  readonly session: Session;
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Lets the database keep the statistics that its plans depend on; called now and then. */
  maintain(): Promise<void>;
  ready(): Promise<boolean>;
  close(): Promise<void>;
}

/** For tests and figures: told of what happens in the database. */
export interface StoreObserver {
  /** A commit that made the writes of so many units durable. */
  committed?(units: number): void;
  /** A transaction is run again. */
  retried?(reason: string): void;
}

/** The first row, or null. */
export async function first<R>(rows: Promise<readonly R[]>): Promise<R | null> {
  return (await rows)[0] ?? null;
}
