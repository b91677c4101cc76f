import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { apiOf, refusal } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD, signIn, startSignIn } from "../support/builders.ts";
import { arnOf, type FakeLambda, mappedTo, startFakeLambda } from "../support/fake-lambda.ts";
import { startNodes } from "../support/nodes.ts";
import { type CollectedSpan, type OtlpCollector, startOtlpCollector } from "../support/otlp-collector.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { allow, apiHeaders, type Production, signedCall, startProduction } from "../support/production.ts";
import { SMS } from "../support/scene.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { startWorld } from "../support/world.ts";

const listening = async (server: Server): Promise<string> => {
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Names, addresses and secrets that a trace must not hold. */
const CANARY = {
  name: "canary-name",
  password: "Canary-Passw0rd-77",
  wrongPassword: "Canary-Wr0ng-77",
  phone: "+15550107788",
  email: "canary@example.com",
};

describe("traces of a server", () => {
  let collector: OtlpCollector;
  let lambda: FakeLambda;
  let gateway: Server;
  let poolId: string;
  let tokens: Readonly<Record<string, unknown>>;
  let requestId: string | null;
  let closedWithinMs: number;
  const texts: string[] = [];

  beforeAll(async () => {
    collector = await startOtlpCollector();
    lambda = await startFakeLambda();
    gateway = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      texts.push(body);
      response.end();
    });
    const world = await startWorld({
      tracing: { endpoint: collector.endpoint, serviceName: "sign-in of example" },
      triggers: mappedTo(lambda.endpoint, ["pre"]),
      sms: { webhookUrl: await listening(gateway) },
    });
    const api = apiOf(world);
    const { Id } = await makePool(api, {
      UserPoolTags: { "cognate:password-storage": "argon2id" },
      LambdaConfig: { PreAuthentication: arnOf("pre") },
      SmsConfiguration: SMS,
      AutoVerifiedAttributes: ["phone_number"],
    });
    poolId = Id;
    const client = await makeClient(api, Id);
    const attributes = { phone_number: CANARY.phone, phone_number_verified: "true", email: CANARY.email };
    await makeUser(api, Id, CANARY.name, { password: CANARY.password, attributes });
    tokens = await signIn(api, client, CANARY.name, CANARY.password);
    await refusal(startSignIn(api, client, CANARY.name, CANARY.wrongPassword));
    await api("ForgotPassword", { ClientId: client.ClientId, Username: CANARY.name });
    const body = JSON.stringify({ UserPoolId: "us-east-1_CanaryPoo", Username: CANARY.name });
    const absent = await fetch(world.url, { method: "POST", headers: apiHeaders("AdminGetUser"), body });
    requestId = absent.headers.get("x-amzn-requestid");
    await fetch(`${world.url}/${CANARY.name}?password=${CANARY.password}`, {
      headers: {
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "user-agent": CANARY.email,
      },
    });
    await fetch(`${world.url}/health/ready`);
    await vi.waitFor(() => expect(texts).toHaveLength(1), { timeout: 10_000 });
    const before = performance.now();
    await world.close();
    closedWithinMs = performance.now() - before;
  });
  afterAll(async () => {
    await collector.close();
    await lambda.close();
    gateway.close();
  });

  const named = (name: string) => collector.spans().filter((span) => span.name === name);
  const childrenOf = ({ spanId }: CollectedSpan) =>
    collector.spans().filter(({ parentSpanId }) => parentSpanId === spanId);
  const theSignIn = () => named("InitiateAuth").find((span) => span.attributes["error.type"] === undefined);

  it("are delivered when it stops, without a wait for the next batch", () => {
    expect(named("ForgotPassword")).toHaveLength(1);
    expect(closedWithinMs).toBeLessThan(3000);
  });

  it("have a span for each request, named after its operation", () => {
    const span = theSignIn();
    expect(span).toMatchObject({ kind: "server", parentSpanId: null, failed: false });
    expect(span?.attributes).toEqual({
      "http.request.method": "POST",
      "aws.request_id": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "rpc.system": "aws-api",
      "rpc.method": "InitiateAuth",
      "http.response.status_code": 200,
      "cloud.region": "us-east-1",
      "cognate.user_pool.id": poolId,
    });
    expect(span?.nanoseconds).toBeGreaterThan(0n);
    expect(span?.resource).toMatchObject({ "service.name": "sign-in of example" });
  });

  it("tell a refusal by its name, and do not call it the server's failure", () => {
    const [refused] = named("InitiateAuth").filter(({ attributes }) => attributes["error.type"]);
    expect(refused?.failed).toBe(false);
    expect(refused?.attributes).toMatchObject({
      "error.type": "NotAuthorizedException",
      "http.response.status_code": 400,
    });
  });

  it("have a request's id as its caller has it", () => {
    const [span] = named("AdminGetUser");
    expect(span?.attributes["aws.request_id"]).toBe(requestId);
    // A pool that there is none of is what a caller says, and nothing else.
    expect(span?.attributes["cognate.user_pool.id"]).toBeUndefined();
  });

  it("show what a sign-in waits for: hash, function and database", () => {
    const span = theSignIn();
    const children = span ? childrenOf(span) : [];
    const names = new Set(children.map(({ name }) => name));
    expect(names).toEqual(new Set(["hash password", "invoke function", "transaction"]));
    const one = (name: string) => children.find((child) => child.name === name);
    expect(one("invoke function")).toMatchObject({ kind: "client", failed: false });
    expect(one("invoke function")?.attributes).toEqual({
      "aws.lambda.invoked_arn": arnOf("pre"),
      "cognate.outcome": "answered",
    });
    expect(one("transaction")?.attributes).toEqual({ "db.system.name": "sqlite" });
    expect(one("hash password")?.attributes).toEqual({});
    for (const child of children) expect(child.traceId).toBe(span?.traceId);
  });

  it("have a message as a trace of its own, for it is sent after the request", () => {
    const [span] = named("send message");
    expect(span).toMatchObject({ kind: "client", parentSpanId: null, failed: false });
    expect(span?.attributes).toEqual({ "cognate.channel": "SMS", "cognate.user_pool.id": poolId });
    expect(childrenOf(named("ForgotPassword")[0] as CollectedSpan).map(({ name }) => name)).not.toContain(
      "send message",
    );
  });

  it("do not take a stranger's word for the trace that a request is part of", () => {
    const [span] = named("GET");
    expect(span?.attributes).toEqual({
      "http.request.method": "GET",
      "aws.request_id": expect.any(String),
      "http.response.status_code": 404,
    });
    expect(span?.parentSpanId).toBeNull();
    expect(span?.traceId).not.toBe("0af7651916cd43dd8448eb211c80319c");
  });

  it("leave out who asks whether the server lives", () => expect(named("GET")).toHaveLength(1));

  it("hold no name, address, password, code or token", () => {
    const sent = collector.sent();
    expect(sent).toContain(poolId);
    const code = /\d{6}/.exec(texts[0] ?? "")?.[0] ?? "no code";
    const secrets = [
      ...Object.values(CANARY),
      code,
      tokens.AccessToken,
      tokens.RefreshToken,
      "CanaryPoo",
      "127.0.0.1:5",
    ];
    for (const secret of secrets) expect(sent).not.toContain(String(secret));
  });
});

