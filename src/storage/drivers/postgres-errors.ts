import pg from "pg";
import { StorageError } from "../errors.ts";
import { isTakenKeyConstraint } from "./generated-keys.ts";

/**
 * What an error from the connection means for the work under way.
 * - `conflict`: the database undid the transaction in favour of another; it may run again.
 * - `taken-key`: another node drew the same row key; run again, it draws another.
 * - `lost-reference`: a row it refers to went away between the check and the write; run again, the check sees that.
 * - `connection-lost`: no more is heard from this connection; whatever was not committed is undone.
 * - `timed-out`: no answer in time; trying again would take as long.
 * - `outcome-unknown`: the database itself cannot tell whether it committed.
 * - `fault`: anything else.
 */
export type Verdict =
  | "conflict"
  | "taken-key"
  | "lost-reference"
  | "connection-lost"
  | "timed-out"
  | "outcome-unknown"
  | "fault";

const SQLSTATE: Readonly<Record<string, Verdict>> = {
  "40001": "conflict", // serialization failure
  "40P01": "conflict", // deadlock
  "40003": "outcome-unknown",
  "57014": "timed-out", // statement timeout
  "55P03": "timed-out", // lock timeout
  "25P03": "timed-out", // idle in transaction
  "53300": "connection-lost", // too many connections
  "57P01": "connection-lost", // the server shuts down
  "57P02": "connection-lost",
  "57P03": "connection-lost", // it starts up
  "25006": "connection-lost", // a standby that was the primary: the next connection may find the new one
  "23503": "lost-reference", // foreign key
};

const TIMEOUT = /timeout/i;
const SOCKET_CODE = /^E[A-Z]+$/;
const LOST = /connection (terminated|ended|error)|not queryable|socket/i;

export function judge(error: unknown): Verdict {
  if (!(error instanceof Error)) return "fault";
  if (error instanceof pg.DatabaseError) {
    const { code = "", constraint } = error;
    if (code === "23505" && isTakenKeyConstraint(constraint)) return "taken-key";
    return SQLSTATE[code] ?? (code.startsWith("08") ? "connection-lost" : "fault");
  }
  if (TIMEOUT.test(error.message)) return "timed-out";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return SOCKET_CODE.test(code) || LOST.test(error.message) ? "connection-lost" : "fault";
}

/** What the caller is told when trying again is no use or came to nothing. */
export function describePostgresError(error: unknown, verdict: Verdict): unknown {
  switch (verdict) {
    case "conflict":
      return new StorageError("unavailable", "The database refused the transaction too many times.", error);
    case "connection-lost":
      return new StorageError("unavailable", "There is no connection to the database.", error);
    case "timed-out":
      return new StorageError("unavailable", "The database did not answer in time.", error);
    case "outcome-unknown":
      return new StorageError(
        "outcome-unknown",
        "The connection to the database was lost during a commit: it may or may not have taken effect.",
        error,
      );
    case "taken-key":
    case "lost-reference":
    case "fault":
      return error;
  }
}
