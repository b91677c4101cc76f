import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { type Api, apiOf } from "../support/api.ts";
import { makePool, makeUser } from "../support/builders.ts";
import { DatabaseFacts } from "../support/database-facts.ts";
import { drawsFrom } from "../support/model-probe.ts";
import { residentMb } from "../support/process-figures.ts";
import { startServerProcess } from "../support/server-process.ts";
import { aRow, createJob, csv, finished, type Job, logOf, upload } from "../support/user-imports.ts";
import { sizes } from "./sizes.ts";

const MOST_MEMORY_MB = 100;
/** Every so many rows one fails. */
const FAILS_EVERY = 10;
const { importedRows: ROWS, importKills: KILLS } = sizes;
/** In the long form enough for a database larger than its cache of 64 MB. */
const WARM_UP_ROWS = Math.min(60_000, ROWS / 4);

const directories: string[] = [];
const newDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "cognate-import-"));
  directories.push(directory);
  return directory;
};
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

const isFailing = (index: number): boolean => index % FAILS_EVERY === FAILS_EVERY - 1;

/** A file of so many rows, of which one in ten fails, with values and bytes that are not plain. */
function fileOf(columns: readonly string[], rows: number): string {
  return csv(
    columns,
    Array.from({ length: rows }, (_, i) =>
      aRow(`user-${i}`, {
        name: `=HYPERLINK(Name ${i}) 😀`,
        address: "1 Main Street\\, Springfield",
        ...(isFailing(i) ? { email_verified: "FALSE" } : {}),
      }),
    ),
  );
}

const logLines = (rows: number): string[] =>
  Array.from({ length: rows }, (_, i) =>
    isFailing(i)
      ? `[FAILED] Line Number ${i + 2} - The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).`
      : `[SUCCEEDED] Line Number ${i + 2} - The import succeeded.`,
  );

async function prepared(api: Api, rows: number): Promise<Job> {
  const { Id: UserPoolId } = await makePool(api, {
    AutoVerifiedAttributes: ["email"],
    AliasAttributes: ["email"],
  });
  const { CSVHeader = [] } = await api("GetCSVHeader", { UserPoolId });
  const job = await createJob(api, UserPoolId);
  expect((await upload(job, fileOf(CSVHeader, rows))).status).toBe(200);
  return job;
}

/** Exactly the rows that are right are users, each with its alias, and the log has each line once and in order. */
function expectWhole(dataDir: string, job: Job, rows: number): void {
  const pool = `(select key from user_pool where id = '${job.UserPoolId}')`;
  const failed = Math.floor(rows / FAILS_EVERY);
  expect(job).toMatchObject({
    Status: "Succeeded",
    ImportedUsers: rows - failed,
    FailedUsers: failed,
    SkippedUsers: 0,
  });
  expect(logOf(dataDir, job)).toEqual(logLines(rows));
  const facts = new DatabaseFacts(dataDir);
  expect(facts.number(`select count(distinct username) from user_account where pool_key = ${pool}`)).toBe(
    rows - failed,
  );
  expect(facts.number(`select count(*) from user_alias where pool_key = ${pool}`)).toBe(rows - failed);
  expect(facts.number("select count(*) from user_import_run")).toBe(0);
  facts.close();
}

describe(`the import of ${ROWS} rows`, () => {
  it(
    `takes at most ${MOST_MEMORY_MB} MB more memory, and leaves others their turn`,
    async () => {
      const dataDir = newDirectory();
      const server = await startServerProcess({ dataDir });
      const api = apiOf(server);
      const { Id: otherPool } = await makePool(api);
      for (let i = 0; i < 50; i++) await makeUser(api, otherPool, `warm-${i}`);
      const idle = residentMb(server.pid);
      // A server that has worked before: its code is loaded, its database's cache is in use, and the engine's heap has the size that
      // work needs.
      const first = await prepared(api, WARM_UP_ROWS);
      await api("StartUserImportJob", { UserPoolId: first.UserPoolId ?? "", JobId: first.JobId });
      await finished(api, first.UserPoolId ?? "", first.JobId);
      const before = residentMb(server.pid);
      let most = 0;
      const sampler = setInterval(() => {
        most = Math.max(most, residentMb(server.pid)?.anonymous ?? 0);
      }, 50);
      const uploadedAt = performance.now();
      const job = await prepared(api, ROWS);
      const named = { UserPoolId: job.UserPoolId ?? "", JobId: job.JobId };
      const startedAt = performance.now();
      await api("StartUserImportJob", named);
      const waits: number[] = [];
      let end: Job;
      for (let i = 0; ; i++) {
        const { UserImportJob } = await api("DescribeUserImportJob", named);
        end = UserImportJob as Job;
        if (end.CompletionMessage !== undefined) break;
        const at = performance.now();
        await api("AdminUpdateUserAttributes", {
          UserPoolId: otherPool,
          Username: `warm-${i % 50}`,
          UserAttributes: [{ Name: "name", Value: `Name ${i}` }],
        });
        waits.push(performance.now() - at);
        await sleep(25);
      }
      const seconds = (performance.now() - startedAt) / 1000;
      clearInterval(sampler);
      waits.sort((a, b) => a - b);
      const wait = (share: number) => (waits[Math.floor(waits.length * share)] ?? 0).toFixed(0);
      const grown = most - (before?.anonymous ?? 0);
      console.log(
        `${ROWS} rows: uploaded in ${((startedAt - uploadedAt) / 1000).toFixed(1)} s, imported in ${seconds.toFixed(1)} s ` +
          `(${(ROWS / seconds).toFixed(0)} rows/s); memory grew by ${grown.toFixed(0)} MB ` +
          `(${(most - (idle?.anonymous ?? 0)).toFixed(0)} MB since the start, the database's cache of 64 MB included); ` +
          `${waits.length} other writes meanwhile took ${wait(0.5)} ms (median), ${wait(0.99)} ms (99th of 100)`,
      );
      await server.stop();
      expectWhole(dataDir, end, ROWS);
      if (before) expect(grown).toBeLessThanOrEqual(MOST_MEMORY_MB);
    },
    30 * 60_000,
  );
});

describe(`an import whose server is killed ${KILLS} times`, () => {
  it(
    "does each row once and logs each line once",
    async () => {
      const dataDir = newDirectory();
      const draw = drawsFrom(20_261_120);
      const rows = 4_000 * KILLS;
      let server = await startServerProcess({ dataDir });
      const job = await prepared(apiOf(server), rows);
      const named = { UserPoolId: job.UserPoolId ?? "", JobId: job.JobId };
      await apiOf(server)("StartUserImportJob", named);
      let kills = 0;
      let last = -1;
      for (;;) {
        await sleep(100 + draw() * 300);
        if (kills < KILLS) {
          server.signal("SIGKILL");
          await server.ended;
          kills++;
          server = await startServerProcess({ dataDir });
        }
        const { UserImportJob } = await apiOf(server)("DescribeUserImportJob", named);
        const done = (UserImportJob?.ImportedUsers ?? 0) + (UserImportJob?.FailedUsers ?? 0);
        // What was counted before a kill is counted after it.
        expect(done).toBeGreaterThanOrEqual(last);
        last = done;
        if (UserImportJob?.CompletionMessage === undefined) continue;
        console.log(`${rows} rows over ${kills} kills`);
        expect(kills).toBe(KILLS);
        await server.stop();
        expectWhole(dataDir, UserImportJob as Job, rows);
        break;
      }
    },
    30 * 60_000,
  );
});
