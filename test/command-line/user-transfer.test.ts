import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hash as bcrypt } from "@node-rs/bcrypt";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canBeWritten, csvLine } from "../../src/cli/tasks/user-transfer/user-csv.ts";
import { csvFields } from "../../src/domain/user-imports/csv-fields.ts";
import { type Api, ApiRefusal, apiOf } from "../support/api.ts";
import { outerAddress, startApiProxy } from "../support/api-proxy.ts";
import { makeClient, makePool, makeUser, PASSWORD, signIn } from "../support/builders.ts";
import { runCommand, runOnTerminal, terminalMissing } from "../support/command-line.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let api: Api;
let directory: string;
beforeAll(async () => {
  world = await startWorld();
  api = apiOf(world);
  directory = mkdtempSync(join(tmpdir(), "cognate-users-"));
});
afterAll(async () => {
  await world.close();
  rmSync(directory, { recursive: true, force: true });
});

const user = (...args: string[]) => runCommand(["user", ...args, "--endpoint-url", world.url]);
const exportOf = (UserPoolId: string, ...args: string[]) => user("export", "--pool", UserPoolId, ...args);
const importInto = (UserPoolId: string, file: string, ...args: string[]) =>
  user("import", file, "--pool", UserPoolId, ...args);

let files = 0;
/** A file of its own for each test, so that reports do not meet. */
const fileOf = (extension: "csv" | "jsonl", lines: readonly (string | object)[]): string => {
  const file = join(directory, `users-${files++}.${extension}`);
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  writeFileSync(file, `${text.join("\n")}\n`);
  return file;
};
const reportOf = (file: string, UserPoolId: string): string => `${file}.${UserPoolId}.report.jsonl`;

interface ExportedUser {
  readonly username: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly status: string;
  readonly enabled: boolean;
  readonly groups?: readonly string[];
  readonly mfa?: object;
}

const parsed = (output: string): ExportedUser[] =>
  output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

const POOL = { AutoVerifiedAttributes: ["email" as const] };

describe("user export", () => {
  it("writes what the API shows of each user, a line of JSON each", async () => {
    const { Id: UserPoolId } = await makePool(api, {
      ...POOL,
      SmsConfiguration: { SnsCallerArn: "arn:aws:iam::123456789012:role/sms", ExternalId: "x" },
      MfaConfiguration: "OPTIONAL",
    });
    await api("CreateGroup", { UserPoolId, GroupName: "staff" });
    for (let index = 0; index < 70; index++) await makeUser(api, UserPoolId, `user${index}`);
    const named = { UserPoolId, Username: "ana" };
    await makeUser(api, UserPoolId, "ana", {
      password: PASSWORD,
      attributes: { name: 'A, "na"\n', phone_number: "+15550001" },
    });
    await api("AdminAddUserToGroup", { ...named, GroupName: "staff" });
    await api("AdminSetUserMFAPreference", {
      ...named,
      SMSMfaSettings: { Enabled: true, PreferredMfa: true },
    });
    await api("AdminDisableUser", named);
    const { status, output, errors } = await exportOf(UserPoolId, "--groups", "--mfa");
    expect(errors).toBe("");
    expect(status).toBe(0);
    const users = parsed(output);
    expect(new Set(users.map(({ username }) => username)).size).toBe(71);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(users.find(({ username }) => username === "ana")).toEqual({
      username: "ana",
      attributes: { sub: expect.any(String), name: 'A, "na"\n', phone_number: "+15550001" },
      status: "CONFIRMED",
      enabled: false,
      created: time,
      modified: time,
      groups: ["staff"],
      mfa: { enabled: ["SMS_MFA"], preferred: "SMS_MFA" },
    });
    const plain = parsed((await exportOf(UserPoolId)).output);
    expect(plain).toHaveLength(71);
    expect(plain[0]).not.toHaveProperty("groups");
  });

  it("writes CSV that Cognito's import takes, and names what CSV cannot hold", async () => {
    const { Id: UserPoolId } = await makePool(api, POOL);
    await makeUser(api, UserPoolId, "ana", {
      attributes: {
        name: "Ana, the first",
        birthdate: "1990-02-03",
        email: "ana@x.test",
        email_verified: "true",
      },
    });
    await makeUser(api, UserPoolId, "ben", {
      attributes: { address: "one\ntwo", email: "ben@x.test", email_verified: "true" },
    });
    const file = join(directory, "exported.csv");
    const { status, output, errors } = await exportOf(UserPoolId, "--output", file);
    expect(output).toBe("");
    expect(status).toBe(1);
    expect(errors).toMatch(/ben: left out, CSV cannot hold it: address\n/);
    const { CSVHeader } = await api("GetCSVHeader", { UserPoolId });
    const [header = "", ...rows] = readFileSync(file, "utf8").trim().split("\n");
    expect(header.split(",")).toEqual(CSVHeader);
    expect(rows[0]).toMatch(/^Ana\\, the first,.*,02\/03\/1990,.*,false,ana$/);
    const { Id: other } = await makePool(api, POOL);
    const imported = await importInto(other, file);
    expect(imported.errors).toMatch(
      /2 users into .* by import job, since the file has the columns of the import format/,
    );
    expect(imported).toMatchObject({ status: 0 });
    const [ana] = parsed((await exportOf(other, "--filter", 'username = "ana"')).output);
    expect(ana).toMatchObject({
      status: "RESET_REQUIRED",
      attributes: {
        name: "Ana, the first",
        birthdate: "1990-02-03",
        email: "ana@x.test",
        email_verified: "true",
      },
    });
  });

  it("writes lines of CSV that are read as they were written", () => {
    const value = fc.string({ unit: "grapheme" }).filter(canBeWritten);
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (fields) => {
        expect(csvFields(csvLine(fields).slice(0, -1))).toEqual(fields);
      }),
    );
  });

  it("leaves no part of a file behind when it cannot go on", async () => {
    const { Id } = await makePool(api);
    const file = join(directory, "no-such-directory", "users.jsonl");
    const missing = await exportOf(Id, "--output", file);
    expect(missing.status).toBe(1);
    const wrong = await exportOf(Id, "--filter", "nonsense");
    expect(wrong).toMatchObject({ status: 1, output: "" });
    expect(wrong.errors).toMatch(/^cognate: InvalidParameterException: [^\n]*\n$/);
    const there = join(directory, "broken.jsonl");
    await exportOf(Id, "--output", there, "--filter", "nonsense");
    expect(existsSync(there)).toBe(false);
    expect(existsSync(`${there}.partial`)).toBe(false);
  });
});

