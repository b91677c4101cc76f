import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  allow,
  type Credentials,
  type Production,
  signedApi,
  signedCall,
  startProduction,
} from "../support/production.ts";
import { meanFaults } from "../support/watch-answers.ts";

const MAIN = resolve(import.meta.dirname, "../../src/main.ts");

describe("RotateSigningKeys, an operation of this server's own", () => {
  let production: Production;
  let url: string;
  let keeper: Credentials;
  beforeAll(async () => {
    production = await startProduction();
    url = production.url;
    keeper = await production.user("keeper", [
      allow("cognate:RotateSigningKeys", "arn:aws:cognito-idp:us-east-1:123456789012:userpool/*"),
    ]);
  });
  afterAll(() => production.close());

  const newPool = async () => {
    const { UserPool } = await signedApi(url, production.root)("CreateUserPool", { PoolName: "p" });
    return UserPool?.Id ?? "";
  };
  const published = async (poolId: string): Promise<string[]> => {
    const response = await fetch(`${url}/${poolId}/.well-known/jwks.json`);
    return ((await response.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
  };
  const records = async (operation = "RotateSigningKeys") => {
    // Records of calls that changed nothing are written a little later.
    await production.server.sealAudit();
    const found = await production.server.services.store.audit.search({ operation }, null, 100);
    return found.map(({ record }) => JSON.parse(record));
  };
  async function rotate(input: object, credentials: Credentials = keeper, operation = "RotateSigningKeys") {
    const body = JSON.stringify(input);
    const headers = {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `CognateService.${operation}`,
    };
    const signed = signedCall(url, credentials, { headers, body }, { service: "cognate" });
    const response = await fetch(url, { method: "POST", headers: signed, body });
    // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not typed
    const content = (await response.json()) as any;
    return { status: response.status, code: content.__type, content };
  }
  const command = (credentials: Credentials, ...args: string[]) =>
    new Promise<{ status: number; output: string; errors: string }>((done) => {
      const env = {
        PATH: process.env.PATH ?? "",
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      };
      execFile(
        process.execPath,
        [MAIN, "keys", "rotate-signing", ...args],
        { env },
        (fault, output, errors) => done({ status: fault ? Number(fault.code) : 0, output, errors }),
      );
    });

  it("publishes new keys at once beside the old ones, and leaves a record of it", async () => {
    const poolId = await newPool();
    const before = await published(poolId);
    const asked = Date.now();
    const { status, content } = await rotate({ UserPoolId: poolId });
    expect(status).toBe(200);
    const keyIds: string[] = content.SigningKeys.map(({ KeyId }: { KeyId: string }) => KeyId);
    expect(content).toEqual({
      UserPoolId: poolId,
      SigningKeys: ["id", "access"].map((TokenUse) => ({
        TokenUse,
        KeyId: expect.any(String),
        ActiveFrom: expect.any(Number),
      })),
    });
    expect(content.SigningKeys[0].ActiveFrom * 1000 - asked).toBeGreaterThanOrEqual(600_000);
    expect((await published(poolId)).sort()).toEqual([...before, ...keyIds].sort());
    expect((await records())[0]).toMatchObject({
      eventSource: "cognate",
      eventName: "RotateSigningKeys",
      userIdentity: { type: "IAMUser", arn: "arn:aws:iam::123456789012:user/keeper" },
      requestParameters: { userPoolId: poolId },
      additionalEventData: { userPoolId: poolId },
    });
  });

  it("works for a pool that has signed nothing yet, and twice in a row", async () => {
    const poolId = await newPool();
    expect((await rotate({ UserPoolId: poolId })).status).toBe(200);
    expect((await rotate({ UserPoolId: poolId })).status).toBe(200);
    expect(await published(poolId)).toHaveLength(6);
  });

  it("keeps no key whose record cannot be written", async () => {
    meanFaults();
    const poolId = await newPool();
    const before = await published(poolId);
    const database = new DatabaseSync(join(production.dataDir, "cognate.sqlite"));
    database.exec(
      "create trigger no_audit before insert on audit_record begin select raise(abort, 'full'); end",
    );
    try {
      expect((await rotate({ UserPoolId: poolId })).code).toBe("InternalErrorException");
    } finally {
      database.exec("drop trigger no_audit");
      database.close();
    }
    expect(await published(poolId)).toEqual(before);
  });

  it("is refused without the right, the pool or its name, and records that too", async () => {
    const poolId = await newPool();
    const before = await published(poolId);
    const other = await production.user("other", [allow("cognito-idp:*")]);
    expect(await rotate({ UserPoolId: poolId }, other)).toMatchObject({
      code: "AccessDeniedException",
      content: {
        Message: expect.stringContaining(`cognate:RotateSigningKeys on resource: arn:aws:cognito-idp`),
      },
    });
    expect((await rotate({ UserPoolId: "us-east-1_nothing" })).code).toBe("ResourceNotFoundException");
    expect(await rotate({}, production.root)).toMatchObject({
      code: "InvalidParameterException",
      content: { message: expect.stringContaining("'userPoolId' failed to satisfy constraint") },
    });
    expect((await rotate({ UserPoolId: poolId }, keeper, "Nothing")).code).toBe("UnknownOperationException");
    expect(await published(poolId)).toEqual(before);
    expect((await records()).slice(0, 2).map(({ errorCode }) => errorCode)).toEqual([
      "ResourceNotFoundException",
      "AccessDeniedException",
    ]);
  });

  it("is called by cognate keys rotate-signing with the credentials of the environment", async () => {
    const poolId = await newPool();
    const before = await published(poolId);
    const at = ["--user-pool-id", poolId, "--endpoint-url", url];
    const { status, output, errors } = await command(keeper, ...at);
    expect([status, errors]).toEqual([0, ""]);
    const shown = [...output.matchAll(/^(id|access)\t(\S+)\tsigns from \S+Z$/gm)].map(
      ([, , kid]) => kid ?? "",
    );
    expect((await published(poolId)).sort()).toEqual([...before, ...shown].sort());
    expect(shown).toHaveLength(2);
    const wrong = await command({ ...keeper, secretAccessKey: "wrong" }, ...at);
    expect(wrong).toMatchObject({ status: 1, errors: expect.stringContaining("InvalidSignatureException") });
    const nobody = await command({ accessKeyId: "", secretAccessKey: "" }, ...at);
    expect(nobody).toMatchObject({
      status: 1,
      errors: expect.stringContaining("UnrecognizedClientException"),
    });
    const nowhere = await command(keeper, "--user-pool-id", poolId, "--endpoint-url", "http://127.0.0.1:1");
    expect(nowhere).toMatchObject({ status: 1, errors: expect.stringContaining("cannot be reached") });
  });
});