describe("a trace that a trusted proxy began", () => {
  const TRACE = "0af7651916cd43dd8448eb211c80319c";
  const PARENT = "b7ad6b7169203331";
  let collector: OtlpCollector;
  let production: Production;
  beforeAll(async () => {
    collector = await startOtlpCollector();
    production = await startProduction({
      tracing: { endpoint: collector.endpoint, sampleRatio: 0 },
      trustedProxies: ["127.0.0.0/8"],
    });
    const rotator = await production.user("rotator", [allow("cognate:RotateSigningKeys")]);
    const call = (traceparent: string, tracestate = "vendor=1") =>
      fetch(`${production.url}/`, { headers: { traceparent, tracestate } });
    await call(`00-${TRACE}-${PARENT}-01`);
    await call(`00-${TRACE}-${PARENT}-00`);
    await call("00-not-a-traceparent-01");
    const signed = (target: string, service: string) => {
      const body = JSON.stringify({ UserPoolId: "us-east-1_NoSuchPoo", Username: "x" });
      const headers = { ...apiHeaders(""), "x-amz-target": target };
      const all = signedCall(production.url, rotator, { headers, body }, { service, region: "eu-west-3" });
      const traceparent = `00-${TRACE}-${PARENT}-01`;
      return fetch(production.url, { method: "POST", headers: { ...all, traceparent }, body });
    };
    await signed("CognateService.RotateSigningKeys", "cognate");
    await signed("AWSCognitoIdentityProviderService.AdminGetUser", "cognito-idp");
    await production.close();
  });
  afterAll(() => collector.close());

  it("goes on here, where the proxy had it recorded, and in no other case", () => {
    const requests = collector.spans().filter(({ kind, name }) => kind === "server" && name === "GET");
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ traceId: TRACE, parentSpanId: PARENT });
  });

  it("has the region that a call was signed for, also of operations of this server's own", () => {
    for (const name of ["RotateSigningKeys", "AdminGetUser"]) {
      const [span] = collector.spans().filter((one) => one.name === name);
      expect(span?.attributes).toMatchObject({
        "cloud.region": "eu-west-3",
        "http.response.status_code": 400,
      });
    }
  });
});

