import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { makePool } from "../support/builders.ts";
import { type Nodes, startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { aRow, createJob, csv, finished, type Job, logOf } from "../support/user-imports.ts";

const { url, reason } = inject("postgres");
const ROWS = 3_000;

describe.skipIf(url === null)(`user import on two nodes of one PostgreSQL ${reason}`, () => {
  let database: string;
  let nodes: Nodes;

  beforeAll(async () => {
    database = await createDatabase(url ?? "");
    nodes = await startNodes(database);
  });
  afterAll(async () => {
    await nodes.close();
    await dropDatabase(url ?? "", database);
  });

  /** A job with a file uploaded to the given node. */
  async function uploaded(node: 0 | 1, prefix: string) {
    const [a] = nodes.apis;
    const { Id: UserPoolId } = await makePool(a, { AutoVerifiedAttributes: ["email"] });
    const { CSVHeader = [] } = await a("GetCSVHeader", { UserPoolId });
    const job = await createJob(a, UserPoolId);
    const rows = Array.from({ length: ROWS }, (_, i) => aRow(`${prefix}${i}`));
    // The link names the address that both nodes are behind.
    const link = new URL(job.PreSignedUrl);
    expect(link.origin).toBe("http://nodes.test");
    const target = `${nodes.servers[node]?.url}${link.pathname}${link.search}`;
    expect((await fetch(target, { method: "PUT", body: csv(CSVHeader, rows) })).status).toBe(200);
    return { UserPoolId, job };
  }

  function expectWhole(job: Job): void {
    expect(job).toMatchObject({ Status: "Succeeded", ImportedUsers: ROWS, SkippedUsers: 0, FailedUsers: 0 });
    const lines = Array.from(
      { length: ROWS },
      (_, i) => `[SUCCEEDED] Line Number ${i + 2} - The import succeeded.`,
    );
    expect(logOf(nodes.dataDir, job)).toEqual(lines);
  }

  it("takes the file on one node and is started on the other, by one of many at once", async () => {
    const { UserPoolId, job } = await uploaded(1, "a");
    const starts = await nodes.race(10, (api) => api("StartUserImportJob", { UserPoolId, JobId: job.JobId }));
    expect(starts.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    expectWhole(await finished(nodes.apis[0], UserPoolId, job.JobId));
    const pool = await nodes.apis[1]("DescribeUserPool", { UserPoolId });
    expect(pool.UserPool?.EstimatedNumberOfUsers).toBe(ROWS);
  });

  it("goes on at the other node, behind the last row that is done, when one stops", async () => {
    const { UserPoolId, job } = await uploaded(0, "b");
    const [a, b] = nodes.apis;
    await a("StartUserImportJob", { UserPoolId, JobId: job.JobId });
    for (;;) {
      const { UserImportJob } = await b("DescribeUserImportJob", { UserPoolId, JobId: job.JobId });
      if ((UserImportJob?.ImportedUsers ?? 0) > 0) break;
      await sleep(5);
    }
    const [first, second] = nodes.servers;
    if (first) await nodes.stop(first);
    const { UserImportJob: left } = await b("DescribeUserImportJob", { UserPoolId, JobId: job.JobId });
    expect(left?.Status).toBe("InProgress");
    expect(left?.ImportedUsers).toBeLessThan(ROWS);
    second?.services.wakeUserImports();
    expectWhole(await finished(b, UserPoolId, job.JobId));
  });
});
