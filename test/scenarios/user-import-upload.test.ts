import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LARGEST_FILE_BYTES } from "../../src/domain/user-imports/index.ts";
import { type Api, apiOf } from "../support/api.ts";
import { closeWithinModel, makePool } from "../support/builders.ts";
import { aRow, createJob, csv, finished, type Job, upload } from "../support/user-imports.ts";
import { startWorld, type World } from "../support/world.ts";

describe("the upload of a CSV file", () => {
  let world: World;
  let api: Api;
  let UserPoolId: string;
  let columns: string[];

  beforeAll(async () => {
    world = await startWorld();
    api = apiOf(world);
    UserPoolId = (await makePool(api, { AutoVerifiedAttributes: ["email"] })).Id;
    columns = (await api("GetCSVHeader", { UserPoolId })).CSVHeader ?? [];
  });
  afterAll(() => closeWithinModel(world));

  /** Status and code of an answer in S3's form. */
  async function s3Answer(response: Response) {
    const text = await response.text();
    if (response.status !== 200) expect(response.headers.get("content-type")).toBe("application/xml");
    const [, code, message] = /<Error><Code>(.*?)<\/Code><Message>(.*?)<\/Message>/.exec(text) ?? [];
    return { status: response.status, code, message, text };
  }

  const put = async (url: string | URL, body: string = csv(columns, [aRow("ana")])) =>
    s3Answer(await fetch(url, { method: "PUT", body }));

  async function imported(job: Job): Promise<(string | undefined)[]> {
    await api("StartUserImportJob", { UserPoolId, JobId: job.JobId });
    const before = new Set((await api("ListUsers", { UserPoolId })).Users?.map((user) => user.Username));
    expect((await finished(api, UserPoolId, job.JobId)).Status).toBe("Succeeded");
    const { Users = [] } = await api("ListUsers", { UserPoolId });
    return Users.map((user) => user.Username).filter((name) => !before.has(name));
  }

  /** What the database holds of uploaded files. */
  async function keptFiles(job: Job): Promise<boolean> {
    const { store } = world.server.services;
    const pool = await store.userPools.find(UserPoolId);
    return Boolean(pool && (await store.userImports.find(pool.key, job.JobId))?.file);
  }

  it("needs no more than the link, which is the same whenever the job is described", async () => {
    const job = await createJob(api, UserPoolId);
    const { UserImportJob } = await api("DescribeUserImportJob", { UserPoolId, JobId: job.JobId });
    expect(UserImportJob?.PreSignedUrl).toBe(job.PreSignedUrl);
    const response = await upload(job, "x");
    expect(response.status).toBe(200);
    expect(response.headers.get("x-amz-server-side-encryption")).toBe("aws:kms");
    expect(await response.text()).toBe("");
    expect((await put(job.PreSignedUrl)).status).toBe(200);
  });

  it("is for the job, the time and the server's key that the link is for", async () => {
    const [job, other] = [await createJob(api, UserPoolId), await createJob(api, UserPoolId)];
    const changes: Record<string, (url: URL) => void> = {
      signature: (url) => url.searchParams.set("X-Amz-Signature", "0".repeat(64)),
      "half a signature": (url) =>
        url.searchParams.set("X-Amz-Signature", (url.searchParams.get("X-Amz-Signature") ?? "").slice(0, 32)),
      "no signature": (url) => url.searchParams.delete("X-Amz-Signature"),
      expiry: (url) => url.searchParams.set("X-Amz-Expires", "9000"),
      date: (url) => url.searchParams.set("X-Amz-Date", "20990101T000000Z"),
      job: (url) => {
        url.pathname = url.pathname.replace(job.JobId, other.JobId);
      },
      pool: (url) => {
        url.pathname = url.pathname.replace(UserPoolId, "us-east-1_other");
      },
    };
    for (const [what, change] of Object.entries(changes)) {
      const url = new URL(job.PreSignedUrl);
      change(url);
      expect(await put(url), what).toMatchObject({ status: 403, code: "SignatureDoesNotMatch" });
    }
    expect(await put(`${world.url}/user-imports/`)).toMatchObject({ status: 403, code: "AccessDenied" });
    expect(await keptFiles(job)).toBe(false);
    expect((await s3Answer(await fetch(job.PreSignedUrl))).status).toBe(405);
    expect((await put(job.PreSignedUrl)).status).toBe(200);
  });

  it("of which the last one counts", async () => {
    const job = await createJob(api, UserPoolId);
    await upload(job, csv(columns, [aRow("first")]));
    await upload(job, csv(columns, [aRow("second")]));
    expect(await imported(job)).toEqual(["second"]);
  });

  it("works for fifteen minutes", async () => {
    const job = await createJob(api, UserPoolId);
    await world.advanceSeconds(14 * 60);
    expect((await put(job.PreSignedUrl, csv(columns, [aRow("late")]))).status).toBe(200);
    await world.advanceSeconds(61);
    const answer = await put(job.PreSignedUrl, "x");
    expect(answer).toMatchObject({ status: 403, code: "AccessDenied", message: "Request has expired" });
    expect(answer.text).toMatch(/<X-Amz-Expires>900<\/X-Amz-Expires><Expires>.*Z<\/Expires><ServerTime>/);
    expect(await imported(job)).toEqual(["late"]);
  });

  it("is refused once the job is started or over", async () => {
    const job = await createJob(api, UserPoolId);
    await upload(job, csv(columns, [aRow("once")]));
    expect(await imported(job)).toEqual(["once"]);
    expect(await put(job.PreSignedUrl)).toMatchObject({ status: 403, code: "AccessDenied" });
    expect(await keptFiles(job)).toBe(false);
  });

  it("is refused beyond 100 MB, announced or not, and the file before stays", async () => {
    const job = await createJob(api, UserPoolId);
    await upload(job, csv(columns, [aRow("small")]));
    const large = LARGEST_FILE_BYTES + 1;
    const announced = await raw(job, `Content-Length: ${large}\r\n`, Buffer.from("x"));
    expect(announced).toMatch(/^HTTP\/1.1 400 [\s\S]*<Code>EntityTooLarge<\/Code>/);
    const piece = Buffer.alloc(1024 * 1024, "x\n");
    let sent = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent > LARGEST_FILE_BYTES) return controller.close();
        sent += piece.length;
        controller.enqueue(piece);
      },
    });
    const options = { method: "PUT", body: stream, duplex: "half" } as RequestInit;
    expect(await s3Answer(await fetch(job.PreSignedUrl, options))).toMatchObject({
      status: 400,
      code: "EntityTooLarge",
    });
    expect(await imported(job)).toEqual(["small"]);
  }, 60_000);

  it("that breaks off leaves the file before", async () => {
    const job = await createJob(api, UserPoolId);
    await upload(job, csv(columns, [aRow("whole")]));
    const socket = connect(Number(new URL(world.url).port), "127.0.0.1");
    socket.write(head(job, "Content-Length: 1000000\r\n"));
    socket.write("y".repeat(600_000));
    await sleep(100);
    socket.destroy();
    await sleep(100);
    expect(await imported(job)).toEqual(["whole"]);
  });

  it("may begin with the question whether to send it", async () => {
    const job = await createJob(api, UserPoolId);
    const file = Buffer.from(csv(columns, [aRow("asked")]));
    const answer = await raw(job, `Content-Length: ${file.length}\r\nExpect: 100-continue\r\n`, file);
    expect(answer).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK\r\n/);
    expect(await imported(job)).toEqual(["asked"]);
  });

  const head = (job: Job, headers: string) => {
    const { pathname, search, host } = new URL(job.PreSignedUrl);
    return `PUT ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n${headers}Connection: close\r\n\r\n`;
  };

  /** Everything that comes back to these bytes. */
  const raw = (job: Job, headers: string, body: Buffer) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(world.url).port), "127.0.0.1");
      let answer = "";
      socket.setEncoding("utf8").on("data", (text) => {
        answer += text;
      });
      socket.once("close", () => resolve(answer)).once("error", reject);
      socket.write(head(job, headers));
      socket.write(body);
    });
});