describe("a collector that does not answer", () => {
  it("disturbs no request and no stop, and is told of once in the log", async () => {
    const directory = mkdtempSync(join(tmpdir(), "cognate-tracing-"));
    const gone = createServer();
    const endpoint = `${await listening(gone)}/v1/traces`;
    await new Promise((closed) => gone.close(closed));
    const server = await startServerProcess({
      dataDir: directory,
      environment: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: "1000" },
    });
    const api = apiOf(server);
    const { Id } = await makePool(api);
    const client = await makeClient(api, Id);
    await makeUser(api, Id, "ana", { password: PASSWORD });
    for (let count = 0; count < 20; count++) await signIn(api, client, "ana");
    const lost = () => server.errors().match(/Traces cannot be delivered/g)?.length;
    await expect.poll(lost, { timeout: 15_000 }).toBe(1);
    await signIn(api, client, "ana");
    const before = performance.now();
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(performance.now() - before).toBeLessThan(5000);
    expect(lost()).toBe(1);
    rmSync(directory, { recursive: true, force: true });
  });

  it("does not keep a server running", async () => {
    const silent = createServer(() => {});
    const endpoint = await listening(silent);
    const world = await startWorld({ tracing: { endpoint } });
    await apiOf(world)("ListUserPools", { MaxResults: 1 });
    const before = performance.now();
    await world.close();
    expect(performance.now() - before).toBeLessThan(5000);
    silent.closeAllConnections();
    silent.close();
  });
});

const { url: postgres, reason } = inject("postgres");

describe.skipIf(postgres === null)(`traces with PostgreSQL ${reason}`, () => {
  it("call transactions calls of another program", async () => {
    const collector = await startOtlpCollector();
    const database = await createDatabase(postgres ?? "");
    const nodes = await startNodes(database, {
      tracing: { endpoint: collector.endpoint },
      databaseUrl: database,
    });
    await makePool(nodes.apis[0]);
    await nodes.close();
    await dropDatabase(postgres ?? "", database);
    const [made] = collector.spans().filter(({ name }) => name === "CreateUserPool");
    const [transaction] = collector.spans().filter(({ parentSpanId }) => parentSpanId === made?.spanId);
    expect(transaction).toMatchObject({
      name: "transaction",
      kind: "client",
      attributes: { "db.system.name": "postgresql" },
    });
    await collector.close();
  });
});

