import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { developmentAuthenticator } from "../../src/http/aws-json/authenticate.ts";
import type { Handlers } from "../../src/http/aws-json/pipeline.ts";
import {
  type Listener,
  type ListenerOptions,
  type ListenerTimeouts,
  listen,
} from "../../src/http/listener.ts";
import { answer, DEFAULT_BODY_LIMITS, type RouteHandlers, type Router } from "../../src/http/router.ts";
import { trustedProxies } from "../../src/http/source-address.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { Identifiers } from "../../src/runtime/identifiers.ts";
import type { LogFields, Logger } from "../../src/runtime/logger.ts";
import { noMetrics } from "../../src/runtime/metrics.ts";
import { systemRandom } from "../../src/runtime/random.ts";
import { handlersWith, noServices } from "../support/wire-requests.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const listeners: Listener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
});

interface Given {
  connections?: Pick<ListenerOptions, "connectionsPerAddress" | "trustedProxies">;
  operations?: Partial<Handlers>;
  routes?: Partial<RouteHandlers>;
  timeouts?: Partial<ListenerTimeouts>;
}

async function serve({ connections = {}, operations = {}, routes = {}, timeouts = {} }: Given = {}) {
  const lines: [string, string, LogFields | undefined][] = [];
  const log = (level: string) => (message: string, fields?: LogFields) =>
    void lines.push([level, message, fields]);
  const logger: Logger = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
  const router: Router = {
    pipeline: {
      handlers: handlersWith(operations),
      authenticator: developmentAuthenticator({
        region: "us-east-1",
        accountId: "123456789012",
        boundToLoopback: true,
      }),
      services: noServices,
      logger,
      metrics: noMetrics,
      audit: null,
      limits: null,
    },
    handlers: {
      ready: async () => true,
      jwks: async (id) => (id === "us-east-1_known" ? { keys: [] } : null),
      logo: () => Promise.resolve(null),
      openidConfiguration: async (id) => (id === "us-east-1_known" ? { issuer: id } : null),
      userImportFile: async () => ({ status: 200, headers: {}, body: "" }),
      securityTokens: async () => ({ status: 200, headers: {}, body: "", operation: null, errorCode: null }),
      otherService: async () => ({ status: 200, headers: {}, body: "", operation: null, errorCode: null }),
      dev: null,
      ...routes,
    },
    boundToLoopback: true,
    limits: DEFAULT_BODY_LIMITS,
  };
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    answer: (request) => answer(router, request),
    logger,
    clock: systemClock,
    tls: null,
    metrics: noMetrics,
    identifiers: new Identifiers(systemClock, systemRandom),
    timeouts,
    ...connections,
  });
  listeners.push(listener);
  return { listener, lines };
}

interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

