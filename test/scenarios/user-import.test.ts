import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateUserImportJobCommand,
  DescribeUserImportJobCommand,
  GetCSVHeaderCommand,
  ListUserImportJobsCommand,
  PreconditionNotMetException,
  StartUserImportJobCommand,
  StopUserImportJobCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CreateUserPoolRequest } from "../../src/api/generated/shapes.ts";
import { type Api, apiOf, race, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import {
  closeWithinModel,
  makeClient,
  makePool,
  makeUser,
  PASSWORD,
  startSignIn,
} from "../support/builders.ts";
import { named, OTHER_PASSWORD, OWN_SENDER, SMS } from "../support/scene.ts";
import {
  aRow,
  type CsvRow,
  createJob,
  csv,
  curl,
  finished,
  importCsv,
  logOf,
  ROLE,
  upload,
} from "../support/user-imports.ts";
import { startWorld, type World } from "../support/world.ts";

const ATTRIBUTES =
  "name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,website,email,email_verified,gender,birthdate,zoneinfo,locale,phone_number,phone_number_verified,address,updated_at";
const HEADER = [...ATTRIBUTES.split(","), "cognito:mfa_enabled", "cognito:username"];

describe("user import", () => {
  let world: World;
  let api: Api;

  beforeAll(async () => {
    world = await startWorld();
    api = apiOf(world);
  });
  afterAll(() => closeWithinModel(world));

  const emailPool = async (settings: Partial<CreateUserPoolRequest> = {}): Promise<string> =>
    (await makePool(api, { AutoVerifiedAttributes: ["email"], ...settings })).Id;

  const describeJob = async (UserPoolId: string, JobId: string) =>
    (await api("DescribeUserImportJob", { UserPoolId, JobId })).UserImportJob;

  const attributesOf = async (UserPoolId: string, Username: string) =>
    named((await api("AdminGetUser", { UserPoolId, Username })).UserAttributes);

  /** What each row was logged with, by username. */
  async function logged(settings: Partial<CreateUserPoolRequest>, rows: readonly CsvRow[], columns = HEADER) {
    const UserPoolId = await emailPool(settings);
    const job = await importCsv(api, UserPoolId, csv(columns, rows));
    const log = logOf(world.dataDir, job);
    return { UserPoolId, job, log: log.map((line) => line.replace(/ Line Number \d+ -/, "")) };
  }

  describe("through the SDK", () => {
    it("goes from the header to signed-in users", async () => {
      const client = world.client();
      const UserPoolId = await emailPool({
        Schema: [
          { Name: "team", AttributeDataType: "String" },
          { Name: "level", AttributeDataType: "Number" },
        ],
      });
      const { CSVHeader = [] } = await client.send(new GetCSVHeaderCommand({ UserPoolId }));
      expect(CSVHeader).toEqual([
        ...ATTRIBUTES.split(","),
        "custom:team",
        "custom:level",
        "cognito:mfa_enabled",
        "cognito:username",
      ]);
      const { UserImportJob: created } = await client.send(
        new CreateUserImportJobCommand({ UserPoolId, JobName: "first job", CloudWatchLogsRoleArn: ROLE }),
      );
      expect(created).toEqual({
        JobName: "first job",
        JobId: expect.stringMatching(/^import-[0-9a-zA-Z]{10}$/),
        UserPoolId,
        PreSignedUrl: expect.stringContaining(world.url),
        CreationDate: expect.any(Date),
        Status: "Created",
        CloudWatchLogsRoleArn: ROLE,
        ImportedUsers: 0,
        SkippedUsers: 0,
        FailedUsers: 0,
      });
      const JobId = created?.JobId ?? "";
      const rows = [
        aRow("ana", {
          "custom:team": "blue",
          "custom:level": "3",
          birthdate: "02/01/1985",
          address: "1 Main Street\\, Springfield",
          updated_at: "1471453471",
          name: "  Ana =1+1 ",
        }),
        aRow("ben", { email_verified: "FALSE" }),
        aRow("cora"),
      ];
      expect((await upload({ PreSignedUrl: created?.PreSignedUrl ?? "" }, csv(CSVHeader, rows))).status).toBe(
        200,
      );
      const { UserImportJob: started } = await client.send(
        new StartUserImportJobCommand({ UserPoolId, JobId }),
      );
      expect(started).toMatchObject({ Status: "Pending", StartDate: expect.any(Date) });
      await finished(api, UserPoolId, JobId);
      const { UserImportJob: done } = await client.send(
        new DescribeUserImportJobCommand({ UserPoolId, JobId }),
      );
      expect(done).toMatchObject({
        Status: "Succeeded",
        ImportedUsers: 2,
        SkippedUsers: 0,
        FailedUsers: 1,
        CompletionMessage: "Import Job Completed Successfully.",
        CompletionDate: expect.any(Date),
      });
      expect(logOf(world.dataDir, { UserPoolId, JobId, JobName: "first job" })).toEqual([
        "[SUCCEEDED] Line Number 2 - The import succeeded.",
        "[FAILED] Line Number 3 - The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).",
        "[SUCCEEDED] Line Number 4 - The import succeeded.",
      ]);
      const ana = await api("AdminGetUser", { UserPoolId, Username: "ana" });
      expect(ana).toMatchObject({ UserStatus: "RESET_REQUIRED", Enabled: true });
      const { sub, ...attributes } = named(ana.UserAttributes);
      expect(sub).toMatch(/^[0-9a-f-]{36}$/);
      expect(attributes).toEqual({
        name: "Ana =1+1",
        email: "ana@import.test",
        email_verified: "true",
        birthdate: "1985-02-01",
        address: "1 Main Street, Springfield",
        updated_at: "1471453471",
        "custom:team": "blue",
        "custom:level": "3",
      });
      await expect(client.send(new StartUserImportJobCommand({ UserPoolId, JobId }))).rejects.toBeInstanceOf(
        PreconditionNotMetException,
      );
      await expect(client.send(new StopUserImportJobCommand({ UserPoolId, JobId }))).rejects.toBeInstanceOf(
        PreconditionNotMetException,
      );
    });

    it("lists jobs newest first, page by page", async () => {
      const client = world.client();
      const UserPoolId = await emailPool();
      const ids: (string | undefined)[] = [];
      for (let i = 0; i < 5; i++)
        ids.unshift((await createJob(api, UserPoolId, { JobName: `job ${i}` })).JobId);
      const listed: (string | undefined)[] = [];
      let PaginationToken: string | undefined;
      let pages = 0;
      do {
        const page = await client.send(
          new ListUserImportJobsCommand({ UserPoolId, MaxResults: 2, PaginationToken }),
        );
        listed.push(...(page.UserImportJobs ?? []).map((job) => job.JobId));
        PaginationToken = page.PaginationToken;
        pages++;
      } while (PaginationToken !== undefined);
      expect(pages).toBe(3);
      expect(listed).toEqual(ids);
      expect(await api("ListUserImportJobs", { UserPoolId: await emailPool(), MaxResults: 60 })).toEqual({
        UserImportJobs: [],
      });
      expect(
        await refusal(api("ListUserImportJobs", { UserPoolId, MaxResults: 1, PaginationToken: "none" })),
      ).toMatch(/^InvalidParameterException: /);
    });
  });

  it.skipIf(awsCliMissing)(`works with the AWS CLI and curl ${awsCliMissing ?? ""}`, async (context) => {
    const aws = awsCli(world.url);
    const UserPoolId = await emailPool();
    const pool = ["--user-pool-id", UserPoolId];
    const created = await aws(
      "create-user-import-job",
      ...pool,
      ...["--job-name", "cli", "--cloud-watch-logs-role-arn", ROLE],
    );
    const { JobId, PreSignedUrl } = created.output.UserImportJob;
    const job = [...pool, "--job-id", JobId];
    const early = await aws("start-user-import-job", ...job);
    expect(early).toMatchObject({
      errorCode: "PreconditionNotMetException",
      errorMessage: `No csv file was uploaded for ${JobId}`,
    });
    const header = (await aws("get-csv-header", ...pool)).output.CSVHeader;
    const file = join(world.dataDir, "users.csv");
    // More than a megabyte, so that curl asks whether to send it (Expect: 100-continue).
    const rows = ["ana", "ben", "cora"].map((name) => aRow(name));
    writeFileSync(file, csv(header, rows) + "\n".repeat(1_200_000));
    const sent = await curl("-v", "-T", file, "-H", "x-amz-server-side-encryption:aws:kms", PreSignedUrl);
    if (sent === null) return context.skip("curl is not installed");
    expect(sent.output).toContain("200 OK");
    expect(sent.output).toMatch(/completely uploaded/i);
    expect((await aws("start-user-import-job", ...job)).output.UserImportJob.Status).toBe("Pending");
    await finished(api, UserPoolId, JobId);
    const { output } = await aws("describe-user-import-job", ...job);
    expect(output.UserImportJob).toMatchObject({ Status: "Succeeded", ImportedUsers: 3, JobName: "cli" });
    const listed = await aws("list-user-import-jobs", ...pool, "--max-results", "10");
    expect(listed.output.UserImportJobs).toHaveLength(1);
    rmSync(file);
  });

  describe("a row", () => {
    it("may have its columns in any order, with line ends of either kind and blank lines between", async () => {
      const columns = [...HEADER].reverse();
      const text = csv(columns, [aRow("ana"), aRow("ben")]).replaceAll("\n", "\r\n\r\n");
      const UserPoolId = await emailPool();
      const job = await importCsv(api, UserPoolId, text.trimEnd());
      expect(job).toMatchObject({ Status: "Succeeded", ImportedUsers: 2 });
      expect(logOf(world.dataDir, job)[1]).toBe("[SUCCEEDED] Line Number 5 - The import succeeded.");
    });

    it("of a user who exists is skipped, in the same file too, and changes nothing", async () => {
      const UserPoolId = await emailPool();
      await makeUser(api, UserPoolId, "ana", { password: PASSWORD, attributes: { name: "Ana" } });
      const job = await importCsv(
        api,
        UserPoolId,
        csv(HEADER, [
          aRow("ana", { name: "Other" }),
          aRow("ben"),
          aRow("cora"),
          aRow("ben", { name: "Other" }),
        ]),
      );
      expect(job).toMatchObject({ ImportedUsers: 2, SkippedUsers: 2, FailedUsers: 0, Status: "Succeeded" });
      expect(logOf(world.dataDir, job).filter((line) => line.startsWith("[SKIPPED]"))).toEqual([
        "[SKIPPED] Line Number 2 - The user already exists.",
        "[SKIPPED] Line Number 5 - The user already exists.",
      ]);
      expect((await attributesOf(UserPoolId, "ana")).name).toBe("Ana");
      expect((await attributesOf(UserPoolId, "ben")).name).toBeUndefined();
    });

    it.each<[string, CsvRow, RegExp]>([
      ["without a username", { "cognito:username": "" }, /cognito:username is required/],
      ["with a space in the username", { "cognito:username": "a b" }, /spaces or tabs/],
      [
        "with a birthdate in another format",
        { birthdate: "1985-02-01" },
        /birthdate must be in the format mm\/dd\/yyyy/,
      ],
      ["with a birthdate that is no day", { birthdate: "02/30/1985" }, /birthdate/],
      [
        "with updated_at that is no epoch time",
        { updated_at: "2016-08-17" },
        /updated_at must be epoch time/,
      ],
      ["with an address that is none", { email: "nobody" }, /Invalid email address format/],
      [
        "with a verified phone number and no number",
        { phone_number_verified: "true" },
        /phone_number is required/,
      ],
      ["with a flag that is neither", { email_verified: "yes" }, /email_verified: Boolean/],
      [
        "with a custom attribute that is too long",
        { "custom:team": "123456" },
        /custom:team: String must be no longer than 5/,
      ],
      [
        "with MFA on in a pool without",
        { "cognito:mfa_enabled": "TRUE" },
        /cognito:mfa_enabled must be false/,
      ],
      [
        "with MFA neither on nor off",
        { "cognito:mfa_enabled": "1" },
        /cognito:mfa_enabled must be true or false/,
      ],
    ])("%s fails alone", async (_, fields, reason) => {
      const { log, job } = await logged(
        {
          Schema: [
            { Name: "team", AttributeDataType: "String", StringAttributeConstraints: { MaxLength: "5" } },
          ],
        },
        [aRow("ana"), aRow("ben", fields), aRow("cora")],
        [...HEADER, "custom:team"],
      );
      expect(job).toMatchObject({ Status: "Succeeded", ImportedUsers: 2, FailedUsers: 1 });
      expect(log[0]).toBe("[SUCCEEDED] The import succeeded.");
      expect(log[1]).toMatch(/^\[FAILED\] /);
      expect(log[1]).toMatch(reason);
    });

    it("says nothing of anybody in the log", async () => {
      const { log } = await logged({}, [
        aRow("ana"),
        aRow("secretname", { email: "secret value", birthdate: "01/01/1970" }),
        aRow("cora", { updated_at: "secret" }),
        aRow("dora", { email: "secret@import.test", name: "secret", email_verified: "no" }),
        aRow("emil"),
        aRow("fred"),
      ]);
      expect(log.join()).not.toMatch(/secret|@/);
    });

    it("needs as many values as there are columns, in UTF-8, within 16,000 characters", async () => {
      const UserPoolId = await emailPool();
      const lines = [
        csv(HEADER, [aRow("ana")]),
        `${csv(HEADER, [aRow("ben")]).split("\n")[1]},\n`,
        csv(HEADER, [aRow("cora", { name: "Côra 😀" })]).split("\n")[1],
        "\n",
        csv(HEADER, [aRow("dora", { address: "x".repeat(16_000) })]).split("\n")[1],
        "\n",
        csv(HEADER, [aRow("emil")]).split("\n")[1],
      ].join("");
      const text = Buffer.from(lines);
      const latin = Buffer.from(
        `\n${csv(HEADER, [aRow("fred", { name: "Jos\xe9" })]).split("\n")[1]}\n`,
        "latin1",
      );
      const job = await importCsv(api, UserPoolId, Buffer.concat([text, latin]));
      expect(
        logOf(world.dataDir, job).map((line) => line.replace(/(\[FAILED\] Line Number \d+).*/, "$1")),
      ).toEqual([
        "[SUCCEEDED] Line Number 2 - The import succeeded.",
        "[FAILED] Line Number 3",
        "[SUCCEEDED] Line Number 4 - The import succeeded.",
        "[FAILED] Line Number 5",
        "[SUCCEEDED] Line Number 6 - The import succeeded.",
        "[FAILED] Line Number 7",
      ]);
      expect((await attributesOf(UserPoolId, "cora")).name).toBe("Côra 😀");
    });

    it("needs the attributes that the pool requires", async () => {
      const { log, UserPoolId } = await logged(
        { Schema: [{ Name: "family_name", Required: true, Mutable: true }] },
        [aRow("ana", { family_name: "A" }), aRow("ben"), aRow("cora", { family_name: "C" })],
      );
      expect(log[1]).toMatch(/^\[FAILED\] .*family_name: The attribute is required/);
      expect(await refusal(api("AdminGetUser", { UserPoolId, Username: "ben" }))).toMatch(
        /^UserNotFoundException/,
      );
    });

    it("needs one of the pool's auto-verified attributes, not another", async () => {
      const verified = { phone_number: "+15550100", phone_number_verified: "true" };
      const { log } = await logged({ AutoVerifiedAttributes: ["phone_number"], SmsConfiguration: SMS }, [
        aRow("ana", verified),
        aRow("ben"),
        aRow("cora", { ...verified, email_verified: "" }),
      ]);
      expect(log.map((line) => line.slice(0, 11))).toEqual(["[SUCCEEDED]", "[FAILED] Th", "[SUCCEEDED]"]);
    });

    it("fails whose verified alias another user has, and takes no alias from anybody", async () => {
      const UserPoolId = await emailPool({ AliasAttributes: ["email"] });
      await makeUser(api, UserPoolId, "owner", {
        attributes: { email: "ana@import.test", email_verified: "true" },
      });
      const job = await importCsv(
        api,
        UserPoolId,
        csv(HEADER, [aRow("ana"), aRow("ben"), aRow("cora"), aRow("mail@import.test")]),
      );
      const log = logOf(world.dataDir, job);
      expect(log[0]).toBe("[FAILED] Line Number 2 - An account with the given email already exists.");
      expect(log[3]).toMatch(/^\[FAILED\] .*Username cannot be of email format/);
      expect((await api("AdminGetUser", { UserPoolId, Username: "ana@import.test" })).Username).toBe("owner");
      expect((await api("AdminGetUser", { UserPoolId, Username: "ben@import.test" })).Username).toBe("ben");
    });

    it("has the address as username where people sign in with it, and skips who is there", async () => {
      const UserPoolId = await emailPool({ UsernameAttributes: ["email"] });
      const rows = ["ana", "ben", "ana"].map((name) =>
        aRow(name, { "cognito:username": `${name}@import.test`, email: "" }),
      );
      const job = await importCsv(
        api,
        UserPoolId,
        csv(HEADER, [...rows, aRow("cora"), aRow("x@import.test")]),
      );
      expect(logOf(world.dataDir, job).map((line) => line.slice(0, 10))).toEqual([
        "[SUCCEEDED",
        "[SUCCEEDED",
        "[SKIPPED] ",
        "[FAILED] L",
        "[FAILED] L",
      ]);
      const { Username, UserAttributes } = await api("AdminGetUser", {
        UserPoolId,
        Username: "ana@import.test",
      });
      expect(Username).toBe(named(UserAttributes).sub);
      expect(job.Status).toBe("Failed");
    });

    it("distinguishes case where the pool does", async () => {
      const insensitive = await logged({ UsernameConfiguration: { CaseSensitive: false } }, [
        aRow("Ana"),
        aRow("ana"),
        aRow("ben"),
      ]);
      expect(insensitive.job).toMatchObject({ ImportedUsers: 2, SkippedUsers: 1 });
      expect((await logged({}, [aRow("Ana"), aRow("ana")])).job.ImportedUsers).toBe(2);
    });
  });

  describe("MFA", () => {
    const SECOND_FACTORS = {
      MfaConfiguration: "OPTIONAL",
      SmsMfaConfiguration: { SmsConfiguration: SMS },
    } as const;

    async function withMfa(mode: "ON" | "OPTIONAL", rows: readonly CsvRow[]) {
      const UserPoolId = await emailPool({ EmailConfiguration: OWN_SENDER });
      await api("SetUserPoolMfaConfig", { UserPoolId, ...SECOND_FACTORS, MfaConfiguration: mode });
      const job = await importCsv(api, UserPoolId, csv(HEADER, rows));
      return { UserPoolId, job };
    }
    const phone = { phone_number: "+15550100" };

    it("may be given as it must be, or left blank", async () => {
      const { job } = await withMfa("ON", [
        aRow("ana", { "cognito:mfa_enabled": "True" }),
        aRow("ben", { "cognito:mfa_enabled": "" }),
        aRow("cora", { "cognito:mfa_enabled": "false" }),
      ]);
      expect(logOf(world.dataDir, job).map((line) => line.slice(1, 7))).toEqual([
        "SUCCEE",
        "SUCCEE",
        "FAILED",
      ]);
    });

    it("is turned on for whom it says where each user decides", async () => {
      const { UserPoolId } = await withMfa("OPTIONAL", [
        aRow("ana", { "cognito:mfa_enabled": "TRUE", ...phone }),
        aRow("ben", { "cognito:mfa_enabled": "FALSE", ...phone }),
        aRow("cora", { "cognito:mfa_enabled": "", ...phone }),
      ]);
      const factors = async (Username: string) =>
        (await api("AdminGetUser", { UserPoolId, Username })).UserMFASettingList;
      expect(await factors("ana")).toEqual(["SMS_MFA"]);
      expect(await factors("ben")).toBeUndefined();
      expect(await factors("cora")).toBeUndefined();
    });
  });

  describe("imported users", () => {
    it("reset their password before they sign in", async () => {
      const UserPoolId = await emailPool();
      await importCsv(api, UserPoolId, csv(HEADER, [aRow("ana")]));
      const legacy = await makeClient(api, UserPoolId, { PreventUserExistenceErrors: "LEGACY" });
      const hiding = await makeClient(api, UserPoolId, { PreventUserExistenceErrors: "ENABLED" });
      expect(await refusal(startSignIn(api, legacy, "ana"))).toBe(
        "PasswordResetRequiredException: Password reset required for the user",
      );
      expect(await refusal(startSignIn(api, hiding, "ana"))).toBe(
        "NotAuthorizedException: Incorrect username or password.",
      );
      const { ClientId } = hiding;
      const { CodeDeliveryDetails } = await api("ForgotPassword", { ClientId, Username: "ana" });
      expect(CodeDeliveryDetails?.AttributeName).toBe("email");
      const { code: ConfirmationCode } = await world.lastMessage("ana@import.test");
      await api("ConfirmForgotPassword", {
        ClientId,
        Username: "ana",
        Password: OTHER_PASSWORD,
        ConfirmationCode,
      });
      expect((await startSignIn(api, hiding, "ana", OTHER_PASSWORD)).AuthenticationResult).toBeDefined();
    });

    it("sign in by code at once where the pool allows it", async () => {
      const UserPoolId = await emailPool({
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
      });
      await importCsv(api, UserPoolId, csv(HEADER, [aRow("otto")]));
      const { ClientId } = await makeClient(api, UserPoolId, { ExplicitAuthFlows: ["ALLOW_USER_AUTH"] });
      expect((await api("AdminGetUser", { UserPoolId, Username: "otto" })).UserStatus).toBe("CONFIRMED");
      const { ChallengeName, Session } = await api("InitiateAuth", {
        ClientId,
        AuthFlow: "USER_AUTH",
        AuthParameters: { USERNAME: "otto" },
      });
      expect(ChallengeName).toBe("EMAIL_OTP");
      const { code } = await world.lastMessage("otto@import.test");
      const answer = await api("RespondToAuthChallenge", {
        ClientId,
        ChallengeName: "EMAIL_OTP",
        ...(Session ? { Session } : {}),
        ChallengeResponses: { USERNAME: "otto", EMAIL_OTP_CODE: code },
      });
      expect(answer.AuthenticationResult).toBeDefined();
    });

    it("get no message", async () => {
      const UserPoolId = await emailPool();
      await importCsv(api, UserPoolId, csv(HEADER, [aRow("quiet")]));
      expect(await world.inbox({ userPoolId: UserPoolId })).toEqual([]);
    });
  });

  describe("a file", () => {
    it.each<[string, (columns: readonly string[]) => string]>([
      ["that is empty", () => ""],
      ["without a column", (columns) => csv(columns.slice(1), [aRow("ana")])],
      [
        "with a column that is none of the pool's",
        (columns) => csv([...columns, "custom:none"], [aRow("ana")]),
      ],
      ["with a column twice", (columns) => csv([...columns, "email"], [aRow("ana")])],
      ["with a byte order mark", (columns) => `\ufeff${csv(columns, [aRow("ana")])}`],
      [
        "whose header is in quotation marks",
        (columns) =>
          csv(
            columns.map((c) => `"${c}"`),
            [aRow("ana")],
          ),
      ],
      ["with sub as a column", (columns) => csv([...columns, "sub"], [aRow("ana")])],
    ])("%s fails the job", async (_, text) => {
      const UserPoolId = await emailPool();
      const job = await importCsv(api, UserPoolId, text(HEADER));
      expect(job).toMatchObject({ Status: "Failed", ImportedUsers: 0, FailedUsers: 0 });
      expect(job.CompletionMessage).toMatch(/header/);
      expect((await api("ListUsers", { UserPoolId })).Users).toEqual([]);
    });

    it("of which most rows fail or are skipped fails the job at its end", async () => {
      const rows = [aRow("ana"), aRow("ben", { email: "" }), aRow("cora", { email: "" })];
      const { job } = await logged({}, rows);
      expect(job).toMatchObject({
        Status: "Failed",
        ImportedUsers: 1,
        FailedUsers: 2,
        CompletionMessage: "Too many users have failed or been skipped during the import.",
      });
    });

    it("with more than 500,000 rows fails the job before the first", async () => {
      const UserPoolId = await emailPool();
      const job = await importCsv(api, UserPoolId, `${csv(HEADER, [aRow("ana")])}${"x\n".repeat(500_000)}`);
      expect(job).toMatchObject({ Status: "Failed", ImportedUsers: 0, FailedUsers: 0 });
      expect(job.CompletionMessage).toMatch(/500000/);
    });
  });

  describe("a job", () => {
    it("belongs to its pool", async () => {
      const [one, other] = [await emailPool(), await emailPool()];
      const { JobId } = await createJob(api, one);
      for (const operation of ["DescribeUserImportJob", "StartUserImportJob", "StopUserImportJob"] as const) {
        expect(await refusal(api(operation, { UserPoolId: other, JobId }))).toMatch(
          /^ResourceNotFoundException: /,
        );
        expect(await refusal(api(operation, { UserPoolId: "us-east-1_none", JobId }))).toBe(
          "ResourceNotFoundException: User pool us-east-1_none does not exist.",
        );
      }
      expect((await describeJob(one, JobId))?.Status).toBe("Created");
    });

    it("does not start without an auto-verified attribute in the pool, nor without a file", async () => {
      const { Id: UserPoolId } = await makePool(api);
      const job = await createJob(api, UserPoolId);
      await upload(job, csv(HEADER, [aRow("ana")]));
      const start = () => api("StartUserImportJob", { UserPoolId, JobId: job.JobId });
      expect(await refusal(start())).toMatch(/^PreconditionNotMetException: .*auto verified/);
      const empty = await createJob(api, await emailPool());
      expect(
        await refusal(api("StartUserImportJob", { UserPoolId: empty.UserPoolId ?? "", JobId: empty.JobId })),
      ).toBe(`PreconditionNotMetException: No csv file was uploaded for ${empty.JobId}`);
    });

    it("shows its counts while it runs, keeps the pool as it is, stops when told, and leaves the next one its turn", async () => {
      const UserPoolId = await emailPool();
      const rows = Array.from({ length: 30_000 }, (_, i) => aRow(`u${i}`));
      const job = await createJob(api, UserPoolId);
      const { JobId } = job;
      await upload(job, csv(HEADER, rows));
      const other = await createJob(api, await emailPool());
      await upload(other, csv(HEADER, [aRow("ana")]));
      const startOther = () =>
        api("StartUserImportJob", { UserPoolId: other.UserPoolId ?? "", JobId: other.JobId });

      const starts = await race(
        Array.from({ length: 5 }, () => api("StartUserImportJob", { UserPoolId, JobId })),
      );
      expect(starts.won).toBe(1);
      expect(starts.refusals.every((one) => one.startsWith("PreconditionNotMetException: "))).toBe(true);
      expect(await refusal(startOther())).toMatch(/^PreconditionNotMetException: .*only one/);
      const inProgress = /^UserImportInProgressException: /;
      expect(await refusal(api("UpdateUserPool", { UserPoolId }))).toMatch(inProgress);
      expect(
        await refusal(
          api("AddCustomAttributes", {
            UserPoolId,
            CustomAttributes: [{ Name: "x", AttributeDataType: "String" }],
          }),
        ),
      ).toMatch(inProgress);
      expect(await refusal(api("DeleteUserPool", { UserPoolId }))).toMatch(inProgress);
      expect((await upload(job, "late")).status).toBe(403);

      const seen = new Set<number>();
      while (seen.size < 4) {
        const running = await describeJob(UserPoolId, JobId);
        expect(running?.Status === "Pending" || running?.Status === "InProgress").toBe(true);
        seen.add(running?.ImportedUsers ?? 0);
        await sleep(20);
      }
      const stopped = await api("StopUserImportJob", { UserPoolId, JobId });
      expect(stopped.UserImportJob?.Status).toBe("Stopping");
      const end = await finished(api, UserPoolId, JobId);
      expect(end).toMatchObject({
        Status: "Stopped",
        CompletionMessage: "The Import Job was stopped by the developer.",
      });
      const imported = end.ImportedUsers ?? 0;
      expect(imported).toBeLessThan(rows.length);
      expect(logOf(world.dataDir, end)).toHaveLength(imported);
      const pool = await api("DescribeUserPool", { UserPoolId });
      expect(pool.UserPool?.EstimatedNumberOfUsers).toBe(imported);

      await startOther();
      expect((await finished(api, other.UserPoolId ?? "", other.JobId)).Status).toBe("Succeeded");
      await api("DeleteUserPool", { UserPoolId });
      expect(await refusal(api("DescribeUserImportJob", { UserPoolId, JobId }))).toMatch(/does not exist/);
    });

    it("keeps its name and the pool's inside the directory of logs", async () => {
      const { Id: UserPoolId } = await makePool(api, { PoolName: "..", AutoVerifiedAttributes: ["email"] });
      const job = await importCsv(api, UserPoolId, csv(HEADER, [aRow("ana")]), { JobName: ".." });
      expect(logOf(world.dataDir, { ...job, JobName: ".." }, "%2E%2E")).toHaveLength(1);
    });

    it("expires when it is not started within a day, and its file with it", async () => {
      const UserPoolId = await emailPool();
      const job = await createJob(api, UserPoolId);
      const { JobId } = job;
      await upload(job, csv(HEADER, [aRow("ana")]));
      await world.advanceSeconds(24 * 3600 - 60);
      expect((await describeJob(UserPoolId, JobId))?.Status).toBe("Created");
      await world.advanceSeconds(61);
      const expired = { Status: "Expired", CompletionMessage: "The user import job has expired." };
      expect(await describeJob(UserPoolId, JobId)).toMatchObject(expired);
      const { UserImportJobs } = await api("ListUserImportJobs", { UserPoolId, MaxResults: 1 });
      expect(UserImportJobs?.[0]).toMatchObject(expired);
      expect(await refusal(api("StartUserImportJob", { UserPoolId, JobId }))).toMatch(
        /^PreconditionNotMetException/,
      );
      const { store, wakeUserImports } = world.server.services;
      const pool = await store.userPools.find(UserPoolId);
      if (!pool) throw new Error("the pool is gone");
      expect((await store.userImports.find(pool.key, JobId))?.file).not.toBeNull();
      wakeUserImports();
      while ((await store.userImports.find(pool.key, JobId))?.status !== "Expired") await sleep(10);
      expect((await store.userImports.find(pool.key, JobId))?.file).toBeNull();
      expect(await describeJob(UserPoolId, JobId)).toMatchObject(expired);
    });

    it("is one of a thousand that a pool keeps", async () => {
      const UserPoolId = await emailPool();
      const { store, identifiers } = world.server.services;
      const { JobId } = await createJob(api, UserPoolId);
      const pool = await store.userPools.find(UserPoolId);
      const job = pool && (await store.userImports.find(pool.key, JobId));
      if (!job) throw new Error("the job is gone");
      await Promise.all(
        Array.from({ length: 998 }, () =>
          store.userImports.insert({
            ...job,
            key: identifiers.key() as typeof job.key,
            id: identifiers.userImportJobId(),
          }),
        ),
      );
      await createJob(api, UserPoolId);
      expect(await refusal(createJob(api, UserPoolId))).toMatch(/^LimitExceededException: /);
    });
  });
});
