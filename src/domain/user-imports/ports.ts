import type { Instant } from "../../runtime/clock.ts";
import type { PoolKey } from "../user-pools/index.ts";
import type {
  ImportFile,
  ImportFileKey,
  ImportProgress,
  UserImportJob,
  UserImportJobKey,
} from "./user-import-job.ts";

/** A job that a node works on. */
export interface ClaimedImport {
  readonly jobKey: UserImportJobKey;
  readonly poolKey: PoolKey;
  readonly progress: ImportProgress;
}

/** Whose work a job is, and until when it stays so without a word. */
export interface ImportLease {
  readonly jobKey: UserImportJobKey;
  /** Unlike that of any other node. */
  readonly owner: string;
}

export interface UserImports {
  insert(job: UserImportJob): Promise<void>;
  /** Exact up to `cap`, which it returns when there are more. */
  count(poolKey: PoolKey, cap: number): Promise<number>;
  find(poolKey: PoolKey, id: string): Promise<UserImportJob | null>;
  /** Reads the job for a change: in a transaction, no one else changes it until the end. */
  lock(poolKey: PoolKey, id: string): Promise<UserImportJob | null>;
  lockByKey(key: UserImportJobKey): Promise<UserImportJob | null>;
  /** Newest first. */
  list(poolKey: PoolKey, page: { beforeKey: number | null; limit: number }): Promise<UserImportJob[]>;
  /** Writes status, dates, message, counts and file. */
  save(job: UserImportJob): Promise<void>;
  /** Notes of at most `limit` jobs made at or before `createdBefore` and not started that they are over, and discards their files. */
  expire(createdBefore: Instant, end: { at: Instant; message: string }, limit: number): Promise<number>;

  /** Puts the job where only one of the account is; false when another is there. */
  enter(account: string, job: Pick<UserImportJob, "key" | "poolKey">): Promise<boolean>;
  /** Whether a job of the pool is under way. */
  isUnderWay(poolKey: PoolKey): Promise<boolean>;
  /** Takes over a job that no node works on at present. */
  claim(owner: string, now: Instant, until: Instant): Promise<ClaimedImport | null>;
  /**
   * Moves the job from where it was to where it is and keeps the lease until then; false when it was not there, or is another node's
   * by now, or gone.
   */
  advance(lease: ImportLease, until: Instant, from: ImportProgress, to: ImportProgress): Promise<boolean>;
  /** Lets another node go on at once. */
  yield(lease: ImportLease): Promise<void>;
  /** Ends the lease for good and makes place for the account's next job; false when the job is another node's by now. */
  leave(lease: ImportLease): Promise<boolean>;

  /** A file to add chunks to; discarded at `discardAt` unless `keepFile` was called. */
  beginFile(key: ImportFileKey, jobKey: UserImportJobKey, discardAt: Instant): Promise<void>;
  addChunk(file: ImportFileKey, ordinal: number, sealed: Uint8Array): Promise<void>;
  /** Keeps the file for the job; false when it was discarded. */
  keepFile(file: ImportFileKey): Promise<boolean>;
  /** Null past the end. */
  chunk(file: ImportFileKey, ordinal: number): Promise<Uint8Array | null>;
  discardFile(file: ImportFile, now: Instant): Promise<void>;
  /** Removes a bounded part of what is discarded; false when nothing was left. */
  removeDiscarded(now: Instant): Promise<boolean>;
}

/** Where the results of a job are written, in the places that Cognito's have in CloudWatch Logs. */
export interface ImportLogPlace {
  readonly userPoolId: string;
  readonly userPoolName: string;
  readonly jobId: string;
  readonly jobName: string;
}

export interface ImportLog {
  /**
   * Writes text at a position in bytes; what was there or after it goes. The same call again does no harm.
   * @returns bytes written
   */
  write(place: ImportLogPlace, position: number, text: string): Promise<number>;
}
