import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Steps, statusOf, type Walk } from "./step.ts";

const ROLE = "arn:aws:iam::123456789012:role/import-logs";
/** So many that the import still runs when it is stopped. */
const MANY = 30_000;

const job = (walk: Walk) => ({ UserPoolId: walk.UserPoolId, JobId: walk.kept("job") });
const found = async ({ api, UserPoolId }: Walk, JobId: string) =>
  (await api("DescribeUserImportJob", { UserPoolId, JobId })).UserImportJob;

async function upload(walk: Walk, link: string, usernames: readonly string[]): Promise<void> {
  const { CSVHeader = [] } = await walk.api("GetCSVHeader", { UserPoolId: walk.UserPoolId });
  const row = (username: string): Record<string, string> => ({
    "cognito:username": username,
    "cognito:mfa_enabled": "FALSE",
    email: `${username}@import.test`,
    email_verified: "TRUE",
  });
  const lines = usernames.map((name) => CSVHeader.map((column) => row(name)[column] ?? "").join(","));
  const { status } = await fetch(link, {
    method: "PUT",
    body: [CSVHeader.join(","), ...lines, ""].join("\n"),
  });
  assert.equal(status, 200);
}

async function statusAtEnd(walk: Walk, JobId: string) {
  for (;;) {
    const { Status } = (await found(walk, JobId)) ?? {};
    if (Status !== "Pending" && Status !== "InProgress" && Status !== "Stopping") return Status;
    await sleep(20);
  }
}

/** User import, and what ends the pool. */
export const lastSteps = {
  GetCSVHeader: {
    exercised: "the columns, with those of custom attributes",
    input: ({ UserPoolId }) => ({ UserPoolId }),
    check: (_, { CSVHeader = [] }) =>
      assert.ok(["cognito:username", "email", "custom:shoe"].every((column) => CSVHeader.includes(column))),
  },
  CreateUserImportJob: {
    exercised: "a job with a link that takes the file",
    input: ({ UserPoolId }) => ({ UserPoolId, JobName: "first", CloudWatchLogsRoleArn: ROLE }),
    async check(walk, { UserImportJob }) {
      walk.keep("job", UserImportJob?.JobId);
      assert.equal((await found(walk, walk.kept("job")))?.Status, "Created");
      await upload(walk, UserImportJob?.PreSignedUrl ?? "", ["ines", "ivan"]);
    },
  },
  StartUserImportJob: {
    exercised: "the users of the file imported",
    input: job,
    async check(walk) {
      assert.equal(await statusAtEnd(walk, walk.kept("job")), "Succeeded");
      assert.equal(await statusOf(walk, "ivan"), "RESET_REQUIRED");
    },
  },
  DescribeUserImportJob: {
    exercised: "how the job ended",
    input: job,
    check: (_, { UserImportJob }) =>
      assert.partialDeepStrictEqual(UserImportJob, { Status: "Succeeded", ImportedUsers: 2, FailedUsers: 0 }),
  },
  ListUserImportJobs: {
    exercised: "the jobs of a pool",
    input: ({ UserPoolId }) => ({ UserPoolId, MaxResults: 60 }),
    check: (walk, { UserImportJobs = [] }) =>
      assert.deepEqual(
        UserImportJobs.map(({ JobId, JobName }) => [JobId, JobName]),
        [[walk.kept("job"), "first"]],
      ),
  },
  StopUserImportJob: {
    exercised: "a job stopped before its end",
    async input(walk) {
      const { api, UserPoolId } = walk;
      const given = { UserPoolId, JobName: "long", CloudWatchLogsRoleArn: ROLE };
      const { UserImportJob } = await api("CreateUserImportJob", given);
      walk.keep("job", UserImportJob?.JobId);
      const usernames = Array.from({ length: MANY }, (_, index) => `row${index}`);
      await upload(walk, UserImportJob?.PreSignedUrl ?? "", usernames);
      await api("StartUserImportJob", job(walk));
      return job(walk);
    },
    async check(walk, { UserImportJob }) {
      assert.equal(UserImportJob?.Status, "Stopping");
      assert.equal(await statusAtEnd(walk, walk.kept("job")), "Stopped");
      assert.ok(((await found(walk, walk.kept("job")))?.ImportedUsers ?? MANY) < MANY);
    },
  },
  DeleteUserPoolClient: {
    exercised: "the client gone",
    input: ({ UserPoolId, ClientId }) => ({ UserPoolId, ClientId }),
    check: ({ api, UserPoolId, ClientId }) =>
      assert.rejects(api("DescribeUserPoolClient", { UserPoolId, ClientId }), /does not exist/),
  },
  DeleteUserPoolDomain: {
    exercised: "the domain gone, from its pool too",
    input: async ({ api, UserPoolId }) => {
      const { UserPool } = await api("DescribeUserPool", { UserPoolId });
      return { UserPoolId, Domain: UserPool?.Domain ?? "" };
    },
    async check({ api, UserPoolId }) {
      assert.equal((await api("DescribeUserPool", { UserPoolId })).UserPool?.Domain, undefined);
    },
  },
  DeleteUserPool: {
    exercised: "the pool gone with all that is in it",
    input: ({ UserPoolId }) => ({ UserPoolId }),
    check: ({ api, UserPoolId }) => assert.rejects(api("DescribeUserPool", { UserPoolId }), /does not exist/),
  },
} as const satisfies Partial<Steps>;
