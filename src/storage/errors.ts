/**
 * Why the database did not do what it was asked, for operators. Clients see an internal error.
 * - `in-use`: another process has the data file.
 * - `damaged`: what is stored contradicts itself; nothing is served from it.
 * - `incompatible`: the file is not ours, or was written by a newer version.
 * - `unavailable`: no connection, no answer in time, no space, or the disk refuses.
 * - `outcome-unknown`: the connection was lost while the commit was under way, and nobody can tell whether it took effect.
 * - `misuse`: a mistake in the program, such as work in a transaction that waits for something else.
 */
export type StorageFault =
  | "in-use"
  | "damaged"
  | "incompatible"
  | "unavailable"
  | "outcome-unknown"
  | "misuse";

export class StorageError extends Error {
  readonly fault: StorageFault;

  constructor(fault: StorageFault, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "StorageError";
    this.fault = fault;
  }
}

export const transactionOver = () =>
  new StorageError("misuse", "A repository of a finished transaction was used.");
