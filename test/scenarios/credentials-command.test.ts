import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { type RunningServer, startServer } from "../../src/server.ts";
import { openSqliteAudit } from "../../src/storage/audit-reader.ts";
import { allow, type Credentials, signedSend } from "../support/production.ts";
import { meanFaults } from "../support/watch-answers.ts";

const MAIN = resolve(import.meta.dirname, "../../src/main.ts");

describe("cognate credentials", () => {
  let directory: string;
  let dataDir: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "cognate-credentials-"));
    dataDir = join(directory, "data");
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const credentials = (...args: string[]) =>
    new Promise<{ status: number; output: string; errors: string }>((done) => {
      execFile(
        process.execPath,
        [MAIN, "credentials", ...args, "--data-dir", dataDir],
        { env: { PATH: process.env.PATH ?? "" } },
        (fault, output, errors) => done({ status: fault ? Number(fault.code) : 0, output, errors }),
      );
    });
  const file = (name: string, content: unknown): string => {
    const path = join(directory, name);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };
  const keyIn = (output: string): Credentials => ({
    accessKeyId: /^AWS_ACCESS_KEY_ID=(AKIA[A-Z2-7]{16})$/m.exec(output)?.[1] ?? "",
    secretAccessKey: /^AWS_SECRET_ACCESS_KEY=(\S{40})$/m.exec(output)?.[1] ?? "",
  });
  async function serving<T>(work: (server: RunningServer) => Promise<T>): Promise<T> {
    const server = await startServer(parseConfig({ port: 0, dataDir }), { logger: silentLogger });
    try {
      return await work(server);
    } finally {
      await server.close();
    }
  }
  const codes = (...calls: [Credentials, string, object][]) =>
    serving(async ({ url }) => {
      const answers: (string | null)[] = [];
      for (const [key, operation, input] of calls)
        answers.push((await signedSend(url, key, operation, input)).code);
      return answers;
    });
  const LIST = ["ListUserPools", { MaxResults: 1 }] as const;

  it("make users with policies, change these, replace keys and delete them, with effect at once", async () => {
    const policy = file("lister.json", allow("cognito-idp:ListUserPools"));
    const made = keyIn((await credentials("create", "--user", "ana", "--policy", policy)).output);
    // A database that has a principal gets no root key.
    expect(await serving(async ({ rootKey }) => rootKey)).toBeNull();
    expect(await codes([made, ...LIST], [made, "CreateUserPool", { PoolName: "p" }])).toEqual([
      null,
      "AccessDeniedException",
    ]);
    await credentials(
      "policy",
      "--user",
      "ana",
      "--policy",
      file("maker.json", allow("cognito-idp:CreateUserPool")),
    );
    expect(await codes([made, ...LIST], [made, "CreateUserPool", { PoolName: "p" }])).toEqual([
      "AccessDeniedException",
      null,
    ]);
    const replaced = keyIn((await credentials("rotate", "--access-key-id", made.accessKeyId)).output);
    const second = keyIn((await credentials("create", "--user", "ana")).output);
    const listed = (await credentials("list")).output;
    expect(
      listed
        .split("\n")
        .slice(0, 3)
        .map((line) => line.split("\t").slice(0, 3).join(" ")),
    ).toEqual([
      "PRINCIPAL POLICIES ACCESS KEY",
      ...[replaced.accessKeyId, second.accessKeyId].map(
        (id) => `arn:aws:iam::123456789012:user/ana maker ${id}`,
      ),
    ]);
    for (const { secretAccessKey } of [made, replaced, second]) expect(listed).not.toContain(secretAccessKey);
    expect((await credentials("create", "--user", "ana")).errors).toContain("ana has 2 access keys already");
    await credentials("delete", "--access-key-id", replaced.accessKeyId);
    const create = ["CreateUserPool", { PoolName: "p" }] as const;
    expect(await codes([made, ...create], [replaced, ...create], [second, ...create])).toEqual([
      "UnrecognizedClientException",
      "UnrecognizedClientException",
      null,
    ]);
    expect((await credentials("delete", "--user", "ana")).status).toBe(0);
    expect(await codes([second, ...create])).toEqual(["UnrecognizedClientException"]);
  });

  it("leave records of what they change, sealed, as CloudTrail names it, without secrets", {
    timeout: 90_000,
  }, async () => {
    const policy = (name: string) => file(`${name}.json`, allow("cognito-idp:ListUserPools"));
    const trust = file("trust.json", {
      Statement: { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" },
    });
    const made = keyIn((await credentials("create", "--user", "ana", "--policy", policy("one"))).output);
    await credentials("create", "--user", "ana", "--policy", policy("refused"));
    await credentials("policy", "--user", "ana", "--policy", policy("two"));
    const replaced = keyIn((await credentials("rotate", "--access-key-id", made.accessKeyId)).output);
    await credentials("delete", "--access-key-id", replaced.accessKeyId);
    await credentials("delete", "--user", "ana");
    await credentials("create", "--role", "r", "--trust-policy", trust);
    await credentials("policy", "--role", "r", "--trust-policy", trust);
    await credentials("list");
    const trail = openSqliteAudit(join(dataDir, "cognate.sqlite"));
    const found = (await trail.trail.search({ source: "iam.amazonaws.com" }, null, 100)).sort(
      (a, b) => a.occurredAt - b.occurredAt || a.position - b.position,
    );
    for (const node of new Set(found.map((record) => record.node))) {
      const newest = Math.max(
        ...found.filter((record) => record.node === node).map(({ position }) => position),
      );
      expect((await trail.trail.lastCheckpointOf(node))?.position).toBe(newest);
    }
    await trail.close();
    const records = found.map(({ record }) => JSON.parse(record));
    expect(
      records.map(({ eventName, requestParameters: p }) => [eventName, p.accessKeyId ?? p.policyName]),
    ).toEqual([
      ["CreateUser", undefined],
      ["PutUserPolicy", "one"],
      ["CreateAccessKey", undefined],
      ["PutUserPolicy", "two"],
      ["DeleteUserPolicy", "one"],
      ["DeleteAccessKey", made.accessKeyId],
      ["CreateAccessKey", undefined],
      ["DeleteAccessKey", replaced.accessKeyId],
      ["DeleteUser", undefined],
      ["CreateRole", undefined],
      ["UpdateAssumeRolePolicy", undefined],
    ]);
    expect(records[0]).toMatchObject({
      eventSource: "iam.amazonaws.com",
      userIdentity: {
        principalId: expect.stringContaining("cognate credentials"),
        accountId: "123456789012",
      },
      requestParameters: { userName: "ana" },
      recipientAccountId: "123456789012",
    });
    for (const { secretAccessKey } of [made, replaced])
      expect(JSON.stringify(records)).not.toContain(secretAccessKey);
  });

  it("make another root key for who lost it, and roles", async () => {
    const root = keyIn((await credentials("create", "--root")).output);
    expect(await codes([root, ...LIST])).toEqual([null]);
    const trust = file("trust.json", {
      Statement: { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" },
    });
    expect(
      (await credentials("create", "--role", "r", "--trust-policy", trust, "--max-session-seconds", "7200"))
        .output,
    ).toBe("arn:aws:iam::123456789012:role/r\n");
    expect((await credentials("create", "--role", "r", "--trust-policy", trust)).errors).toContain(
      "the role r exists already",
    );
    expect((await credentials("list")).output).toContain("role/r\tnothing\t-\t-");
  });

  it("keep secrets where only the key-encryption key opens them", async () => {
    const { secretAccessKey } = keyIn((await credentials("create", "--user", "ana")).output);
    for (const name of ["cognate.sqlite", "cognate.sqlite-wal"]) {
      const path = join(dataDir, name);
      if (!existsSync(path)) continue;
      const content = readFileSync(path);
      expect(content.includes(secretAccessKey)).toBe(false);
      expect(content.includes(Buffer.from(secretAccessKey, "base64"))).toBe(false);
    }
    writeFileSync(join(dataDir, "cognate.key"), Buffer.alloc(32, 7).toString("base64"));
    expect((await credentials("list")).errors).toContain(
      "the key-encryption key is not the one this database was made with",
    );
  });

  it("take no secret of one key for that of another", async () => {
    meanFaults();
    const [ana, ben] = [
      keyIn((await credentials("create", "--user", "ana")).output),
      keyIn((await credentials("create", "--user", "ben")).output),
    ];
    const status = await serving(async ({ url, services }) => {
      const { principals } = services.store;
      const found = await principals.byAccessKey(ben.accessKeyId);
      const other = await principals.byAccessKey(ana.accessKeyId);
      if (!found || !other) throw new Error("The keys are gone");
      await principals.removeAccessKey(ana.accessKeyId);
      await principals.insertAccessKey({ ...other.accessKey, sealedSecret: found.accessKey.sealedSecret });
      return (await signedSend(url, { ...ana, secretAccessKey: ben.secretAccessKey }, ...LIST)).status;
    });
    expect(status).toBe(500);
  });

  it.each([
    ["nobody", ["create"], /name one of --user NAME, --role NAME and --root/],
    ["two at once", ["create", "--user", "a", "--root"], /name one of/],
    ["a name that is none", ["create", "--user", "a b"], /a name has 1 to 64 letters/],
    ["a role without trust", ["create", "--role", "r"], /needs --trust-policy/],
    ["a file that is not there", ["create", "--user", "a", "--policy", "/nowhere.json"], /\/nowhere\.json/],
    [
      "a key that is not there",
      ["rotate", "--access-key-id", "AKIAABSENT"],
      /there is no access key AKIAABSENT/,
    ],
    [
      "a key that is not there, to delete",
      ["delete", "--access-key-id", "AKIAABSENT"],
      /there is no access key AKIAABSENT/,
    ],
    ["a user that is not there", ["delete", "--user", "x"], /there is no user x in account 123456789012/],
    [
      "an account that is none",
      ["create", "--user", "a", "--account", "1"],
      /accountId: must have 12 digits/,
    ],
  ])("refuse %s", async (_what, args, reason) => {
    const { status, output, errors } = await credentials(...args);
    expect(errors).toMatch(reason);
    expect([status === 0, output]).toEqual([false, ""]);
  });

  it("refuse a policy that IAM would not take, and store nothing of it", async () => {
    const policy = file("wrong.json", allow("ListUsers"));
    const { status, errors } = await credentials("create", "--user", "ana", "--policy", policy);
    expect(errors).toContain(
      "MalformedPolicyDocument: Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
    );
    expect(status).toBe(1);
    expect((await credentials("list")).output).not.toContain("ana");
  });

  it("say that a running server has the embedded database", async () => {
    const { errors, status } = await serving(() => credentials("list"));
    expect(errors).toContain("Another process uses the data file");
    expect(status).toBe(1);
  });
});
