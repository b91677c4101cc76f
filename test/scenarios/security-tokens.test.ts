import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { createAccessKey, deleteAccessKey } from "../../src/domain/iam/index.ts";
import type { AdjustableClock } from "../../src/runtime/clock.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { type RunningServer, startServer } from "../../src/server.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { boto3Missing } from "../support/boto3.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import {
  allow,
  type Credentials,
  EVERYTHING,
  type Production,
  signedCall,
  signedSend,
  startProduction,
} from "../support/production.ts";
import { startWorld } from "../support/world.ts";

const HOUR = 3_600_000;
const ROOT = "arn:aws:iam::123456789012:root";

const trusting = (principal: unknown, condition?: object) => ({
  Version: "2012-10-17",
  Statement: {
    Effect: "Allow",
    Principal: { AWS: principal },
    Action: "sts:AssumeRole",
    ...(condition ? { Condition: condition } : {}),
  },
});

/** The text of an element. */
const element = (xml: string, name: string): string =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? "";

describe("the Security Token Service", () => {
  let production: Production;
  let url: string;
  let ana: Credentials;
  beforeAll(async () => {
    production = await startProduction();
    url = production.url;
    ana = await production.user("ana", [
      allow("cognito-idp:*"),
      allow("sts:AssumeRole", "arn:aws:iam::*:role/by-account"),
    ]);
  });
  afterAll(() => production.close());

  async function sts(credentials: Credentials | null, parameters: Record<string, string>) {
    const body = new URLSearchParams({ Version: "2011-06-15", ...parameters }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    const response = await fetch(url, {
      method: "POST",
      headers: credentials ? signedCall(url, credentials, { headers, body }, { service: "sts" }) : headers,
      body,
    });
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      xml: await response.text(),
    };
  }
  const refusalOf = async (answer: ReturnType<typeof sts>) => {
    const { status, xml } = await answer;
    return `${status} ${element(xml, "Code")}: ${element(xml, "Message")}`.replaceAll("&apos;", "'");
  };
  const credentialsIn = (xml: string): Credentials => ({
    accessKeyId: element(xml, "AccessKeyId"),
    secretAccessKey: element(xml, "SecretAccessKey"),
    sessionToken: element(xml, "SessionToken"),
  });
  const assume = (credentials: Credentials, role: string, more: Record<string, string> = {}) =>
    sts(credentials, {
      Action: "AssumeRole",
      RoleArn: `arn:aws:iam::123456789012:role/${role}`,
      RoleSessionName: "session",
      ...more,
    });
  const assumed = async (credentials: Credentials, role: string, more: Record<string, string> = {}) => {
    const { status, xml } = await assume(credentials, role, more);
    expect([status, xml.includes("<AssumeRoleResult>")]).toEqual([200, true]);
    return credentialsIn(xml);
  };
  const codeOf = async (credentials: Credentials, operation: string, input: object = { MaxResults: 1 }) =>
    (await signedSend(url, credentials, operation, input)).code;

  it("says who calls, in XML", async () => {
    const { status, type, xml } = await sts(ana, { Action: "GetCallerIdentity" });
    expect([status, type]).toEqual([200, "text/xml"]);
    expect(
      xml.replace(/AIDA[A-Z2-7]{16}/, "AIDA…").replace(/<RequestId>[0-9a-f-]{36}</, "<RequestId>…<"),
    ).toBe(
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <UserId>AIDA…</UserId>
    <Account>123456789012</Account>
    <Arn>arn:aws:iam::123456789012:user/ana</Arn>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>…</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
`,
    );
    const root = (await sts(production.root, { Action: "GetCallerIdentity" })).xml;
    expect([element(root, "UserId"), element(root, "Arn")]).toEqual(["123456789012", ROOT]);
  });

  it("says it to those who may do nothing else", async () => {
    const nobody = await production.user("nobody");
    expect((await sts(nobody, { Action: "GetCallerIdentity" })).status).toBe(200);
  });

  it("refuses as AWS does", async () => {
    expect(await refusalOf(sts(null, { Action: "GetCallerIdentity" }))).toBe(
      "403 MissingAuthenticationToken: Missing Authentication Token",
    );
    expect(await refusalOf(sts({ ...ana, secretAccessKey: "x" }, { Action: "GetCallerIdentity" }))).toMatch(
      /^403 SignatureDoesNotMatch: The request signature we calculated/,
    );
    expect(await refusalOf(sts({ ...ana, accessKeyId: "AKIAABSENT" }, { Action: "GetCallerIdentity" }))).toBe(
      "403 InvalidClientTokenId: The security token included in the request is invalid.",
    );
    expect(await refusalOf(sts(ana, { Action: "GetFederationToken" }))).toBe(
      "400 InvalidAction: Could not find operation GetFederationToken for version 2011-06-15",
    );
    expect(await refusalOf(sts(ana, { Action: "GetCallerIdentity", Version: "2010-01-01" }))).toMatch(
      /^400 InvalidAction/,
    );
    expect(await refusalOf(sts(ana, { Action: "__proto__" }))).toMatch(/^400 InvalidAction/);
    expect(await refusalOf(sts(ana, {}))).toBe("400 MissingAction: Missing Action");
    expect(await refusalOf(assume(ana, "x", { DurationSeconds: "5" }))).toBe(
      "400 ValidationError: 1 validation error detected: Value '5' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    );
    expect(await refusalOf(assume(ana, "x", { RoleSessionName: "<a>" }))).toMatch(
      /^400 ValidationError: .*'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern/,
    );
    expect(await refusalOf(assume(ana, "x", { "Tags.member.1.Key": "a" }))).toBe(
      "400 ValidationError: Tags.member.1.Key is not supported here.",
    );
  });

  it("gives a role to whom its trust policy names, and nobody else", async () => {
    await production.role("by-name", trusting("arn:aws:iam::123456789012:user/ana"), [
      allow("cognito-idp:ListUserPools"),
    ]);
    const session = await assumed(ana, "by-name");
    expect(await codeOf(session, "ListUserPools")).toBeNull();
    const { code, message } = await signedSend(url, session, "CreateUserPool", { PoolName: "p" });
    expect([code, message]).toEqual([
      "AccessDeniedException",
      "User: arn:aws:sts::123456789012:assumed-role/by-name/session is not authorized to perform: cognito-idp:CreateUserPool on resource: * because no identity-based policy allows the cognito-idp:CreateUserPool action",
    ]);
    expect(element((await sts(session, { Action: "GetCallerIdentity" })).xml, "Arn")).toBe(
      "arn:aws:sts::123456789012:assumed-role/by-name/session",
    );
    const ben = await production.user("ben", [EVERYTHING]);
    const refused =
      "403 AccessDenied: User: arn:aws:iam::123456789012:user/ben is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/";
    expect(await refusalOf(assume(ben, "by-name"))).toBe(`${refused}by-name`);
    expect(await refusalOf(assume(ben, "absent"))).toBe(`${refused}absent`);
    expect(await refusalOf(assume(production.root, "by-name"))).toBe(
      "403 AccessDenied: Roles may not be assumed by root accounts.",
    );
  });

  it("leaves it to the caller's policies where a role trusts the account", async () => {
    await production.role("by-account", trusting(ROOT));
    expect((await assume(ana, "by-account")).status).toBe(200);
    const cy = await production.user("cy", [allow("cognito-idp:*")]);
    expect(await refusalOf(assume(cy, "by-account"))).toMatch(/^403 AccessDenied/);
    const stranger = await production.user("stranger", [EVERYTHING], "999999999999");
    expect(await refusalOf(assume(stranger, "by-account"))).toMatch(/^403 AccessDenied/);
  });

  it("heeds the conditions of a role, and a Deny of the caller's", async () => {
    await production.role("external", trusting("*", { StringEquals: { "sts:ExternalId": "secret" } }));
    expect((await assume(ana, "external")).status).toBe(403);
    expect((await assume(ana, "external", { ExternalId: "other" })).status).toBe(403);
    expect((await assume(ana, "external", { ExternalId: "secret" })).status).toBe(200);
    const deny = { Statement: { Effect: "Deny", Action: "sts:*", Resource: "*" } };
    const dee = await production.user("dee", [EVERYTHING, deny]);
    expect((await assume(dee, "external", { ExternalId: "secret" })).status).toBe(403);
  });

  it("narrows a session by its own policy, and never widens it", async () => {
    await production.role("narrow", trusting("*"), [
      allow(["cognito-idp:ListUserPools", "cognito-idp:CreateUserPool"]),
    ]);
    const session = await assumed(ana, "narrow", {
      Policy: JSON.stringify(allow(["cognito-idp:ListUserPools", "cognito-idp:DeleteUserPool"])),
    });
    expect(await codeOf(session, "ListUserPools")).toBeNull();
    const denied = await signedSend(url, session, "CreateUserPool", { PoolName: "p" });
    expect(denied.message).toContain(
      "because no session policy allows the cognito-idp:CreateUserPool action",
    );
    expect(await codeOf(session, "DeleteUserPool", { UserPoolId: "us-east-1_absent000" })).toBe(
      "AccessDeniedException",
    );
    expect(await refusalOf(assume(ana, "narrow", { Policy: "{}" }))).toBe(
      "400 MalformedPolicyDocument: Syntax errors in policy.",
    );
    expect(
      await refusalOf(
        assume(ana, "narrow", { Policy: JSON.stringify(allow(`cognito-idp:${"a".repeat(2048)}`)) }),
      ),
    ).toMatch(/^400 PackedPolicyTooLarge/);
  });

  it("ends credentials with their time, with the role, and with the key they come from", async () => {
    const clock = production.server.services.clock as AdjustableClock;
    const eve = await production.user("eve", [EVERYTHING]);
    const arn = await production.role("ending", trusting("*"), [EVERYTHING]);
    const [session, own] = [
      await assumed(eve, "ending"),
      credentialsIn((await sts(eve, { Action: "GetSessionToken" })).xml),
    ];
    const all = async () => [await codeOf(session, "ListUserPools"), await codeOf(own, "ListUserPools")];
    expect(await all()).toEqual([null, null]);
    clock.advance(HOUR + 1);
    expect(await all()).toEqual(["ExpiredTokenException", null]);
    expect(await refusalOf(sts(session, { Action: "GetCallerIdentity" }))).toBe(
      "403 ExpiredToken: The security token included in the request is expired",
    );
    clock.reset();
    const { principals } = production.server.services.store;
    const role = await principals.byName("123456789012", "role", arn.split("/")[1] ?? "");
    if (role) await principals.remove(role.key);
    expect(await all()).toEqual(["UnrecognizedClientException", null]);
    await production.role("staying", trusting("*"), [EVERYTHING]);
    const staying = await assumed(eve, "staying");
    expect(await codeOf(staying, "ListUserPools")).toBeNull();
    await principals.removeAccessKey(eve.accessKeyId);
    expect(await all()).toEqual(["UnrecognizedClientException", "UnrecognizedClientException"]);
    expect(await codeOf(staying, "ListUserPools")).toBe("UnrecognizedClientException");
  });

  it("binds a session token to its key, and takes it for nothing without", async () => {
    const { xml } = await sts(ana, { Action: "GetSessionToken" });
    const [one, two] = [
      credentialsIn(xml),
      credentialsIn((await sts(ana, { Action: "GetSessionToken" })).xml),
    ];
    expect(await codeOf(one, "ListUserPools")).toBeNull();
    const { sessionToken: _, ...bare } = one;
    for (const wrong of [
      bare,
      { ...one, sessionToken: two.sessionToken ?? "" },
      { ...one, accessKeyId: two.accessKeyId },
      { ...ana, sessionToken: one.sessionToken ?? "" },
    ])
      expect(await codeOf(wrong, "ListUserPools")).toBe("UnrecognizedClientException");
    expect(await codeOf({ ...one, secretAccessKey: two.secretAccessKey }, "ListUserPools")).toBe(
      "InvalidSignatureException",
    );
    expect(await refusalOf(sts(one, { Action: "GetSessionToken" }))).toBe(
      "403 AccessDenied: Cannot call GetSessionToken with session credentials",
    );
    expect(Date.parse(element(xml, "Expiration"))).toBeGreaterThan(Date.now() + 11.9 * HOUR);
  });

  it("stays within an hour when roles are taken on one from another", async () => {
    await production.role("first", trusting("*"), [EVERYTHING]);
    await production.role("second", trusting("arn:aws:iam::123456789012:role/first"), [EVERYTHING]);
    const first = await assumed(ana, "first");
    expect((await assume(first, "second")).status).toBe(200);
    expect(await refusalOf(assume(first, "second", { DurationSeconds: "7200" }))).toBe(
      "400 ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  });

  it("answers a presigned URL, as those use who prove to others who they are", {
    skip: boto3Missing !== null,
  }, async () => {
    const script = `
import boto3
sts = boto3.client("sts", region_name="us-east-1", endpoint_url="${url}")
print(sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET"))
print(sts.get_caller_identity()["Arn"])
print(boto3.client("cognito-idp", region_name="us-east-1", endpoint_url="${url}").list_user_pools(MaxResults=1)["ResponseMetadata"]["HTTPStatusCode"])
`;
    const { stdout } = await promisify(execFile)("python3", ["-c", script], {
      env: { ...process.env, AWS_ACCESS_KEY_ID: ana.accessKeyId, AWS_SECRET_ACCESS_KEY: ana.secretAccessKey },
    });
    const [presigned = "", arn, status] = stdout.trim().split("\n");
    expect([arn, status]).toEqual(["arn:aws:iam::123456789012:user/ana", "200"]);
    const answer = await fetch(presigned);
    expect([answer.status, element(await answer.text(), "Arn")]).toEqual([
      200,
      "arn:aws:iam::123456789012:user/ana",
    ]);
    expect((await fetch(`${presigned.slice(0, -1)}${presigned.endsWith("0") ? "1" : "0"}`)).status).toBe(403);
  });

  it.skipIf(awsCliMissing)(`works for the AWS CLI ${awsCliMissing ?? ""}`, async () => {
    await production.role("cli", trusting("*"), [allow("cognito-idp:ListUserPools")]);
    const cli = (credentials: Credentials, service = "sts") => awsCli(url, "us-east-1", credentials, service);
    expect((await cli(ana)("get-caller-identity")).output).toMatchObject({
      Account: "123456789012",
      Arn: "arn:aws:iam::123456789012:user/ana",
    });
    const { output } = await cli(ana)(
      "assume-role",
      "--role-arn",
      "arn:aws:iam::123456789012:role/cli",
      "--role-session-name",
      "me",
    );
    const {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
    } = output.Credentials;
    const session = { accessKeyId, secretAccessKey, sessionToken };
    expect((await cli(session)("get-caller-identity")).output.Arn).toBe(
      "arn:aws:sts::123456789012:assumed-role/cli/me",
    );
    expect((await cli(session, "cognito-idp")("list-user-pools", "--max-results", "1")).status).toBe(0);
    expect((await cli(session, "cognito-idp")("create-user-pool", "--pool-name", "x")).errorCode).toBe(
      "AccessDeniedException",
    );
    expect((await cli({ ...ana, secretAccessKey: "x" })("get-caller-identity")).errorCode).toBe(
      "SignatureDoesNotMatch",
    );
  });

  it("says in development mode that a local user calls, and no web page may ask", async () => {
    const world = await startWorld();
    try {
      const body = "Action=GetCallerIdentity&Version=2011-06-15";
      const ask = (headers: Record<string, string>) =>
        fetch(world.url, {
          method: "POST",
          body,
          headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
        });
      expect(element(await (await ask({})).text(), "Arn")).toBe("arn:aws:iam::123456789012:user/local");
      expect((await ask({ origin: "https://evil.example" })).status).toBe(403);
    } finally {
      await world.close();
    }
  });
});

const { url: postgres, reason } = inject("postgres");

describe.skipIf(postgres === null)(`two nodes on one database ${reason}`, () => {
  let database: string;
  let nodes: RunningServer[];
  let root: Credentials;
  beforeAll(async () => {
    database = await createDatabase(postgres ?? "");
    const config = parseConfig({
      port: 0,
      databaseUrl: database,
      key: randomBytes(32).toString("base64"),
      poolSize: 4,
      limits: { enabled: false },
    });
    nodes = await Promise.all([
      startServer(config, { logger: silentLogger }),
      startServer(config, { logger: silentLogger }),
    ]);
    const keys = nodes.flatMap(({ rootKey }) => rootKey ?? []);
    expect(keys).toHaveLength(1);
    root = keys[0] as Credentials;
  });
  afterAll(async () => {
    await Promise.all((nodes ?? []).map((node) => node.close()));
    await dropDatabase(postgres ?? "", database);
  });

  it("take the same keys and each other's temporary credentials, and refuse from the next call on what one of them removed", async () => {
    const [one, two] = nodes as [RunningServer, RunningServer];
    const list = async ({ url }: RunningServer, credentials: Credentials) =>
      (await signedSend(url, credentials, "ListUserPools", { MaxResults: 1 })).code;
    expect([await list(one, root), await list(two, root)]).toEqual([null, null]);
    const settings = {
      accountId: "123456789012",
      kind: "user" as const,
      name: "ana",
      trustPolicy: null,
      maxSessionSeconds: 3600,
    };
    const policies = [{ name: "p", document: JSON.stringify(EVERYTHING) }];
    for (let round = 0; round < 10; round++) {
      const ana = await createAccessKey(one.services, { ...settings, name: `ana${round}`, policies });
      const body = "Action=GetSessionToken&Version=2011-06-15";
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const response = await fetch(one.url, {
        method: "POST",
        body,
        headers: signedCall(one.url, ana, { headers, body }, { service: "sts" }),
      });
      const xml = await response.text();
      const session = {
        accessKeyId: element(xml, "AccessKeyId"),
        secretAccessKey: element(xml, "SecretAccessKey"),
        sessionToken: element(xml, "SessionToken"),
      };
      expect([await list(two, ana), await list(two, session)]).toEqual([null, null]);
      await deleteAccessKey(one.services, ana.accessKeyId);
      expect([await list(two, ana), await list(two, session)]).toEqual([
        "UnrecognizedClientException",
        "UnrecognizedClientException",
      ]);
    }
  });
});
