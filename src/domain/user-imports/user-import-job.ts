import type { PasswordHashingAlgorithmType, UserImportJobStatusType } from "../../api/generated/shapes.ts";
import { after, DAY, type Instant } from "../../runtime/clock.ts";
import type { PoolKey, UserPool } from "../user-pools/index.ts";

/** Row key of a job; later jobs have higher ones. */
export type UserImportJobKey = number & { readonly __brand: "UserImportJobKey" };
/** Row key of an uploaded file. */
export type ImportFileKey = number & { readonly __brand: "ImportFileKey" };

export type UserImportStatus = UserImportJobStatusType;

/** A CSV file that was uploaded whole. */
export interface ImportFile {
  readonly key: ImportFileKey;
  /** Lines that are not blank, without the header. */
  readonly rows: number;
}

export interface ImportCounts {
  readonly imported: number;
  readonly skipped: number;
  readonly failed: number;
}

/** A job that imports users from a CSV file into a pool. */
export interface UserImportJob extends ImportCounts {
  readonly key: UserImportJobKey;
  /** `import-` and ten letters or digits. */
  readonly id: string;
  readonly poolKey: PoolKey;
  readonly name: string;
  readonly cloudWatchLogsRoleArn: string;
  /** What the hashes in the file were made with; null when they are not read. */
  readonly passwordHashingAlgorithm: PasswordHashingAlgorithmType | null;
  readonly status: UserImportStatus;
  readonly createdAt: Instant;
  readonly startedAt: Instant | null;
  readonly completedAt: Instant | null;
  readonly completionMessage: string | null;
  readonly file: ImportFile | null;
}

/** How far a job under way has come. */
export interface ImportProgress {
  /** Where the first line that is not imported begins, in bytes. */
  readonly offset: number;
  /** Its number; the header is line 1. */
  readonly line: number;
  /** Bytes of the log that are written. */
  readonly logBytes: number;
  /** What comes after them, and may be written or not. */
  readonly logPending: string;
}

/** What can happen to a job. */
export type UserImportEvent = "start" | "begin" | "stop" | "stopped" | "succeed" | "fail" | "expire";

/** The whole status machine. An event that a row does not name is not accepted in that status. */
export const USER_IMPORT_TRANSITIONS: Readonly<
  Record<UserImportStatus, Readonly<Partial<Record<UserImportEvent, UserImportStatus>>>>
> = {
  Created: { start: "Pending", expire: "Expired" },
  Pending: { begin: "InProgress", stop: "Stopping", fail: "Failed" },
  InProgress: { begin: "InProgress", stop: "Stopping", succeed: "Succeeded", fail: "Failed" },
  Stopping: { stopped: "Stopped" },
  Stopped: {},
  Succeeded: {},
  Failed: {},
  Expired: {},
};

/** The status after the event; null when the event is not accepted in this status. */
export const nextImportStatus = (status: UserImportStatus, event: UserImportEvent): UserImportStatus | null =>
  USER_IMPORT_TRANSITIONS[status][event] ?? null;

/** The words of a job's end; all but those for files that cannot be read are Cognito's. */
export const COMPLETION = {
  succeeded: "Import Job Completed Successfully.",
  tooManyFailed: "Too many users have failed or been skipped during the import.",
  expired: "The user import job has expired.",
  stopped: "The Import Job was stopped by the developer.",
  wrongHeader: "The header in the CSV file does not match the expected headers.",
  hashColumnMissing: "The CSV file does not have the column password_hash.",
  tooManyRows: "The CSV file has more than 500000 users.",
  logUnavailable: "The results of the import could not be written to its log.",
  internal: "The import failed because of an internal error.",
} as const;

/** Cognito's documentation: a job expires when it is not started within 24 to 48 hours. */
const START_WITHIN_MS = DAY;

export const expiresAt = (job: Pick<UserImportJob, "createdAt">): Instant =>
  after(job.createdAt, START_WITHIN_MS);

/** Jobs that were made before this and not started are over. */
export const expiredBefore = (now: Instant): Instant => after(now, -START_WITHIN_MS);

/** The job as it is now, whether or not anybody has noted that its time is up. */
export function jobAt(job: UserImportJob, now: Instant): UserImportJob {
  const end = expiresAt(job);
  const status = nextImportStatus(job.status, "expire");
  if (!status || end > now) return job;
  return { ...job, status, completedAt: end, completionMessage: COMPLETION.expired };
}

/** Where one job runs at a time: an account in a region. */
export const importAccount = ({ region, accountId }: Pick<UserPool, "region" | "accountId">): string =>
  `${region}|${accountId}`;