function send(listener: Listener, { method = "POST", path = "/", headers = {}, body = "" }: Sent) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
    const sent = httpRequest(
      { host: "127.0.0.1", port: listener.port, method, path, headers, agent: false },
      (received) => {
        const chunks: Buffer[] = [];
        received.on("data", (chunk: Buffer) => chunks.push(chunk));
        received.on("end", () =>
          resolve({
            status: received.statusCode ?? 0,
            headers: received.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
        received.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

const call = (listener: Listener, operation: string, input: unknown, headers: Record<string, string> = {}) =>
  send(listener, {
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
      ...headers,
    },
    body: JSON.stringify(input),
  });

describe("POST /", () => {
  it("answers an operation with the service's headers", async () => {
    const { listener, lines } = await serve({
      operations: { ListUserPools: async () => ({ UserPools: [] }) },
    });
    const { status, headers, body } = await call(listener, "ListUserPools", { MaxResults: 1 });
    expect({ status, body }).toEqual({ status: 200, body: '{"UserPools":[]}' });
    expect(headers).toMatchObject({
      "content-type": "application/x-amz-json-1.1",
      "content-length": "16",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-amzn-requestid": expect.stringMatching(UUID),
    });
    expect(headers.date).toBeDefined();
    expect(headers).not.toHaveProperty("access-control-allow-origin");
    expect(lines).toEqual([
      [
        "debug",
        "request",
        {
          requestId: headers["x-amzn-requestid"],
          status: 200,
          operation: "ListUserPools",
          durationMs: expect.any(Number),
        },
      ],
    ]);
  });

  it("answers an operation without output with an empty body", async () => {
    const { listener } = await serve();
    const answered = await call(listener, "AdminDeleteUser", { UserPoolId: "us-east-1_a", Username: "ana" });
    expect(answered).toMatchObject({ status: 200, body: "", headers: { "content-length": "0" } });
  });

  it("answers an error in header and body, and logs it", async () => {
    const { listener, lines } = await serve();
    const answered = await call(listener, "SignUp", { ClientId: "-\n日", Username: "ana" });
    expect(answered.status).toBe(400);
    expect(answered.headers["x-amzn-errortype"]).toBe("InvalidParameterException:");
    expect(answered.headers["x-amzn-errormessage"]).toContain("Value '- ?' at 'clientId'");
    expect(JSON.parse(answered.body).__type).toBe("InvalidParameterException");
    expect(lines).toMatchObject([
      ["info", "request", { status: 400, errorCode: "InvalidParameterException", operation: "SignUp" }],
    ]);
  });

  it("lets any web page read public operations, errors included, and no signed one", async () => {
    const { listener } = await serve();
    const Origin = "https://app.example.com";
    const open = await call(listener, "InitiateAuth", {}, { Origin });
    expect(open.headers).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
    });
    const signed = await call(listener, "ListUserPools", { MaxResults: 1 }, { Origin });
    expect(signed).toMatchObject({ status: 400, headers: { "x-amzn-errortype": "AccessDeniedException:" } });
    expect(signed.headers).not.toHaveProperty("access-control-allow-origin");
  });

  it("refuses a signed operation under a foreign Host", async () => {
    const { listener } = await serve();
    const answered = await call(listener, "ListUserPools", { MaxResults: 1 }, { Host: "evil.example" });
    expect(JSON.parse(answered.body)).toMatchObject({
      __type: "AccessDeniedException",
      Message: expect.stringContaining("Host"),
    });
  });
});

describe("a body over the limit", () => {
  const TOO_LARGE = '{"__type":"RequestEntityTooLargeException","message":"Request entity too large"}';

  it("is refused by its announced length, before it is sent", async () => {
    const { listener } = await serve();
    const answered = await new Promise<string>((resolve, reject) => {
      const socket = connect(listener.port, "127.0.0.1", () =>
        socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n{"),
      );
      let text = "";
      socket.on("data", (chunk) => (text += chunk));
      socket.on("close", () => resolve(text));
      socket.on("error", reject);
    });
    expect(answered).toMatch(/^HTTP\/1\.1 413 /);
    expect(answered).toMatch(/\r\nConnection: close\r\n/);
    expect(answered.endsWith(TOO_LARGE)).toBe(true);
  });

  it("is refused by its actual length when none is announced", async () => {
    const { listener } = await serve();
    const answered = await send(listener, {
      headers: { "Transfer-Encoding": "chunked" },
      body: Buffer.alloc(600 * 1024, 32),
    });
    expect(answered).toMatchObject({ status: 413, body: TOO_LARGE, headers: { connection: "close" } });
  });

  it("begins at 512 KiB, and at 3 MiB for branding", async () => {
    const { listener } = await serve();
    const padded = (bytes: number) => ({ Padding: "x".repeat(bytes - '{"Padding":""}'.length) });
    expect((await call(listener, "InitiateAuth", padded(512 * 1024))).status).toBe(400);
    expect((await call(listener, "InitiateAuth", padded(512 * 1024 + 1))).status).toBe(413);
    for (const operation of ["CreateManagedLoginBranding", "UpdateManagedLoginBranding"]) {
      expect((await call(listener, operation, padded(3 * 1024 * 1024))).status).not.toBe(413);
      expect((await call(listener, operation, padded(3 * 1024 * 1024 + 1))).status).toBe(413);
    }
  });

  it("is not a limit on headers, which have their own of 16 KiB", async () => {
    const { listener } = await serve();
    expect((await send(listener, { headers: { "X-Long": "x".repeat(17_000) } })).status).toBe(431);
  });
});

describe("the other routes", () => {
  it("OPTIONS / answers a preflight", async () => {
    const { listener } = await serve();
    const headers = {
      Origin: "https://a.example",
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": "x-amz-target",
    };
    const answered = await send(listener, { method: "OPTIONS", headers });
    expect(answered).toMatchObject({ status: 200, body: "" });
    expect(answered.headers).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-headers": "x-amz-target",
      "access-control-allow-methods": "POST",
      "access-control-max-age": "172800",
      "content-length": "0",
      "x-amzn-requestid": expect.stringMatching(UUID),
    });
  });

  it.each<[string, string, number, string]>([
    ["GET", "/", 405, '{"message":"Method not allowed."}'],
    ["PUT", "/", 405, '{"message":"Method not allowed."}'],
    ["GET", "/health/live", 200, '{"status":"ok"}'],
    ["HEAD", "/health/live", 200, ""],
    ["POST", "/health/live", 405, '{"message":"Method not allowed."}'],
    ["GET", "/health/ready", 200, '{"status":"ok"}'],
    ["GET", "/us-east-1_known/.well-known/jwks.json", 200, '{"keys":[]}'],
    ["GET", "/us-east-1_known/.well-known/openid-configuration", 200, '{"issuer":"us-east-1_known"}'],
    ["POST", "/us-east-1_known/.well-known/jwks.json", 405, '{"message":"Method not allowed."}'],
    [
      "GET",
      "/us-east-1_none/.well-known/jwks.json",
      404,
      '{"message":"User pool us-east-1_none does not exist."}',
    ],
    ["GET", "/a%2fb/.well-known/jwks.json", 404, '{"message":"Not found."}'],
    ["GET", "/us-east-1_known/.well-known/other", 404, '{"message":"Not found."}'],
    ["POST", "/elsewhere", 404, '{"message":"Not found."}'],
    ["GET", "/_dev/outbox", 404, '{"message":"Not found."}'],
  ])("%s %s: %i", async (method, path, status, body) => {
    const { listener } = await serve();
    const answered = await send(listener, { method, path });
    expect({ status: answered.status, body: answered.body }).toEqual({ status, body });
    expect(answered.headers["x-content-type-options"]).toBe("nosniff");
  });

  it("let any page read keys and discovery, and let them be cached", async () => {
    const { listener } = await serve();
    const answered = await send(listener, { method: "GET", path: "/us-east-1_known/.well-known/jwks.json" });
    expect(answered.headers).toMatchObject({
      "access-control-allow-origin": "*",
      "cache-control": "public, max-age=300",
    });
  });

  it.each([async () => false, async () => Promise.reject(new Error("database"))])(
    "are not ready when told so",
    async (ready) => {
      const { listener } = await serve({ routes: { ready } });
      const answered = await send(listener, { method: "GET", path: "/health/ready" });
      expect(answered).toMatchObject({ status: 503, body: '{"status":"unavailable"}' });
    },
  );

  it("answer a failure of their own without its details", async () => {
    const { listener, lines } = await serve({
      routes: { jwks: () => Promise.reject(new Error("secret detail")) },
    });
    const answered = await send(listener, { method: "GET", path: "/us-east-1_known/.well-known/jwks.json" });
    expect(answered.status).toBe(500);
    expect(answered.body).not.toContain("secret detail");
    expect(lines.map(([level, message]) => [level, message])).toEqual([
      ["error", "request failed unexpectedly"],
      ["error", "request"],
    ]);
  });
});

describe("the development kit", () => {
  const dev: RouteHandlers["dev"] = async ({ method, path, query, body }) => ({
    status: 200,
    body: { method, path, query: [...query], body },
  });

  it("gets method, path, query and body", async () => {
    const { listener } = await serve({ routes: { dev } });
    const answered = await send(listener, { path: "/_dev/clock?advance=5", body: '{"a":1}' });
    expect(JSON.parse(answered.body)).toEqual({
      method: "POST",
      path: "/_dev/clock",
      query: [["advance", "5"]],
      body: { a: 1 },
    });
  });

  it.each<Record<string, string>>([
    { Host: "evil.example" },
    { Origin: "http://localhost:3000" },
    { "Sec-Fetch-Site": "cross-site" },
  ])("is refused with %j", async (headers) => {
    const { listener } = await serve({ routes: { dev } });
    const answered = await send(listener, { method: "GET", path: "/_dev/outbox", headers });
    expect(answered.status).toBe(403);
    expect(answered.headers).not.toHaveProperty("access-control-allow-origin");
  });

  it("refuses a body that is not JSON, or too large", async () => {
    const { listener } = await serve({ routes: { dev } });
    expect(await send(listener, { path: "/_dev/clock", body: "{" })).toMatchObject({
      status: 400,
      body: '{"message":"The body is not JSON."}',
    });
    expect((await send(listener, { path: "/_dev/clock", body: Buffer.alloc(600 * 1024) })).status).toBe(413);
  });
});

describe("connections of one address", () => {
  /** Whether the server keeps a new connection open: one that it closes says nothing. */
  async function opened(listener: Listener): Promise<Socket | null> {
    const socket = connect(listener.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const [first] = await Promise.race([once(socket, "data"), once(socket, "close").then(() => [null])]);
    return first === null || typeof first === "boolean" ? null : socket;
  }
  const closed = async (socket: Socket | null | undefined) => {
    if (!socket) return;
    const end = once(socket, "close");
    socket.destroy();
    await end;
  };

  it("are closed beyond the limit before they say anything, and there is room again when one ends", async () => {
    const { listener } = await serve({ connections: { connectionsPerAddress: 2 } });
    const sockets = [await opened(listener), await opened(listener)];
    expect(sockets.every(Boolean)).toBe(true);
    expect(await opened(listener)).toBeNull();
    expect(await opened(listener)).toBeNull();
    await closed(sockets.pop());
    await expect.poll(() => opened(listener).then((socket) => socket && sockets.push(socket))).toBe(2);
    expect(await opened(listener)).toBeNull();
    for (const socket of sockets) await closed(socket);
  });

  it("are as many as it likes for a trusted proxy, and where there is no limit", async () => {
    for (const connections of [
      { connectionsPerAddress: 2, trustedProxies: trustedProxies(["127.0.0.0/8"]) },
      { connectionsPerAddress: 0 },
      {},
    ]) {
      const { listener } = await serve({ connections });
      const sockets = await Promise.all(Array.from({ length: 6 }, () => opened(listener)));
      expect(sockets.every(Boolean)).toBe(true);
      for (const socket of sockets) await closed(socket);
    }
  });
});

describe("stopping", () => {
  it("finishes the request under way, closes its connection, and accepts no more", async () => {
    let finish: (output: { UserPools: [] }) => void = () => {};
    const started = Promise.withResolvers<void>();
    const { listener } = await serve({
      operations: {
        ListUserPools: () =>
          new Promise((resolve) => {
            finish = resolve;
            started.resolve();
          }),
      },
    });
    const underWay = call(listener, "ListUserPools", { MaxResults: 1 }, { Connection: "keep-alive" });
    await started.promise;
    const closed = listener.close();
    await expect(send(listener, { method: "GET", path: "/health/live" })).rejects.toThrow("ECONNREFUSED");
    finish({ UserPools: [] });
    expect(await underWay).toMatchObject({ status: 200, headers: { connection: "close" } });
    await closed;
  });

  it("does not wait longer than it was told to", async () => {
    const { listener } = await serve({
      operations: { ListUserPools: () => new Promise(() => {}) },
      timeouts: { shutdownMs: 100 },
    });
    const underWay = call(listener, "ListUserPools", { MaxResults: 1 });
    underWay.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    await listener.close();
    await expect(underWay).rejects.toThrow();
  });

  it("drops idle connections at once", async () => {
    const { listener } = await serve();
    const socket = connect(listener.port, "127.0.0.1");
    const closed = new Promise((resolve) => socket.on("close", resolve));
    await new Promise((resolve) =>
      socket.write("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n", resolve),
    );
    await new Promise((resolve) => socket.once("data", resolve));
    await listener.close();
    await closed;
  });
});

describe("a caller who leaves early", () => {
  it("costs nothing but the request", async () => {
    const { listener, lines } = await serve();
    const socket = connect(listener.port, "127.0.0.1");
    await new Promise((resolve) =>
      socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{", resolve),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(lines).toEqual([]);
    expect((await send(listener, { method: "GET", path: "/health/live" })).status).toBe(200);
  });
});
