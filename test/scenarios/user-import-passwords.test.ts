import { pbkdf2Sync, scryptSync } from "node:crypto";
import { hash as argon2 } from "@node-rs/argon2";
import { hash as bcrypt } from "@node-rs/bcrypt";
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CreateUserPoolRequest, PasswordHashingAlgorithmType } from "../../src/api/generated/shapes.ts";
import { type Api, apiOf, refusal } from "../support/api.ts";
import { closeWithinModel, makeClient, makePool, PASSWORD, startSignIn } from "../support/builders.ts";
import { MemoryStorage } from "../support/memory-storage.ts";
import { OTHER_PASSWORD } from "../support/scene.ts";
import { aRow, type CsvRow, csv, escapedCommas, importCsv, logOf } from "../support/user-imports.ts";
import { startWorld, type World } from "../support/world.ts";

/** The columns of the documentation's example. */
const COLUMNS = [
  "cognito:username",
  "email",
  "email_verified",
  "phone_number",
  "phone_number_verified",
  "password_hash",
];

const SALT = Buffer.from("0123456789abcdef");
const unpadded = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");

/** A hash as other systems make it, of the least cost that serves. */
const HASHES: Readonly<Record<PasswordHashingAlgorithmType, (password: string) => Promise<string> | string>> =
  {
    BCRYPT: (password) => bcrypt(password, { cost: 4 }),
    SCRYPT: (password) =>
      `1024$8$1$${SALT.toString("hex")}$${scryptSync(password, SALT, 32, { N: 1024 }).toString("hex")}`,
    ARGON2ID: (password) => argon2(password, { memoryCost: 1024, timeCost: 1, parallelism: 1 }),
    PBKDF2_SHA256: (password) =>
      `$pbkdf2-sha256$1000$${unpadded(SALT)}$${unpadded(pbkdf2Sync(password, SALT, 1000, 32, "sha256"))}`,
  };
const ALGORITHMS = Object.keys(HASHES) as PasswordHashingAlgorithmType[];

