import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { parseConfig } from "../../src/config/config.ts";
import type { LogFields, Logger } from "../../src/runtime/logger.ts";
import { type RunningServer, startServer } from "../../src/server.ts";
import { type Api, apiOf, refusal } from "../support/api.ts";
import { attributes, makeClient, makePool, makeUser, PASSWORD, signIn } from "../support/builders.ts";
import { type Scene, scene } from "../support/scene.ts";
import { watching } from "../support/threat.ts";
import { startWorld, type World } from "../support/world.ts";

type LogConfiguration = Input<"SetLogDeliveryConfiguration">["LogConfigurations"][number];

const group = (name: string): string => `arn:aws:logs:us-east-1:123456789012:log-group:${name}`;
const BUCKET = "arn:aws:s3:::auth-events";
const STREAM = "arn:aws:firehose:us-east-1:123456789012:deliverystream/events";

const notifications = (name: string): LogConfiguration => ({
  EventSource: "userNotification",
  LogLevel: "ERROR",
  CloudWatchLogsConfiguration: { LogGroupArn: group(name) },
});
const events = (destination: object): LogConfiguration => ({
  EventSource: "userAuthEvents",
  LogLevel: "INFO",
  ...destination,
});

describe("where a pool sends its logs", () => {
  let world: World;
  let place: Scene;
  beforeAll(async () => {
    world = await startWorld();
    place = await scene(world, watching("AUDIT"));
  });
  afterAll(() => world.close());

  const set = (LogConfigurations: LogConfiguration[], { api, UserPoolId }: Scene = place) =>
    api("SetLogDeliveryConfiguration", { UserPoolId, LogConfigurations });
  const got = async ({ api, UserPoolId }: Scene = place) =>
    (await api("GetLogDeliveryConfiguration", { UserPoolId })).LogDeliveryConfiguration;

  it("is nowhere at first, then where it was set, each time anew", async () => {
    const { UserPoolId } = place;
    expect(await got()).toEqual({ UserPoolId, LogConfigurations: [] });
    const LogConfigurations = [notifications("a"), events({ S3Configuration: { BucketArn: BUCKET } })];
    expect((await set(LogConfigurations)).LogDeliveryConfiguration).toEqual({
      UserPoolId,
      LogConfigurations,
    });
    expect(await got()).toEqual({ UserPoolId, LogConfigurations });
    const next = [events({ FirehoseConfiguration: { StreamArn: STREAM } })];
    await set(next);
    expect((await got())?.LogConfigurations).toEqual(next);
    await set([]);
    expect((await got())?.LogConfigurations).toEqual([]);
  });

  it.each([
    ["two of one source", [notifications("a"), notifications("b")], /one log configuration/],
    ["a level that the source has not", [{ ...notifications("a"), LogLevel: "INFO" }], /must be ERROR/],
    ["no destination", [events({})], /Exactly one/],
    [
      "two destinations",
      [events({ S3Configuration: { BucketArn: BUCKET }, FirehoseConfiguration: { StreamArn: STREAM } })],
      /Exactly one/,
    ],
    [
      "notifications elsewhere than to a log group",
      [{ EventSource: "userNotification", LogLevel: "ERROR", S3Configuration: { BucketArn: BUCKET } }],
      /CloudWatchLogsConfiguration/,
    ],
    [
      "three configurations",
      [notifications("a"), notifications("b"), notifications("c")],
      /length less than or equal to 2/,
    ],
  ] as [string, LogConfiguration[], RegExp][])("is refused with %s, and stays", async (_, given, words) => {
    await set([notifications("stays")]);
    expect(await refusal(set(given))).toMatch(/^InvalidParameterException: /);
    expect(await refusal(set(given))).toMatch(words);
    expect((await got())?.LogConfigurations).toEqual([notifications("stays")]);
  });

  it("is for user activity in the tier PLUS only", async () => {
    const plain = await scene(world);
    const activity = events({ CloudWatchLogsConfiguration: { LogGroupArn: group("a") } });
    expect(await refusal(set([activity], plain))).toMatch(/^FeatureUnavailableInTierException: /);
    await set([notifications("a")], plain);
  });
});