describe("what switches traces on", () => {
  let directory: string;
  let collector: OtlpCollector;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "cognate-tracing-"));
    collector = await startOtlpCollector();
    writeFileSync(
      join(directory, "loaded.mjs"),
      `import { registerHooks } from "node:module";
      const told = (url) => url.includes("opentelemetry") && process.stderr.write("loaded " + url + "\\n");
      registerHooks({ load: (url, context, next) => (told(url), next(url, context)) });`,
    );
    writeFileSync(
      join(directory, "traced.toml"),
      `[tracing]\nendpoint = "${collector.endpoint}"\nserviceName = "from the file"\n`,
    );
  });
  afterAll(async () => {
    await collector.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function run(
    name: string,
    environment: Readonly<Record<string, string>>,
    startArguments: readonly string[] = [],
  ): Promise<{ spans: CollectedSpan[]; errors: string }> {
    const before = collector.spans().length;
    const server: ServerProcess = await startServerProcess({
      dataDir: join(directory, name),
      nodeArguments: ["--import", join(directory, "loaded.mjs")],
      startArguments: ["--dev", ...startArguments],
      environment,
    });
    await apiOf(server)("ListUserPools", { MaxResults: 1 });
    await server.stop();
    return { spans: collector.spans().slice(before), errors: server.errors() };
  }
  const fromFile = () => ["--config", join(directory, "traced.toml")];

  it("is a section of the file", async () => {
    const { spans, errors } = await run("file", {}, fromFile());
    expect(spans.map(({ name }) => name)).toContain("ListUserPools");
    expect(spans[0]?.resource["service.name"]).toBe("from the file");
    expect(errors).toContain("loaded file:");
  });

  it("is an endpoint in OpenTelemetry's own variables, which win over the file", async () => {
    const { spans } = await run("variables", {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint.replace("/v1/traces", ""),
      OTEL_SERVICE_NAME: "from a variable",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
      OTEL_EXPORTER_OTLP_HEADERS: "x-collector-key=key-of-the-collector",
    });
    expect(spans.map(({ name }) => name)).toContain("ListUserPools");
    expect(spans[0]?.resource).toMatchObject({
      "service.name": "from a variable",
      "deployment.environment.name": "test",
    });
    expect(collector.sent()).toContain('"x-collector-key":"key-of-the-collector"');
    const none = await run("sampler", { OTEL_TRACES_SAMPLER: "always_off" }, fromFile());
    expect(none.spans).toEqual([]);
  });

  it.each([
    ["nothing", {}, false],
    ["only a name", { OTEL_SERVICE_NAME: "cognate" }, false],
    ["OTEL_SDK_DISABLED", { OTEL_SDK_DISABLED: "true" }, true],
    ["OTEL_TRACES_EXPORTER none", { OTEL_TRACES_EXPORTER: "none" }, true],
  ] as const)(
    "is not there with %s: then not a line of it is even loaded",
    async (name, variables, withFile) => {
      const { spans, errors } = await run(name, variables, withFile ? fromFile() : []);
      expect(spans).toEqual([]);
      expect(errors).not.toContain("loaded ");
    },
  );

  it("must be usable", async () => {
    const file = join(directory, "wrong.toml");
    writeFileSync(file, '[tracing]\nendpoint = "collector"\nsampleRatio = 2\n');
    const { stderr } = await promisify(execFile)(process.execPath, [
      "src/main.ts",
      "start",
      "--dev",
      "--config",
      file,
    ])
      .then(() => ({ stderr: "started" }))
      .catch((fault: { stderr: string }) => fault);
    expect(stderr).toContain("tracing.endpoint: ");
    expect(stderr).toContain("tracing.sampleRatio: ");
  });
});
