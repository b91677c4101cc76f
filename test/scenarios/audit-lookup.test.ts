import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiOf } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { boto3Missing } from "../support/boto3.ts";
import {
  allow,
  type Credentials,
  type Production,
  type SigningOptions,
  signedApi,
  signedCall,
  startProduction,
} from "../support/production.ts";
import { startWorld } from "../support/world.ts";

const TARGET = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
const OTHER_ACCOUNT = "999999999999";

interface Found {
  readonly Events: readonly {
    readonly EventId: string;
    readonly EventName: string;
    readonly EventSource: string;
    readonly EventTime: number;
    readonly ReadOnly: string;
    readonly Username?: string;
    readonly AccessKeyId?: string;
    readonly Resources: readonly { readonly ResourceType: string; readonly ResourceName: string }[];
    readonly CloudTrailEvent: string;
  }[];
  readonly NextToken?: string;
}

describe("LookupEvents", () => {
  let production: Production;
  let url: string;
  let ana: Credentials;
  let poolId: string;
  let sub: string;
  beforeAll(async () => {
    production = await startProduction();
    url = production.url;
    ana = await production.user("ana", [
      allow(["cognito-idp:*", "cloudtrail:LookupEvents", "sts:AssumeRole"]),
    ]);
    const api = signedApi(url, ana);
    poolId = (await api("CreateUserPool", { PoolName: "p" })).UserPool?.Id ?? "";
    const { User } = await api("AdminCreateUser", {
      UserPoolId: poolId,
      Username: "bea",
      MessageAction: "SUPPRESS",
    });
    sub = User?.Attributes?.find(({ Name }) => Name === "sub")?.Value ?? "";
    for (const GroupName of ["a", "b", "c"]) await api("CreateGroup", { UserPoolId: poolId, GroupName });
  });
  afterAll(() => production.close());

  async function raw(body: string, credentials: Credentials | null = ana, options: SigningOptions = {}) {
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": TARGET };
    // Records of calls that changed nothing are written a little later.
    await production.server.sealAudit();
    const response = await fetch(url, {
      method: "POST",
      headers: credentials
        ? signedCall(url, credentials, { headers, body }, { service: "cloudtrail", ...options })
        : headers,
      body,
    });
    const content = (await response.json()) as Found & { __type?: string; Message?: string };
    return { status: response.status, content };
  }
  async function lookup(input: object, credentials = ana, options: SigningOptions = {}): Promise<Found> {
    const { status, content } = await raw(JSON.stringify(input), credentials, options);
    if (status !== 200) throw new Error(JSON.stringify(content));
    return content;
  }
  const by = (AttributeKey: string, AttributeValue: string) => ({
    LookupAttributes: [{ AttributeKey, AttributeValue }],
  });
  const names = async (input: object, credentials = ana, options: SigningOptions = {}) =>
    (await lookup(input, credentials, options)).Events.map(({ EventName }) => EventName);
  const codeOf = async (input: object | string) =>
    (await raw(typeof input === "string" ? input : JSON.stringify(input))).content.__type;
  const MADE = ["CreateGroup", "CreateGroup", "CreateGroup", "AdminCreateUser", "CreateUserPool"];

  it("tells the newest first, in CloudTrail's shape with the record beside", async () => {
    const { Events } = await lookup(by("ResourceName", poolId));
    expect(Events.map(({ EventName }) => EventName)).toEqual(MADE);
    const created = Events[3];
    const record = JSON.parse(created?.CloudTrailEvent ?? "");
    expect(record).toMatchObject({ eventName: "AdminCreateUser", eventID: created?.EventId });
    expect(created).toEqual({
      EventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      EventName: "AdminCreateUser",
      ReadOnly: "false",
      AccessKeyId: ana.accessKeyId,
      EventTime: Date.parse(record.eventTime) / 1000,
      EventSource: "cognito-idp.amazonaws.com",
      Username: "ana",
      Resources: [
        { ResourceType: "AWS::Cognito::UserPool", ResourceName: poolId },
        { ResourceType: "AWS::Cognito::UserPoolUser", ResourceName: sub },
      ],
      CloudTrailEvent: expect.any(String),
    });
  });

  it("finds by each attribute, and nothing by a value that no record has", async () => {
    const [newest] = (await lookup(by("EventName", "AdminCreateUser"))).Events;
    expect(await names(by("EventId", newest?.EventId ?? ""))).toEqual(["AdminCreateUser"]);
    expect(await names(by("ResourceName", sub))).toEqual(["AdminCreateUser"]);
    expect(await names(by("ResourceType", "AWS::Cognito::UserPoolUser"))).toEqual(["AdminCreateUser"]);
    for (const [key, value] of [
      ["Username", "ana"],
      ["AccessKeyId", ana.accessKeyId],
      ["EventSource", "cognito-idp.amazonaws.com"],
      ["ReadOnly", "false"],
      ["ResourceType", "AWS::Cognito::UserPool"],
    ] as const) {
      const found = await names(by(key, value));
      // The oldest record of all is of the root access key, which is no resource's and nobody's by name.
      if (key === "ReadOnly") expect(found.pop()).toBe("CreateAccessKey");
      expect(found.slice(-5), key).toEqual(MADE);
    }
    for (const [key, value] of [
      ["EventName", "admincreateuser"],
      ["EventId", "x"],
      ["Username", "root"],
      ["AccessKeyId", "AKIA"],
      ["EventSource", "ec2.amazonaws.com"],
      ["ReadOnly", "true"],
      ["ResourceType", "AWS::EC2::Instance"],
      ["ResourceName", "us-east-1_nothing"],
    ] as const)
      expect(await names(by(key, value)), key).toEqual([]);
  });

  it("includes both ends of a time, in whole seconds", async () => {
    const { Events } = await lookup(by("EventName", "CreateUserPool"));
    const time = Events[0]?.EventTime ?? 0;
    const attribute = by("EventName", "CreateUserPool");
    expect(await names({ ...attribute, StartTime: time, EndTime: time })).toEqual(["CreateUserPool"]);
    expect(await names({ ...attribute, StartTime: time + 1 })).toEqual([]);
    expect(await names({ ...attribute, EndTime: time - 1 })).toEqual([]);
    expect(await names({ ...attribute, StartTime: time + 0.5 })).toEqual([]);
  });

  it("goes through pages without a gap, each token for its own search only", async () => {
    const attribute = by("ResourceName", poolId);
    const seen: string[] = [];
    let token: string | undefined;
    let first: string | undefined;
    do {
      const { Events, NextToken } = await lookup({ ...attribute, MaxResults: 2, NextToken: token });
      seen.push(...Events.map(({ EventName }) => EventName));
      first ??= NextToken;
      token = NextToken;
    } while (token !== undefined);
    expect(seen).toEqual(MADE);
    for (const input of [
      { NextToken: first },
      { ...by("ResourceName", sub), NextToken: first },
      { NextToken: "x" },
      { NextToken: "" },
    ])
      expect(await codeOf(input)).toBe("InvalidNextTokenException");
    const elsewhere = await raw(JSON.stringify({ ...attribute, NextToken: first }), ana, {
      region: "eu-west-1",
    });
    expect(elsewhere.content.__type).toBe("InvalidNextTokenException");
  });

  it("shows an account's own records in the region of the call and no others", async () => {
    const there = await production.user("bob", [allow(["cognito-idp:*", "cloudtrail:*"])], OTHER_ACCOUNT);
    await signedApi(url, ana, { region: "eu-west-1" })("CreateUserPool", { PoolName: "eu" });
    await signedApi(url, there)("CreateUserPool", { PoolName: "theirs" });
    const pools = by("EventName", "CreateUserPool");
    expect(await names(pools)).toHaveLength(1);
    expect(await names(pools, ana, { region: "eu-west-1" })).toHaveLength(1);
    expect(await names({}, ana, { region: "eu-west-1" })).toEqual(["CreateUserPool"]);
    expect(await names({}, there)).toEqual(["CreateUserPool"]);
    expect(await names(by("ResourceName", poolId), there)).toEqual([]);
    const [ours] = (await lookup(pools)).Events;
    expect(await names(by("EventId", ours?.EventId ?? ""), there)).toEqual([]);
    expect(await names(by("EventId", ours?.EventId ?? ""), ana, { region: "eu-west-1" })).toEqual([]);
  });

  it("refuses what CloudTrail refuses, by its names", async () => {
    const attribute = { AttributeKey: "EventName", AttributeValue: "x" };
    for (const [code, ...inputs] of [
      ["InvalidMaxResultsException", { MaxResults: 0 }, { MaxResults: 51 }],
      ["InvalidTimeRangeException", { StartTime: 2, EndTime: 1 }, { StartTime: 1e300 }, { EndTime: -1e18 }],
      ["InvalidEventCategoryException", { EventCategory: "data" }],
      [
        "InvalidLookupAttributesException",
        { LookupAttributes: [attribute, attribute] },
        by("eventName", "x"),
        by("constructor", "x"),
        by("EventName", ""),
        by("EventName", "x".repeat(2001)),
        { LookupAttributes: [{ AttributeKey: "EventName" }] },
        { LookupAttributes: [{}] },
      ],
      ["SerializationException", "[]", "{", { MaxResults: "5" }, { LookupAttributes: {} }],
    ] as const)
      for (const input of inputs) expect(await codeOf(input), JSON.stringify(input)).toBe(code);
  });

  it("is for those whose signature names CloudTrail and whose policies allow it", async () => {
    const helpdesk = await production.user("helpdesk", [allow("cognito-idp:*")]);
    const { status, content } = await raw("{}", helpdesk);
    expect(status).toBe(400);
    expect(content).toMatchObject({
      __type: "AccessDeniedException",
      Message: expect.stringContaining("not authorized to perform: cloudtrail:LookupEvents on resource: *"),
    });
    expect((await raw("{}", null)).content.__type).toBe("MissingAuthenticationTokenException");
    const wrong = await raw("{}", ana, { service: "cognito-idp" });
    expect(wrong.content.__type).toBe("InvalidSignatureException");
    expect(await names(by("Username", "helpdesk"))).toEqual([]);
  });

  it("knows of temporary credentials: who got them, and what was done with them", async () => {
    const trust = {
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::123456789012:user/ana" },
        Action: "sts:AssumeRole",
      },
    };
    const roleArn = await production.role("auditor", trust, [allow("cognito-idp:*")]);
    const sts = async (parameters: Record<string, string>) => {
      const body = new URLSearchParams({ Version: "2011-06-15", ...parameters }).toString();
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const signed = signedCall(url, ana, { headers, body }, { service: "sts" });
      return (await fetch(url, { method: "POST", headers: signed, body })).text();
    };
    const xml = await sts({
      Action: "AssumeRole",
      RoleArn: roleArn,
      RoleSessionName: "nightly",
      ExternalId: "an-external-id",
    });
    const element = (name: string) => new RegExp(`<${name}>([^<]*)<`).exec(xml)?.[1] ?? "";
    const session = {
      accessKeyId: element("AccessKeyId"),
      secretAccessKey: element("SecretAccessKey"),
      sessionToken: element("SessionToken"),
    };
    await sts({ Action: "GetSessionToken" });
    await sts({ Action: "AssumeRole", RoleArn: `${roleArn}-not`, RoleSessionName: "nightly" });
    await sts({ Action: "GetCallerIdentity" });
    const { Events } = await lookup(by("EventSource", "sts.amazonaws.com"));
    expect(Events.map(({ EventName }) => EventName)).toEqual(["AssumeRole", "GetSessionToken", "AssumeRole"]);
    const records = Events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent));
    expect(records.map(({ errorCode }) => errorCode)).toEqual([
      "AccessDeniedException",
      undefined,
      undefined,
    ]);
    expect(records[2].requestParameters).toEqual({ roleArn, roleSessionName: "nightly" });
    expect(JSON.stringify(records)).not.toContain(session.secretAccessKey);
    await signedApi(url, session)("CreateGroup", { UserPoolId: poolId, GroupName: "by-role" });
    expect(await names(by("Username", "nightly"))).toEqual(["CreateGroup"]);
    expect(await names(by("AccessKeyId", session.accessKeyId))).toEqual(["CreateGroup"]);
  });

  it("answers in development mode too", async () => {
    const world = await startWorld();
    try {
      await apiOf(world)("CreateUserPool", { PoolName: "p" });
      const response = await fetch(world.url, {
        method: "POST",
        headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": TARGET },
        body: "{}",
      });
      const { Events } = (await response.json()) as Found;
      expect(Events).toMatchObject([{ EventName: "CreateUserPool" }]);
    } finally {
      await world.close();
    }
  });

  it.skipIf(awsCliMissing)("answers aws cloudtrail lookup-events, which pages by itself", async () => {
    const cloudtrail = awsCli(url, "us-east-1", ana, "cloudtrail");
    const { output, errorText } = await cloudtrail(
      "lookup-events",
      "--lookup-attributes",
      `AttributeKey=ResourceName,AttributeValue=${sub}`,
      "--start-time",
      "2020-01-01T00:00:00Z",
    );
    expect(errorText).toBe("");
    expect(output.Events).toMatchObject([{ EventName: "AdminCreateUser", Username: "ana" }]);
    const { errorCode } = await cloudtrail(
      "lookup-events",
      "--start-time",
      "2026-01-02",
      "--end-time",
      "2026-01-01",
    );
    expect(errorCode).toBe("InvalidTimeRangeException");
  });

  it.skipIf(boto3Missing)("answers boto3's paginator with exceptions it knows", async () => {
    const script = `
import boto3, datetime, json
trail = boto3.client("cloudtrail")
attributes = [{"AttributeKey": "ResourceName", "AttributeValue": ${JSON.stringify(sub)}}]
pages = trail.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 2})
events = [event for page in pages for event in page["Events"]]
found = trail.lookup_events(LookupAttributes=attributes)["Events"][0]
try:
    trail.lookup_events(NextToken="x")
except trail.exceptions.InvalidNextTokenException:
    print(json.dumps([len(events), isinstance(found["EventTime"], datetime.datetime), found["EventName"]]))
`;
    const { stdout } = await promisify(execFile)("python3", ["-c", script], {
      env: {
        ...process.env,
        AWS_ACCESS_KEY_ID: ana.accessKeyId,
        AWS_SECRET_ACCESS_KEY: ana.secretAccessKey,
        AWS_DEFAULT_REGION: "us-east-1",
        AWS_ENDPOINT_URL: url,
      },
    });
    const [count, isTime, name] = JSON.parse(stdout);
    expect([count >= 5, isTime, name]).toEqual([true, true, "AdminCreateUser"]);
    expect(count).toBe((await lookup({})).Events.length);
  });
});