interface Line {
  readonly eventTimestamp: string;
  readonly eventSource: string;
  readonly logLevel: string;
  readonly message: Readonly<Record<string, unknown>>;
  readonly logSourceId: { readonly userPoolId: string };
}

const linesOf = (text: string): Line[] =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe("the logs of pools", () => {
  let directory: string;
  let sink: Server;
  let mail: SMTPServer;
  let posts: { authorization: string | undefined; body: string }[];
  let sinkAnswers: boolean;
  let server: RunningServer;
  let api: Api;
  const warnings: { message: string; fields: LogFields }[] = [];
  const infos: LogFields[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "cognate-logs-"));
    posts = [];
    sinkAnswers = true;
    sink = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      posts.push({ authorization: request.headers.authorization, body: Buffer.concat(chunks).toString() });
      if (sinkAnswers) response.writeHead(204).end();
    });
    await new Promise<void>((ready) => sink.listen(0, "127.0.0.1", ready));
    const url = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/logs`;
    // It names whom it does not take, as mail servers do.
    mail = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      onRcptTo: ({ address }, _session, done) =>
        done(new Error(`No mailbox ${address} or +15555550123 here`)),
    });
    await new Promise<void>((ready) => mail.listen(0, "127.0.0.1", ready));
    const mailPort = (mail.server.address() as AddressInfo).port;
    const logger: Logger = {
      debug() {},
      info: (_message, fields = {}) => infos.push(fields),
      warn: (message, fields = {}) => warnings.push({ message, fields }),
      error() {},
    };
    server = await startServer(
      parseConfig({
        mode: "development",
        port: 0,
        dataDir: directory,
        smtp: { url: `smtp://127.0.0.1:${mailPort}`, from: "no-reply@example.com" },
        logDestinations: {
          [group("file")]: { file: { path: join(directory, "pool.log") } },
          [group("notifications")]: { file: { path: join(directory, "notifications.log") } },
          [group("nowhere")]: { file: { path: join(directory, "no", "such", "directory") } },
          [STREAM]: { http: { url, token: "let-me-in" } },
          [BUCKET]: { serverLog: true },
        },
      }),
      { logger },
    );
    api = apiOf(server);
  });
  afterAll(async () => {
    await server.close();
    await new Promise<void>((done) => mail.close(done));
    sink.closeAllConnections();
    await new Promise((done) => sink.close(done));
    rmSync(directory, { recursive: true, force: true });
  });

  async function place(configuration: LogConfiguration | null) {
    const { Id: UserPoolId } = await makePool(api, {
      ...watching("AUDIT"),
      AutoVerifiedAttributes: ["email"],
    });
    const client = await makeClient(api, UserPoolId);
    await makeUser(api, UserPoolId, "ana", { password: PASSWORD });
    if (configuration)
      await api("SetLogDeliveryConfiguration", { UserPoolId, LogConfigurations: [configuration] });
    return { UserPoolId, client };
  }
  const read = (name: string): Line[] => linesOf(readFileSync(join(directory, name), "utf8"));

  it("go to a file that only its owner reads, line by line as Cognito writes them", async () => {
    const { UserPoolId, client } = await place(
      events({ CloudWatchLogsConfiguration: { LogGroupArn: group("file") } }),
    );
    await signIn(api, client, "ana");
    const ClientId = client.ClientId ?? "";
    await api("SignUp", {
      ClientId,
      Username: "bob",
      Password: PASSWORD,
      UserAttributes: attributes({ email: "bob@example.com" }),
    });
    await expect.poll(() => read("pool.log").length).toBe(2);
    const [first, second] = read("pool.log");
    const { AuthEvents } = await api("AdminListUserAuthEvents", { UserPoolId, Username: "ana" });
    const { UserAttributes } = await api("AdminGetUser", { UserPoolId, Username: "ana" });
    expect(first).toEqual({
      eventTimestamp: expect.stringMatching(/^\d{13}$/),
      eventSource: "USER_ACTIVITY",
      logLevel: "INFO",
      message: {
        version: "1",
        eventId: AuthEvents?.[0]?.EventId,
        eventType: "SignIn",
        userSub: UserAttributes?.find(({ Name }) => Name === "sub")?.Value,
        userName: "ana",
        userPoolId: UserPoolId,
        clientId: ClientId,
        creationDate: expect.stringMatching(/^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4}$/),
        eventResponse: "Pass",
        riskLevel: "",
        riskDecision: "PASS",
        challenges: ["Password:Success"],
        deviceName: "Other, Other",
        ipAddress: "127.0.0.1",
        requestId: expect.stringMatching(/^[\w-]{36}$/),
        idpName: "",
        compromisedCredentialDetected: "false",
        city: "",
        country: "",
        eventFeedbackValue: "",
        eventFeedbackDate: "",
        eventFeedbackProvider: "",
        hasContextData: "false",
      },
      logSourceId: { userPoolId: UserPoolId },
    });
    expect(second?.message).toMatchObject({
      eventType: "SignUp",
      eventResponse: "InProgress",
      userName: "bob",
    });
    expect(statSync(join(directory, "pool.log")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(directory, "pool.log"), "utf8")).not.toContain(PASSWORD);
  });

  it("go to an address with its token, and hold nobody up when it does not answer", async () => {
    const { client } = await place(events({ FirehoseConfiguration: { StreamArn: STREAM } }));
    await signIn(api, client, "ana");
    await expect.poll(() => posts.length).toBe(1);
    expect(posts[0]?.authorization).toBe("Bearer let-me-in");
    expect(linesOf(posts[0]?.body ?? "")[0]?.message).toMatchObject({ eventType: "SignIn" });
    sinkAnswers = false;
    const started = performance.now();
    for (let n = 0; n < 5; n++) await signIn(api, client, "ana");
    expect(performance.now() - started).toBeLessThan(5_000);
    sink.closeAllConnections();
    sinkAnswers = true;
    await expect.poll(() => warnings.some(({ fields }) => fields.destinationArn === STREAM)).toBe(true);
  });

  it("go to the server's own log where the operator says so, and from a destination that is not mapped, with one warning", async () => {
    const unmapped = group("unmapped");
    for (const destination of [
      { S3Configuration: { BucketArn: BUCKET } },
      { CloudWatchLogsConfiguration: { LogGroupArn: unmapped } },
    ]) {
      const { UserPoolId, client } = await place(events(destination));
      for (let n = 0; n < 2; n++) await signIn(api, client, "ana");
      const here = () =>
        infos.filter(({ record }) => (record as Line | undefined)?.logSourceId.userPoolId === UserPoolId);
      await expect.poll(() => here().length).toBe(2);
    }
    expect(warnings.filter(({ fields }) => fields.destinationArn === unmapped)).toHaveLength(1);
    expect(warnings.filter(({ fields }) => fields.destinationArn === BUCKET)).toEqual([]);
  });

  it("are lost with a word in the server's log where they cannot be written, and requests go on", async () => {
    const nowhere = group("nowhere");
    const { client } = await place(events({ CloudWatchLogsConfiguration: { LogGroupArn: nowhere } }));
    await signIn(api, client, "ana");
    await expect
      .poll(() => warnings.filter(({ fields }) => fields.destinationArn === nowhere).length)
      .toBe(1);
    await signIn(api, client, "ana");
  });

  it("go nowhere where nothing is set", async () => {
    const before = infos.length;
    const { client } = await place(null);
    await signIn(api, client, "ana");
    await signIn(api, client, "ana");
    expect(infos.length).toBe(before);
  });

  it("tell of messages that could not be sent, without the address and the code", async () => {
    const { UserPoolId, client } = await place(notifications("notifications"));
    await api("SignUp", {
      ClientId: client.ClientId ?? "",
      Username: "eve",
      Password: PASSWORD,
      UserAttributes: attributes({ email: "eve@example.com" }),
    });
    await expect.poll(() => read("notifications.log").length, { timeout: 15_000 }).toBeGreaterThanOrEqual(1);
    const [line] = read("notifications.log");
    expect(line).toEqual({
      eventTimestamp: expect.stringMatching(/^\d{13}$/),
      eventSource: "USER_NOTIFICATION",
      logLevel: "ERROR",
      message: { details: expect.stringContaining("could not be delivered by EMAIL") },
      logSourceId: { userPoolId: UserPoolId },
    });
    expect(JSON.stringify(line)).toContain("No mailbox ***");
    expect(JSON.stringify(line)).not.toMatch(/eve@|5555/);
  });
});
