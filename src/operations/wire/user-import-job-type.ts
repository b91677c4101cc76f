import type { UserImportJobType } from "../../api/generated/shapes.ts";
import type { Services } from "../../domain/services.ts";
import { type UserImportJob, uploadLink } from "../../domain/user-imports/index.ts";
import type { UserPool } from "../../domain/user-pools/index.ts";
import { timestamp } from "./timestamp.ts";

/** What has not happened yet is absent. */
export const userImportJobType = (
  services: Pick<Services, "keyEncryptionKey" | "publicUrl">,
  pool: UserPool,
  job: UserImportJob,
): UserImportJobType => ({
  JobName: job.name,
  JobId: job.id,
  UserPoolId: pool.id,
  PreSignedUrl: uploadLink(services, pool, job),
  CreationDate: timestamp(job.createdAt),
  ...(job.startedAt !== null ? { StartDate: timestamp(job.startedAt) } : {}),
  ...(job.completedAt !== null ? { CompletionDate: timestamp(job.completedAt) } : {}),
  Status: job.status,
  CloudWatchLogsRoleArn: job.cloudWatchLogsRoleArn,
  ImportedUsers: job.imported,
  SkippedUsers: job.skipped,
  FailedUsers: job.failed,
  ...(job.completionMessage !== null ? { CompletionMessage: job.completionMessage } : {}),
  ...(job.passwordHashingAlgorithm !== null
    ? { PasswordHashingAlgorithm: job.passwordHashingAlgorithm }
    : {}),
});
