import type { CreateUserImportJobRequest } from "../../api/generated/shapes.ts";
import {
  importJobDoesNotExist,
  importJobInWrongState,
  importJobUnderWay,
  importNeedsAutoVerification,
  noCsvFileUploaded,
  resourceLimitExceeded,
  userImportInProgress,
  userPoolDoesNotExist,
} from "../errors.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import type { UserPool } from "../user-pools/index.ts";
import {
  importAccount,
  jobAt,
  nextImportStatus,
  type UserImportEvent,
  type UserImportJob,
  type UserImportJobKey,
} from "./user-import-job.ts";

/** Cognito's quota of jobs that a pool keeps. */
const JOBS_PER_POOL = 1000;

/** CreateUserImportJob. @throws LimitExceededException */
export async function createImportJob(
  services: Pick<Services, "store" | "clock" | "identifiers">,
  pool: UserPool,
  input: CreateUserImportJobRequest,
): Promise<UserImportJob> {
  const job: UserImportJob = {
    key: services.identifiers.key() as UserImportJobKey,
    id: services.identifiers.userImportJobId(),
    poolKey: pool.key,
    name: input.JobName,
    cloudWatchLogsRoleArn: input.CloudWatchLogsRoleArn,
    passwordHashingAlgorithm: input.PasswordHashingAlgorithm ?? null,
    status: "Created",
    createdAt: services.clock.now(),
    startedAt: null,
    completedAt: null,
    completionMessage: null,
    imported: 0,
    skipped: 0,
    failed: 0,
    file: null,
  };
  await services.store.transaction(async ({ userImports }) => {
    if ((await userImports.count(pool.key, JOBS_PER_POOL)) >= JOBS_PER_POOL)
      throw resourceLimitExceeded("user import jobs");
    await userImports.insert(job);
  });
  return job;
}

/** @throws ResourceNotFoundException */
export async function requireImportJob(
  services: Pick<Services, "store" | "clock">,
  pool: UserPool,
  jobId: string,
): Promise<UserImportJob> {
  const job = await services.store.userImports.find(pool.key, jobId);
  if (!job) throw importJobDoesNotExist(jobId);
  return jobAt(job, services.clock.now());
}

/** The job under its lock with the status after the event. @throws ResourceNotFoundException, PreconditionNotMetException */
async function lockedAfter(
  services: Pick<Services, "clock">,
  { userImports }: Repositories,
  pool: UserPool,
  jobId: string,
  event: UserImportEvent,
): Promise<UserImportJob> {
  const job = await userImports.lock(pool.key, jobId);
  if (!job) throw importJobDoesNotExist(jobId);
  const { status } = jobAt(job, services.clock.now());
  const next = nextImportStatus(status, event);
  if (!next) throw importJobInWrongState(jobId, status);
  return { ...job, status: next };
}

/**
 * StartUserImportJob: hands the job to whichever node takes it first.
 * @throws ResourceNotFoundException, PreconditionNotMetException
 */
export async function startImportJob(
  services: Pick<Services, "store" | "clock" | "wakeUserImports">,
  pool: UserPool,
  jobId: string,
): Promise<UserImportJob> {
  const started = await services.store.transaction(async (repositories) => {
    // Changes of the pool look for jobs under way behind the same lock.
    const current = await repositories.userPools.lock(pool.id);
    if (!current) throw userPoolDoesNotExist(pool.id);
    const job = await lockedAfter(services, repositories, current, jobId, "start");
    if (!current.settings.AutoVerifiedAttributes?.length) throw importNeedsAutoVerification();
    if (!job.file) throw noCsvFileUploaded(jobId);
    if (!(await repositories.userImports.enter(importAccount(current), job))) throw importJobUnderWay();
    const pending = { ...job, startedAt: services.clock.now() };
    await repositories.userImports.save(pending);
    return pending;
  });
  services.wakeUserImports();
  return started;
}

/** StopUserImportJob: the node that runs the job stops after the rows it is at. @throws as startImportJob */
export async function stopImportJob(
  services: Pick<Services, "store" | "clock" | "wakeUserImports">,
  pool: UserPool,
  jobId: string,
): Promise<UserImportJob> {
  const stopping = await services.store.transaction(async (repositories) => {
    const job = await lockedAfter(services, repositories, pool, jobId, "stop");
    await repositories.userImports.save(job);
    return job;
  });
  services.wakeUserImports();
  return stopping;
}

/**
 * Call it in a transaction that changes the pool, once the pool is locked.
 * @throws UserImportInProgressException
 */
export async function requireNoImport({ userImports }: Repositories, pool: UserPool): Promise<void> {
  if (await userImports.isUnderWay(pool.key)) throw userImportInProgress(pool.id);
}
