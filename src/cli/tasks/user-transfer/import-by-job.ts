import { createReadStream, openAsBlob } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { PasswordHashingAlgorithmType, UserImportJobType } from "../../../api/generated/shapes.ts";
import { systemClock } from "../../../runtime/clock.ts";
import type { Call } from "../../connection/patience.ts";
import { UsageFault } from "../../connection/task.ts";
import type { Progress } from "../../terminal/progress.ts";
import { terminal } from "../../terminal/terminal.ts";
import type { ImportReport, JobEntry } from "./import-report.ts";

/** Cognito's quotas of a file, a little less. */
const ROWS_PER_JOB = 500_000;
const BYTES_PER_JOB = 95 * 1024 * 1024;
/** An address to upload to is good for fifteen minutes. */
const UPLOAD_WITHIN_SECONDS = 10 * 60;
const FIRST_LOOK_MS = 100;
const LOOK_EVERY_MS = 1000;
const NEW_LINE = 0x0a;

const OVER: ReadonlySet<string | undefined> = new Set(["Stopped", "Succeeded", "Failed", "Expired"]);

/** Servers other than Amazon's take any; none of them looks at it. */
const ANY_ROLE = "arn:aws:iam::123456789012:role/cognate-user-import";

/** The algorithm by the form of a hash; null for a form of none. */
export function algorithmOf(hash: string): PasswordHashingAlgorithmType | null {
  if (/^\$2[abxy]\$/.test(hash)) return "BCRYPT";
  if (hash.startsWith("$argon2id$")) return "ARGON2ID";
  if (hash.startsWith("$pbkdf2-sha256$")) return "PBKDF2_SHA256";
  return /^\d+\$\d+\$\d+\$[0-9a-fA-F]+\$[0-9a-fA-F]+$/.test(hash) ? "SCRYPT" : null;
}

export interface JobSettings {
  readonly call: Call;
  readonly UserPoolId: string;
  readonly algorithm: PasswordHashingAlgorithmType | null;
  /** CloudWatchLogsRoleArn; undefined where it means nothing. */
  readonly logsRole: string | undefined;
  readonly report: ImportReport;
}

export interface JobCounts {
  imported: number;
  skipped: number;
  failed: number;
}

interface Part {
  readonly from: number;
  readonly to: number;
}

/** The file in parts that a job takes each, without its first line, and where that ends. */
async function partsOf(file: string): Promise<{ readonly header: number; readonly parts: readonly Part[] }> {
  const parts: Part[] = [];
  let header = 0;
  let from = 0;
  let rows = 0;
  let at = 0;
  /** Where the newest whole line ends. */
  let whole = 0;
  for await (const piece of createReadStream(file)) {
    const bytes = piece as Buffer;
    for (let end = bytes.indexOf(NEW_LINE); end !== -1; end = bytes.indexOf(NEW_LINE, end + 1)) {
      const next = at + end + 1;
      if (header === 0) {
        header = from = whole = next;
        continue;
      }
      if (rows === ROWS_PER_JOB || next - from > BYTES_PER_JOB) {
        parts.push({ from, to: whole });
        from = whole;
        rows = 0;
      }
      rows++;
      whole = next;
    }
    at += bytes.length;
  }
  if (at > from && header > 0) parts.push({ from, to: at });
  return { header, parts };
}

async function newJob({ call, UserPoolId, algorithm, logsRole }: JobSettings, part: number) {
  const { UserImportJob } = await call("CreateUserImportJob", {
    UserPoolId,
    JobName: `cognate-import-${part + 1}`,
    CloudWatchLogsRoleArn: logsRole ?? ANY_ROLE,
    ...(algorithm ? { PasswordHashingAlgorithm: algorithm } : {}),
  });
  return UserImportJob ?? {};
}

async function upload(url: string, body: Blob): Promise<void> {
  const response = await fetch(url, {
    method: "PUT",
    body,
    headers: { "x-amz-server-side-encryption": "aws:kms", "content-type": "" },
  }).catch((fault: Error) => {
    throw new UsageFault(
      `the file cannot be uploaded to ${new URL(url).host}: ${(fault.cause as Error)?.message ?? fault.message}`,
    );
  });
  if (!response.ok)
    throw new UsageFault(
      `the upload was answered with ${response.status}: ${(await response.text()).slice(0, 200)}`,
    );
}

const isFresh = ({ Status, CreationDate }: UserImportJobType): boolean =>
  Status === "Created" && systemClock.now() / 1000 - Number(CreationDate ?? 0) < UPLOAD_WITHIN_SECONDS;

/** A job for the part: that of an earlier run if it is still good. */
async function jobFor(settings: JobSettings, part: number, { from, to }: Part): Promise<UserImportJobType> {
  const known = settings.report.jobs.get(part);
  if (known?.from === from && known.to === to) {
    const { UserImportJob = {} } = await settings.call("DescribeUserImportJob", {
      UserPoolId: settings.UserPoolId,
      JobId: known.job,
    });
    if (isFresh(UserImportJob) || !["Created", "Expired"].includes(UserImportJob.Status ?? ""))
      return UserImportJob;
  }
  const made = await newJob(settings, part);
  settings.report.job({ job: made.JobId ?? "", part, from, to });
  return made;
}

async function untilOver(
  { call, UserPoolId }: JobSettings,
  JobId: string,
  before: number,
  progress: Progress,
) {
  for (let wait = FIRST_LOOK_MS; ; wait = LOOK_EVERY_MS) {
    const { UserImportJob = {} } = await call("DescribeUserImportJob", { UserPoolId, JobId });
    const { ImportedUsers = 0, SkippedUsers = 0, FailedUsers = 0, Status } = UserImportJob;
    progress.reach(before + ImportedUsers + SkippedUsers + FailedUsers);
    if (OVER.has(Status)) return UserImportJob;
    await sleep(wait);
  }
}

const countsOf = ({ over }: JobEntry): JobCounts => over ?? { imported: 0, skipped: 0, failed: 0 };

/** Imports a CSV file by import jobs, one after another. @throws UsageFault, Refusal, Unreachable */
export async function importByJob(
  file: string,
  settings: JobSettings,
  progress: Progress,
): Promise<JobCounts> {
  const { call, UserPoolId, report } = settings;
  const { header, parts } = await partsOf(file);
  const whole = await openAsBlob(file);
  const total: JobCounts = { imported: 0, skipped: 0, failed: 0 };
  for (const [part, place] of parts.entries()) {
    const known = report.jobs.get(part);
    if (!(known?.over && known.from === place.from && known.to === place.to)) {
      const job = await jobFor(settings, part, place);
      const JobId = job.JobId ?? "";
      if (job.Status === "Created") {
        await upload(
          job.PreSignedUrl ?? "",
          new Blob([whole.slice(0, header), whole.slice(place.from, place.to)]),
        );
        await call("StartUserImportJob", { UserPoolId, JobId });
      }
      const before = total.imported + total.skipped + total.failed;
      const { Status = "", CompletionMessage, ...end } = await untilOver(settings, JobId, before, progress);
      const { ImportedUsers: imported = 0, SkippedUsers: skipped = 0, FailedUsers: failed = 0 } = end;
      report.job({ job: JobId, part, ...place, over: { status: Status, imported, skipped, failed } });
      progress.clear();
      terminal.note(`import job ${JobId}: ${Status}: ${CompletionMessage ?? ""}`);
    }
    const { imported, skipped, failed } = countsOf(report.jobs.get(part) ?? { job: "", part, ...place });
    total.imported += imported;
    total.skipped += skipped;
    total.failed += failed;
  }
  progress.clear();
  return total;
}
