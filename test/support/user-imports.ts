import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CreateUserImportJobRequest, UserImportJobType } from "../../src/api/generated/shapes.ts";
import type { Api } from "./api.ts";

export const ROLE = "arn:aws:iam::123456789012:role/import-logs";

const OVER: ReadonlySet<string | undefined> = new Set(["Stopped", "Succeeded", "Failed", "Expired"]);

/** A row of a CSV file by column; columns that are not named are empty. */
export type CsvRow = Readonly<Record<string, string>>;

/** A value with its commas escaped. */
export const escapedCommas = (value: string): string => value.replaceAll(",", "\\,");

/** A CSV file with these columns, values as they are. */
export const csv = (columns: readonly string[], rows: readonly CsvRow[]): string =>
  [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ""))]
    .map((fields) => `${fields.join(",")}\n`)
    .join("");

/** A row that every pool with email as auto-verified attribute takes. */
export const aRow = (name: string, more: CsvRow = {}): CsvRow => ({
  "cognito:username": name,
  email: `${name}@import.test`,
  email_verified: "TRUE",
  "cognito:mfa_enabled": "FALSE",
  ...more,
});

export type Job = UserImportJobType & { readonly JobId: string; readonly PreSignedUrl: string };

export async function createJob(
  api: Api,
  UserPoolId: string,
  more: Partial<CreateUserImportJobRequest> = {},
): Promise<Job> {
  const { UserImportJob } = await api("CreateUserImportJob", {
    UserPoolId,
    JobName: "job",
    CloudWatchLogsRoleArn: ROLE,
    ...more,
  });
  return UserImportJob as Job;
}

export const upload = (job: Pick<Job, "PreSignedUrl">, body: string | Uint8Array) =>
  fetch(job.PreSignedUrl, { method: "PUT", body, headers: { "x-amz-server-side-encryption": "aws:kms" } });

/** Waits for the end of a job. */
export async function finished(api: Api, UserPoolId: string, JobId: string): Promise<Job> {
  for (;;) {
    const { UserImportJob } = await api("DescribeUserImportJob", { UserPoolId, JobId });
    if (OVER.has(UserImportJob?.Status)) return UserImportJob as Job;
    await sleep(20);
  }
}

/** Creates a job, uploads the file, starts the job and waits for its end. */
export async function importCsv(
  api: Api,
  UserPoolId: string,
  file: string | Uint8Array,
  more: Partial<CreateUserImportJobRequest> = {},
): Promise<Job> {
  const job = await createJob(api, UserPoolId, more);
  const { status } = await upload(job, file);
  if (status !== 200) throw new Error(`The upload was answered with ${status}`);
  await api("StartUserImportJob", { UserPoolId, JobId: job.JobId });
  return finished(api, UserPoolId, job.JobId);
}

/** The log of a job, line by line. */
export function logOf(
  dataDir: string,
  job: Pick<UserImportJobType, "UserPoolId" | "JobId" | "JobName">,
  poolName = "pool",
): string[] {
  const group = join(dataDir, "import-logs/aws/cognito/userpools", job.UserPoolId ?? "", poolName);
  const text = readFileSync(join(group, job.JobId ?? "", `${job.JobName}.log`), "utf8");
  return text.split("\n").slice(0, -1);
}

/** Runs curl with these arguments; null where there is none. */
export function curl(...args: string[]): Promise<{ status: number; output: string } | null> {
  return new Promise((resolve) => {
    const child = spawn("curl", ["-sS", ...args]);
    let output = "";
    child.stdout.on("data", (text) => {
      output += text;
    });
    child.stderr.on("data", (text) => {
      output += text;
    });
    child.once("error", () => resolve(null));
    child.once("close", (status) => resolve({ status: status ?? -1, output }));
  });
}