describe("users imported with the hashes of their passwords", () => {
  let world: World;
  let api: Api;

  beforeAll(async () => {
    world = await startWorld();
    api = apiOf(world);
  });
  afterAll(() => closeWithinModel(world));

  async function imported(
    algorithm: PasswordHashingAlgorithmType,
    rows: readonly CsvRow[],
    settings: Partial<CreateUserPoolRequest> = {},
  ) {
    const { Id: UserPoolId } = await makePool(api, { AutoVerifiedAttributes: ["email"], ...settings });
    const client = await makeClient(api, UserPoolId, {
      ExplicitAuthFlows: [
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_USER_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
      ],
    });
    const job = await importCsv(api, UserPoolId, csv(COLUMNS, rows), { PasswordHashingAlgorithm: algorithm });
    const { ClientId } = client;
    const named = { UserPoolId, Username: "ana" };
    return {
      UserPoolId,
      ClientId,
      job,
      named,
      signIn: (password: string, username = "ana") => startSignIn(api, client, username, password),
      adminSignIn: (password: string) =>
        api("AdminInitiateAuth", {
          UserPoolId,
          ClientId,
          AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
          AuthParameters: { USERNAME: "ana", PASSWORD: password },
        }),
      choose: (password: string) =>
        api("InitiateAuth", {
          ClientId,
          AuthFlow: "USER_AUTH",
          AuthParameters: { USERNAME: "ana", PREFERRED_CHALLENGE: "PASSWORD", PASSWORD: password },
        }),
      /** What kind of credential the database has for the user, and when it was set. */
      async stored() {
        const { store } = world.server.services;
        const pool = await store.userPools.find(UserPoolId);
        const user = pool && (await store.users.byUsername(pool.key, "ana"));
        const password = user && (await store.passwords.find(user.key));
        if (!pool || !user || !password) throw new Error("no password is stored");
        const key = world.server.services.keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey);
        const sealed = key.open("password", `user_password|${user.key}`, password.sealed).toString();
        return { kind: JSON.parse(sealed).kind, setAt: password.setAt };
      },
    };
  }

  const withHash = async (algorithm: PasswordHashingAlgorithmType, name = "ana", password = PASSWORD) =>
    aRow(name, { password_hash: escapedCommas(await HASHES[algorithm](password)) });

  const INCORRECT = "NotAuthorizedException: Incorrect username or password.";

  describe.each(ALGORITHMS)("%s", (algorithm) => {
    it("are CONFIRMED and sign in with their password at once, which is the pool's own from then on", async () => {
      const { job, named, signIn, adminSignIn, choose, stored } = await imported(algorithm, [
        await withHash(algorithm),
      ]);
      expect(job).toMatchObject({
        Status: "Succeeded",
        ImportedUsers: 1,
        PasswordHashingAlgorithm: algorithm,
      });
      expect((await api("AdminGetUser", named)).UserStatus).toBe("CONFIRMED");
      const before = await stored();
      expect(before.kind).toBe("imported");
      expect(await refusal(signIn(OTHER_PASSWORD))).toBe(INCORRECT);
      expect((await stored()).kind).toBe("imported");
      expect((await signIn(PASSWORD)).AuthenticationResult).toBeDefined();
      expect(await stored()).toEqual({ ...before, kind: "srp" });
      expect((await adminSignIn(PASSWORD)).AuthenticationResult).toBeDefined();
      expect((await choose(PASSWORD)).AuthenticationResult).toBeDefined();
      expect(await refusal(signIn(OTHER_PASSWORD))).toBe(INCORRECT);
    });
  });

  it("may sign in first by an administrator's flow or by choice", async () => {
    for (const flow of ["adminSignIn", "choose"] as const) {
      const one = await imported("BCRYPT", [await withHash("BCRYPT")]);
      expect((await one[flow](PASSWORD)).AuthenticationResult).toBeDefined();
      expect((await one.stored()).kind).toBe("srp");
    }
  });

  it("get an argon2id hash of the pool's own where it keeps those", async () => {
    const { signIn, stored } = await imported("BCRYPT", [await withHash("BCRYPT")], {
      UserPoolTags: { "cognate:password-storage": "argon2id" },
    });
    expect((await signIn(PASSWORD)).AuthenticationResult).toBeDefined();
    expect((await stored()).kind).toBe("argon2id");
    expect((await signIn(PASSWORD)).AuthenticationResult).toBeDefined();
  });

  it("sign in by SRP only after that; before, it fails as for a wrong password", async () => {
    const { ClientId, UserPoolId, signIn } = await imported("BCRYPT", [await withHash("BCRYPT")]);
    const srp = () =>
      new Promise<string>((resolve) => {
        const Pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint: world.url });
        const Storage = new MemoryStorage();
        new CognitoUser({ Username: "ana", Pool, Storage }).authenticateUser(
          new AuthenticationDetails({ Username: "ana", Password: PASSWORD }),
          {
            onSuccess: () => resolve("signed in"),
            onFailure: (fault: Error & { code?: string }) => resolve(`${fault.code}: ${fault.message}`),
          },
        );
      });
    expect(await srp()).toBe(INCORRECT);
    await signIn(PASSWORD);
    expect(await srp()).toBe("signed in");
  });

  it("are locked out after five wrong passwords like everybody", async () => {
    const { signIn, stored } = await imported("BCRYPT", [await withHash("BCRYPT")]);
    const attempts = await Promise.allSettled(Array.from({ length: 12 }, () => signIn(OTHER_PASSWORD)));
    const messages = attempts.map((one) => (one.status === "rejected" ? one.reason.message : "in"));
    expect(messages.filter((text) => text === "Incorrect username or password.")).toHaveLength(5);
    expect(await refusal(signIn(PASSWORD))).toBe("NotAuthorizedException: Password attempts exceeded");
    expect((await stored()).kind).toBe("imported");
  });

  it("sign in many times at once, and are replaced once", async () => {
    const { signIn, stored } = await imported("BCRYPT", [await withHash("BCRYPT")]);
    const results = await Promise.all(Array.from({ length: 8 }, () => signIn(PASSWORD)));
    expect(results.every((one) => one.AuthenticationResult)).toBe(true);
    expect((await stored()).kind).toBe("srp");
  });

  it("change their password and reset it as anybody does", async () => {
    const { ClientId, signIn } = await imported("BCRYPT", [
      await withHash("BCRYPT"),
      await withHash("BCRYPT", "ben"),
    ]);
    const { AuthenticationResult } = await signIn(PASSWORD);
    await api("ChangePassword", {
      AccessToken: AuthenticationResult?.AccessToken ?? "",
      PreviousPassword: PASSWORD,
      ProposedPassword: OTHER_PASSWORD,
    });
    expect((await signIn(OTHER_PASSWORD)).AuthenticationResult).toBeDefined();
    await api("ForgotPassword", { ClientId, Username: "ben" });
    const { code: ConfirmationCode } = await world.lastMessage("ben@import.test");
    await api("ConfirmForgotPassword", {
      ClientId,
      Username: "ben",
      Password: OTHER_PASSWORD,
      ConfirmationCode,
    });
    expect(await refusal(signIn(PASSWORD, "ben"))).toBe(INCORRECT);
    expect((await signIn(OTHER_PASSWORD, "ben")).AuthenticationResult).toBeDefined();
  });

  it("may not take the imported password again where the pool keeps a history", async () => {
    const { signIn } = await imported("BCRYPT", [await withHash("BCRYPT")], {
      Policies: { PasswordPolicy: { PasswordHistorySize: 3 } },
      UserPoolTier: "ESSENTIALS",
    });
    const AccessToken = (await signIn(PASSWORD)).AuthenticationResult?.AccessToken ?? "";
    const change = (PreviousPassword: string, ProposedPassword: string) =>
      api("ChangePassword", { AccessToken, PreviousPassword, ProposedPassword });
    await change(PASSWORD, OTHER_PASSWORD);
    expect(await refusal(change(OTHER_PASSWORD, PASSWORD))).toMatch(
      /^PasswordHistoryPolicyViolationException/,
    );
  });

  it("without a hash reset their password; malformed, costly and other hashes fail alone", async () => {
    const good = await HASHES.BCRYPT(PASSWORD);
    const { UserPoolId, job } = await imported("BCRYPT", [
      aRow("ana", { password_hash: good }),
      aRow("ben"),
      aRow("cora", { password_hash: "hunter2" }),
      aRow("dora", { password_hash: good.replace("$04$", "$13$") }),
      aRow("emil", { password_hash: escapedCommas(await HASHES.ARGON2ID(PASSWORD)) }),
      aRow("fred", { password_hash: good }),
      aRow("gina", { password_hash: good }),
    ]);
    const log = logOf(world.dataDir, job);
    expect(log.map((line) => line.slice(0, 5))).toEqual([
      "[SUCC",
      "[SUCC",
      "[FAIL",
      "[FAIL",
      "[FAIL",
      "[SUCC",
      "[SUCC",
    ]);
    expect(log[2]).toMatch(/does not match the format/);
    expect(log[3]).toMatch(/exceed the maximum/);
    expect(log.join()).not.toContain("hunter2");
    const status = async (Username: string) =>
      (await api("AdminGetUser", { UserPoolId, Username })).UserStatus;
    expect([await status("ana"), await status("ben")]).toEqual(["CONFIRMED", "RESET_REQUIRED"]);
    expect(await refusal(api("AdminGetUser", { UserPoolId, Username: "cora" }))).toMatch(
      /^UserNotFoundException/,
    );
  });

  it("take the documentation's algorithms and no others", async () => {
    const { Id: UserPoolId } = await makePool(api);
    const JobName = "x";
    const CloudWatchLogsRoleArn = "arn:aws:iam::123456789012:role/import-logs";
    expect(
      await refusal(
        api("CreateUserImportJob", {
          UserPoolId,
          JobName,
          CloudWatchLogsRoleArn,
          PasswordHashingAlgorithm: "MD5" as "BCRYPT",
        }),
      ),
    ).toMatch(/^InvalidParameterException: .*passwordHashingAlgorithm/i);
  });

  it("fail as a job when the column is missing; without an algorithm the column is not read", async () => {
    const { Id: UserPoolId } = await makePool(api, { AutoVerifiedAttributes: ["email"] });
    const { CSVHeader = [] } = await api("GetCSVHeader", { UserPoolId });
    const missing = await importCsv(api, UserPoolId, csv(CSVHeader, [aRow("ana")]), {
      PasswordHashingAlgorithm: "BCRYPT",
    });
    expect(missing).toMatchObject({ Status: "Failed", ImportedUsers: 0 });
    expect(missing.CompletionMessage).toMatch(/password_hash/);
    const row = aRow("ana", { password_hash: await HASHES.BCRYPT(PASSWORD) });
    const job = await importCsv(api, UserPoolId, csv([...CSVHeader, "password_hash"], [row]));
    expect(job).toMatchObject({ Status: "Succeeded", ImportedUsers: 1 });
    expect((await api("AdminGetUser", { UserPoolId, Username: "ana" })).UserStatus).toBe("RESET_REQUIRED");
  });
});