describe("user import", () => {
  it("makes users of JSON Lines, with passwords, groups and standing, and names each line that fails", async () => {
    const { Id: UserPoolId } = await makePool(api, POOL);
    await api("CreateGroup", { UserPoolId, GroupName: "staff" });
    await makeUser(api, UserPoolId, "taken");
    const lines = [
      { username: "ana", attributes: { email: "ana@x.test", email_verified: "true" }, password: PASSWORD },
      { username: "ben", attributes: {}, groups: ["staff"], enabled: false, temporary_password: PASSWORD },
      { username: "cleo", attributes: { nosuch: "x" } },
      "not json",
      { username: "taken", attributes: {} },
      { username: "dora", attributes: {}, password: "short" },
      { username: "eve", attributes: {}, groups: ["nobody"] },
    ];
    const file = fileOf("jsonl", lines);
    const { status, output, errors } = await importInto(UserPoolId, file);
    expect(status).toBe(1);
    expect(errors).toMatch(
      /one by one \(AdminCreateUser\), since: JSON Lines without password hashes; nobody is sent a message/,
    );
    const failures = errors.split("\n").filter((line) => line.startsWith("line "));
    expect(failures.toSorted()).toEqual([
      expect.stringMatching(/^line 3 \(cleo\): InvalidParameterException: /),
      "line 4: not a line of JSON",
      "line 5 (taken): UsernameExistsException: User account already exists",
      expect.stringMatching(/^line 6 \(dora\): InvalidPasswordException: /),
      "line 7 (eve): there is no group nobody",
    ]);
    expect(output).toBe(`2 imported, 5 failed; report: ${reportOf(file, UserPoolId)}\n`);
    expect(errors + output + readFileSync(reportOf(file, UserPoolId), "utf8")).not.toContain(PASSWORD);
    const client = await makeClient(api, UserPoolId);
    await signIn(api, client, "ana");
    const users = parsed((await exportOf(UserPoolId, "--groups")).output);
    expect(users.find(({ username }) => username === "ben")).toMatchObject({
      status: "FORCE_CHANGE_PASSWORD",
      enabled: false,
      groups: ["staff"],
    });
    expect(await world.inbox({ userPoolId: UserPoolId })).toEqual([]);
    // What was put right is done, and only that.
    await api("CreateGroup", { UserPoolId, GroupName: "nobody" });
    writeFileSync(
      file,
      `${[...lines.slice(0, 5), { username: "dora", attributes: {}, password: PASSWORD }, lines[6]]
        .map((line) => (typeof line === "string" ? line : JSON.stringify(line)))
        .join("\n")}\n`,
    );
    const again = await importInto(UserPoolId, file, "--json");
    expect(again.status).toBe(1);
    expect(JSON.parse(again.output)).toEqual({
      way: "calls",
      created: 2,
      before: 2,
      skipped: 0,
      failed: 3,
      report: reportOf(file, UserPoolId),
      leftBehind: [],
    });
    await signIn(api, client, "dora");
  });

  it("takes what export wrote, in a pool where people sign in with an address too", async () => {
    const addresses = { ...POOL, UsernameAttributes: ["email" as const] };
    const { Id: from } = await makePool(api, addresses);
    for (const name of ["ana", "ben"])
      await makeUser(api, from, `${name}@x.test`, {
        attributes: { email_verified: "true", name: `${name}\u2028\r,"` },
      });
    const file = join(directory, "addresses.jsonl");
    expect((await exportOf(from, "--output", file)).status).toBe(0);
    const { Id: to } = await makePool(api, addresses);
    expect((await importInto(to, file)).output).toMatch(/^2 imported;/);
    const attributesIn = async (pool: string) =>
      parsed((await exportOf(pool)).output)
        .map(({ attributes: { sub: _, ...others } }) => others)
        .toSorted((a, b) => ((a.email ?? "") < (b.email ?? "") ? -1 : 1));
    expect(await attributesIn(to)).toEqual(await attributesIn(from));
  });

  it("says what a line has that no call can give", async () => {
    const { Id } = await makePool(api, POOL);
    const file = fileOf("jsonl", [
      { username: "ana", attributes: {}, status: "CONFIRMED", mfa: { enabled: ["SOFTWARE_TOKEN_MFA"] } },
      { username: "ben", attributes: { identities: "[]" }, status: "CONFIRMED", password: PASSWORD },
      { username: "cleo", attributes: {}, status: "CONFIRMED" },
    ]);
    const { status, output } = await importInto(Id, file);
    expect(status).toBe(0);
    expect(output.split("\n").slice(1, -1).toSorted()).toEqual([
      expect.stringMatching(/^ {2}not imported: linked identities \(1\): /),
      expect.stringMatching(/^ {2}not imported: one-time passwords \(TOTP\) \(1\): /),
      expect.stringMatching(/^ {2}not imported: users who were CONFIRMED \(2\): .* FORCE_CHANGE_PASSWORD$/),
    ]);
  });

  it.each(["jsonl", "csv"] as const)("brings password hashes of %s by an import job", async (extension) => {
    const { Id: UserPoolId } = await makePool(api, POOL);
    await api("CreateGroup", { UserPoolId, GroupName: "staff" });
    const hash = await bcrypt(PASSWORD, { cost: 4 });
    const file =
      extension === "csv"
        ? fileOf("csv", [
            "cognito:username,email,email_verified,password_hash",
            `ana,ana@x.test,true,${hash}`,
            "ben,ben@x.test,true,nonsense",
          ])
        : fileOf("jsonl", [
            {
              username: "ana",
              attributes: { email: "ana@x.test", email_verified: "true" },
              password_hash: hash,
              groups: ["staff"],
            },
            {
              username: "ben",
              attributes: { email: "ben@x.test", email_verified: "true" },
              password_hash: "nonsense",
            },
          ]);
    const { status, output, errors } = await importInto(UserPoolId, file);
    expect(errors).toMatch(/by import job, since the file has password_hash \(BCRYPT\)/);
    expect(errors).toMatch(/import job import-\w+: (Succeeded|Failed): /);
    expect(output).toMatch(/^1 imported, 1 failed; /);
    expect(status).toBe(1);
    await signIn(api, await makeClient(api, UserPoolId), "ana");
    const [ana] = parsed((await exportOf(UserPoolId, "--groups")).output);
    expect(ana).toMatchObject({ username: "ana", groups: extension === "csv" ? [] : ["staff"] });
    // A second run finds the job over and uploads nothing.
    const again = await importInto(UserPoolId, file);
    expect(again.errors).not.toMatch(/import job import-\w+:/);
    expect(again.output).toMatch(/^1 imported, 1 failed; /);
    const { UserImportJobs = [] } = await api("ListUserImportJobs", { UserPoolId, MaxResults: 10 });
    expect(UserImportJobs).toHaveLength(1);
  });

  it("goes on where it was killed, and makes nobody and sends nothing twice", async () => {
    const USERS = 250;
    const { Id: UserPoolId } = await makePool(api, POOL);
    const lines = Array.from({ length: USERS }, (_, index) => ({
      username: `user${index}`,
      attributes: { email: `user${index}@x.test`, email_verified: "true" },
    }));
    const file = fileOf("jsonl", lines);
    const report = reportOf(file, UserPoolId);
    const done = () =>
      existsSync(report) ? (readFileSync(report, "utf8").match(/"done"/g)?.length ?? 0) : 0;
    const args = ["user", "import", file, "--pool", UserPoolId, "--invite", "--endpoint-url", world.url];
    for (const enough of [20, 120]) {
      const stopped = new AbortController();
      const timer = setInterval(() => done() >= enough && stopped.abort(), 2);
      const { status } = await runCommand(args, { signal: stopped.signal });
      clearInterval(timer);
      expect(status).not.toBe(0);
    }
    const before = done();
    expect(before).toBeLessThan(USERS);
    const { status, output } = await runCommand([...args, "--json"]);
    expect(status).toBe(0);
    const counts = JSON.parse(output);
    expect(counts).toMatchObject({ failed: 0, before });
    expect(counts.created + before).toBe(USERS);
    expect(parsed((await exportOf(UserPoolId)).output)).toHaveLength(USERS);
    const invited = (await world.inbox({ userPoolId: UserPoolId })).map(({ to }) => to);
    expect(invited.length).toBe(new Set(invited).size);
    expect(new Set(invited).size).toBe(USERS);
  }, 60_000);

  it("knows its own users again after answers were lost, and not those of others", async () => {
    const { Id: UserPoolId } = await makePool(api, POOL);
    await makeUser(api, UserPoolId, "user7", { attributes: { name: "somebody else" } });
    const lines = Array.from({ length: 40 }, (_, index) => ({
      username: `user${index}`,
      attributes: { name: `Number ${index}` },
      password: PASSWORD,
    }));
    const file = fileOf("jsonl", lines);
    const lost = new Set<string>();
    const proxy = await startApiProxy(world.url, {
      loses(operation, body) {
        const { Username = "" } = JSON.parse(body);
        if (operation !== "AdminCreateUser" || lost.has(Username) || !/7$/.test(Username)) return false;
        lost.add(Username);
        return true;
      },
    });
    const { status, output, errors } = await runCommand([
      ...["user", "import", file, "--pool", UserPoolId, "--endpoint-url", proxy.url, "--json"],
    ]);
    await proxy.close();
    expect([...lost].toSorted()).toEqual(["user17", "user27", "user37", "user7"]);
    expect(errors.match(/^line .*$/gm)).toEqual([
      "line 8 (user7): UsernameExistsException: User account already exists",
    ]);
    expect(JSON.parse(output)).toMatchObject({ created: 39, failed: 1 });
    expect(status).toBe(1);
  }, 60_000);

  it("says which usage it does not take, and does nothing then", async () => {
    const { Id: UserPoolId } = await makePool(api);
    const line = { username: "ana", attributes: {} };
    const hashed = { ...line, password_hash: "$2b$04$x" };
    const cases: [string, string[], RegExp][] = [
      [fileOf("jsonl", [line]), ["--invite", "--suppress"], /exclude each other/],
      [fileOf("csv", ["cognito:username,nosuch", "ana,x"]), [], /no attribute for the column nosuch/],
      [fileOf("csv", ["name", "ana"]), [], /no column cognito:username/],
      [fileOf("jsonl", [hashed]), [], /pools with auto-verified attributes/],
      [join(directory, "missing.jsonl"), [], /is not there/],
      [fileOf("jsonl", [line]), ["--format", "xml"], /csv or jsonl/],
    ];
    for (const [file, args, message] of cases) {
      const { status, output, errors } = await importInto(UserPoolId, file, ...args);
      expect(errors).toMatch(message);
      expect({ status, output }).toEqual({ status: 2, output: "" });
    }
    const { errors } = await user("import", fileOf("jsonl", [line]), "--supress");
    expect(errors).toMatch(/Did you mean --suppress\?/);
    expect(parsed((await exportOf(UserPoolId)).output)).toEqual([]);
  });

  it.skipIf(outerAddress === null || terminalMissing !== null)(
    `names a server elsewhere before it writes there, and asks (${terminalMissing ?? outerAddress ?? "no address but loopback"})`,
    async () => {
      const { Id: UserPoolId } = await makePool(api);
      const file = fileOf("jsonl", [{ username: "ana", attributes: {} }]);
      const proxy = await startApiProxy(world.url, {}, outerAddress ?? "");
      const env = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
      const args = ["user", "import", file, "--pool", UserPoolId, "--endpoint-url", proxy.url];
      const users = async () => parsed((await exportOf(UserPoolId)).output).map(({ username }) => username);

      const unasked = await runCommand(args, { env });
      expect(unasked).toMatchObject({ status: 2, output: "" });
      expect(unasked.errors).toBe(
        `at ${proxy.url} (us-east-1)\ncognate: nobody can be asked here: give --yes to go on\n`,
      );
      const question = `Import 1 users into pool (${UserPoolId})? [y/N] `;
      const refused = await runOnTerminal(args, { env, answers: [{ after: question, type: "n" }] });
      expect(refused.status).toBe(1);
      expect(await users()).toEqual([]);

      const agreed = await runOnTerminal(args, { env, answers: [{ after: question, type: "y" }] });
      expect(agreed.status).toBe(0);
      expect(await users()).toEqual(["ana"]);
      const { status, errors } = await runCommand([...args, "--yes"], { env });
      await proxy.close();
      expect(status).toBe(0);
      expect(errors).toMatch(`at ${proxy.url} (us-east-1)\n`);
    },
  );

  it.skipIf(terminalMissing !== null)(
    `shows how far it is on a terminal and on none else (${terminalMissing ?? "script is installed"})`,
    async () => {
      const { Id: UserPoolId } = await makePool(api);
      const lines = Array.from({ length: 60 }, (_, index) => ({ username: `user${index}`, attributes: {} }));
      const file = fileOf("jsonl", lines);
      const copy = `${file}.copy.jsonl`;
      copyFileSync(file, copy);
      const args = (which: string) => [
        "user",
        "import",
        which,
        "--pool",
        UserPoolId,
        "--endpoint-url",
        world.url,
      ];
      const seen = await runOnTerminal(args(file));
      expect(seen.output).toMatch(/users: \d+ of 60/);
      expect(seen.status).toBe(0);
      const piped = await runCommand(args(copy));
      expect(piped.errors + piped.output).not.toContain("\r");
    },
  );
});

describe("user import where the server limits creations", () => {
  const RATE = 25;
  const USERS = 4 * RATE;
  let limited: World;
  beforeAll(async () => {
    limited = await startWorld({ limits: { enabled: true, categories: { UserCreation: RATE } } });
  });
  afterAll(() => limited.close());

  /** As fast as the server lets a loop that asks again at once. */
  async function bareLoop(UserPoolId: string): Promise<number> {
    const call = apiOf(limited);
    const from = performance.now();
    for (let index = 0; index < USERS; ) {
      try {
        await call("AdminCreateUser", { UserPoolId, Username: `bare${index}`, MessageAction: "SUPPRESS" });
        index++;
      } catch (fault) {
        if (!(fault instanceof ApiRefusal) || fault.code !== "TooManyRequestsException") throw fault;
      }
    }
    return (performance.now() - from) / 1000;
  }

  it("holds the limit as a bare loop does, but for the second in which it learns the limit", async () => {
    const call = apiOf(limited);
    const { Id: UserPoolId } = await makePool(call, {});
    const bareSeconds = await bareLoop(UserPoolId);
    const lines = Array.from({ length: USERS }, (_, index) => ({ username: `user${index}`, attributes: {} }));
    const file = fileOf("jsonl", lines);
    const { status } = await runCommand([
      "user",
      "import",
      file,
      "--pool",
      UserPoolId,
      "--endpoint-url",
      limited.url,
    ]);
    expect(status).toBe(0);
    const { Users = [] } = await call("ListUsers", { UserPoolId, Filter: 'username ^= "user"' });
    expect(Users.length).toBe(60);
    const times = parsed(
      (await runCommand(["user", "export", "--pool", UserPoolId, "--endpoint-url", limited.url])).output,
    )
      .filter(({ username }) => username.startsWith("user"))
      .map((one) => Date.parse((one as unknown as { created: string }).created));
    const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
    console.log(
      `bare loop ${bareSeconds.toFixed(2)} s, import ${seconds.toFixed(2)} s for ${USERS} at ${RATE}/s`,
    );
    expect(times).toHaveLength(USERS);
    expect(seconds).toBeLessThan(bareSeconds * 1.1 + 1);
  }, 60_000);
});
