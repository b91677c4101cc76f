import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "../../src/config/config.ts";
import { refusal } from "../support/api.ts";
import { closeWithinModel, PASSWORD } from "../support/builders.ts";
import { arnOf, type FakeLambda, mappedTo, startFakeLambda } from "../support/fake-lambda.ts";
import { scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

/** Long enough for a process to start on a busy machine. */
const TIMEOUT_MS = 1000;
const SECRET = "a secret of the webhook";

const JAVASCRIPT = `
const secrets = process.env.COGNATE_KEY;
export const handler = async (event) => {
  switch (event.userName) {
    case "hang": return new Promise(() => {});
    case "busy": for (;;) {}
    case "throw": throw new Error("from JavaScript");
    case "text": throw "only text";
    case "exit": process.exit(3);
    case "huge": return { ...event, padding: "x".repeat(10 * 1024 * 1024) };
    case "nothing": return;
    case "circular": { const a = {}; a.a = a; return a; }
    case "loud": console.log("this is not an answer"); break;
    case "secrets": throw new Error(String(secrets));
  }
  event.response.autoConfirmUser = true;
  return event;
};
export const withCallback = (event, context, callback) => {
  setTimeout(() => callback(event.userName === "throw" ? new Error("called back") : null, event), 1);
};
`;

const PYTHON = `
import time
def handler(event, context):
    name = event["userName"]
    if name == "hang":
        time.sleep(600)
    if name == "throw":
        raise ValueError("from Python")
    if name == "loud":
        print("this is not an answer")
    assert context.get_remaining_time_in_millis() > 0
    event["response"]["autoConfirmUser"] = True
    return event
`;

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return (server.address() as AddressInfo).port;
};

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((done) => server.close(done));
  return port;
}

describe("reaching a function", () => {
  const directory = mkdtempSync(join(tmpdir(), "cognate-functions-"));
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  let lambda: FakeLambda;
  let webhook: Server;
  let world: World;
  let received: { headers: IncomingMessage["headers"]; body: string }[] = [];
  let answerWebhook: (body: string, response: ServerResponse) => void;

  beforeAll(async () => {
    lambda = await startFakeLambda();
    webhook = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        received.push({ headers: request.headers, body });
        answerWebhook(body, response);
      });
    });
    const url = `http://127.0.0.1:${await listening(webhook)}/functions`;
    process.env.COGNATE_KEY = "not for functions";
    world = await startWorld({
      triggerTimeoutMs: TIMEOUT_MS,
      awsAccessKeyId: "AKIDEXAMPLE",
      awsSecretAccessKey: "secret",
      triggers: {
        ...mappedTo(lambda.endpoint, ["lambda"]),
        [arnOf("by-arn")]: { lambda: { endpoint: lambda.endpoint } },
        [arnOf("gone")]: { lambda: { endpoint: `http://127.0.0.1:${await closedPort()}` } },
        [arnOf("webhook")]: { webhook: { url, secret: SECRET } },
        [arnOf("module")]: { module: { path: file("function.mjs", JAVASCRIPT) } },
        [arnOf("callback")]: { module: { path: file("callback.mjs", JAVASCRIPT), handler: "withCallback" } },
        [arnOf("common")]: {
          module: { path: file("common.cjs", "exports.handler = (event) => event;") },
        },
        [arnOf("typed")]: {
          module: { path: file("typed.ts", "export const handler = (event: unknown): unknown => event;") },
        },
        [arnOf("reloaded")]: { module: { path: file("reloaded.mjs", "") } },
        [arnOf("broken")]: { module: { path: file("broken.mjs", "this is no program") } },
        [arnOf("missing")]: { module: { path: join(directory, "missing.mjs") } },
        [arnOf("python")]: { python: { path: file("function.py", PYTHON) } },
      },
    });
  });
  beforeEach(() => {
    lambda.reset();
    received = [];
    answerWebhook = (body, response) => void response.writeHead(200).end(body);
  });
  afterAll(async () => {
    await closeWithinModel(world);
    await lambda.close();
    await new Promise((done) => webhook.close(done));
    rmSync(directory, { recursive: true, force: true });
    delete process.env.COGNATE_KEY;
  });

  /** A sign-up in a pool whose PreSignUp is this function. */
  async function signUp(name: string, Username = "ana") {
    const { api, ClientId } = await scene(world, { LambdaConfig: { PreSignUp: arnOf(name) } });
    return api("SignUp", { ClientId, Username, Password: PASSWORD });
  }
  const refused = async (name: string, username?: string) => refusal(signUp(name, username));
  const timed = async <T>(work: Promise<T>): Promise<{ result: T; ms: number }> => {
    const start = performance.now();
    const result = await work;
    return { result, ms: performance.now() - start };
  };

  const UNRECOGNIZABLE = "InvalidLambdaResponseException: Unrecognizable lambda output";
  const NOT_JSON = "InvalidLambdaResponseException: Invalid lambda function output : Invalid JSON";
  const LATE =
    "UnexpectedLambdaException: PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.";
  const MISCONFIGURED = "UnexpectedLambdaException: PreSignUp invocation failed due to configuration.";

  it("is impossible for an ARN that the operator has not mapped", async () => {
    expect(await refused("unknown")).toBe(MISCONFIGURED);
    expect(lambda.calls).toEqual([]);
  });

  describe("at a Lambda endpoint", () => {
    it("is Invoke, signed, under the mapped name or else the ARN", async () => {
      await signUp("lambda");
      await signUp("by-arn");
      expect(lambda.calls.map(({ url }) => url)).toEqual([
        "/2015-03-31/functions/lambda/invocations",
        `/2015-03-31/functions/${encodeURIComponent(arnOf("by-arn"))}/invocations`,
      ]);
      expect(lambda.calls[0]?.headers).toMatchObject({
        "x-amz-invocation-type": "RequestResponse",
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/lambda\/aws4_request/,
        ),
      });
    });

    it.each([
      [404, { "x-amzn-errortype": "ResourceNotFoundException" }, "{}", MISCONFIGURED, 1],
      [
        403,
        { "x-amzn-errortype": "AccessDeniedException:http://internal/" },
        "{}",
        "UnexpectedLambdaException: PreSignUp invocation failed due to error AccessDeniedException.",
        1,
      ],
      [
        409,
        {},
        '{"__type":"com.amazonaws#ResourceConflictException"}',
        "UnexpectedLambdaException: PreSignUp invocation failed due to error ResourceConflictException.",
        1,
      ],
      [500, {}, "<html>", "UnexpectedLambdaException: PreSignUp invocation failed due to error Http500.", 1],
      [
        429,
        {},
        "",
        "UnexpectedLambdaException: PreSignUp invocation failed due to error TooManyRequestsException.",
        3,
      ],
    ])(
      "that answers %i ends as AWS says, after as many attempts",
      async (status, headers, body, text, attempts) => {
        lambda.raw("lambda", (_, response) => response.writeHead(status, headers).end(body));
        expect(await refused("lambda")).toBe(text);
        expect(lambda.calls).toHaveLength(attempts);
      },
    );

    it("survives a throttled attempt", async () => {
      lambda.raw("lambda", (_, response, body) =>
        lambda.calls.length < 3 ? response.writeHead(429).end() : response.end(body),
      );
      expect((await signUp("lambda")).UserSub).toBeTruthy();
    });

    it("that does not answer is called three times, and each time for no longer than the limit", async () => {
      lambda.raw("lambda", () => {});
      const { result, ms } = await timed(refused("lambda"));
      expect(result).toBe(LATE);
      expect(lambda.calls).toHaveLength(3);
      expect(ms).toBeGreaterThan(3 * TIMEOUT_MS - 100);
      expect(ms).toBeLessThan(3 * TIMEOUT_MS + 1500);
    });

    it("that dribbles its answer is late too", async () => {
      lambda.raw("lambda", (_, response) => {
        const dribble = setInterval(() => response.write(" "), 100);
        response.on("close", () => clearInterval(dribble));
      });
      expect(await refused("lambda")).toBe(LATE);
    });

    it("that is not there says so", async () => {
      expect(await refused("gone")).toMatch(
        /^UnexpectedLambdaException: PreSignUp invocation failed due to error ECONNREFUSED\.$/,
      );
    });

    it.each([
      ["null", "null", UNRECOGNIZABLE],
      ["nothing", "", UNRECOGNIZABLE],
      ["text", '"yes"', NOT_JSON],
      ["a list", "[]", NOT_JSON],
      ["no JSON", "<html>", NOT_JSON],
      ["an object that is not the event", '{"response":{}}', UNRECOGNIZABLE],
      ["10 MB", `"${"x".repeat(10 * 1024 * 1024)}"`, UNRECOGNIZABLE],
    ])("that answers %s is not understood", async (_, body, text) => {
      lambda.raw("lambda", (_request, response) => response.writeHead(200).end(body));
      expect(await refused("lambda")).toBe(text);
    });

    it.each([
      ["a response that is text", { response: "yes" }],
      ["a flag that is text", { response: { autoConfirmUser: "true" } }],
      ["no version", { version: undefined }],
      ["no callerContext", { callerContext: undefined }],
    ])("that gives back the event with %s is not understood", async (_, change) => {
      lambda.on("lambda", (event) => ({ ...event, ...change }));
      expect(await refused("lambda")).toBe(UNRECOGNIZABLE);
    });

    it("reports the function's own error with and without the header that says so", async () => {
      const payload = '{"errorType":"Error","errorMessage":"X"}';
      const text = "UserLambdaValidationException: PreSignUp failed with error X.";
      lambda.raw("lambda", (_, response) => response.end(payload));
      expect(await refused("lambda")).toBe(text);
      lambda.raw("lambda", (_, response) =>
        response.writeHead(200, { "x-amz-function-error": "Unhandled" }).end(payload),
      );
      expect(await refused("lambda")).toBe(text);
      expect(lambda.calls).toHaveLength(2);
    });

    it("follows no redirect", async () => {
      lambda.raw("lambda", (_, response) =>
        response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(),
      );
      expect(await refused("lambda")).toMatch(/^UnexpectedLambdaException/);
    });
  });

  describe("at a webhook", () => {
    it("is a POST that its secret signs", async () => {
      await signUp("webhook");
      const [call] = received;
      const timestamp = String(call?.headers["cognate-timestamp"]);
      expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(60);
      const digest = createHmac("sha256", SECRET).update(`${timestamp}.${call?.body}`).digest("hex");
      expect(call?.headers["cognate-signature"]).toBe(`v1=${digest}`);
      expect(JSON.parse(call?.body ?? "")).toMatchObject({ triggerSource: "PreSignUp_SignUp" });
    });

    it("takes the words of a refusal, and no other page for one", async () => {
      answerWebhook = (_, response) => void response.writeHead(403).end('{"errorMessage":"Not you"}');
      expect(await refused("webhook")).toBe(
        "UserLambdaValidationException: PreSignUp failed with error Not you.",
      );
      answerWebhook = (_, response) => void response.writeHead(502).end("<html>");
      expect(await refused("webhook")).toBe(
        "UnexpectedLambdaException: PreSignUp invocation failed due to error Http502.",
      );
    });
  });

  describe("in a process of JavaScript", () => {
    it("gives back what the function decides", async () => {
      expect((await signUp("module")).UserConfirmed).toBe(true);
    });

    it.each(["callback", "common", "typed"])("runs the %s kind of function", async (name) => {
      expect((await signUp(name)).UserSub).toBeTruthy();
    });

    it.each([
      ["module", "throw", "UserLambdaValidationException: PreSignUp failed with error from JavaScript."],
      ["module", "text", "UserLambdaValidationException: PreSignUp failed with error only text."],
      ["callback", "throw", "UserLambdaValidationException: PreSignUp failed with error called back."],
      [
        "module",
        "exit",
        "UserLambdaValidationException: PreSignUp failed with error Runtime exited with error: exit status 3.",
      ],
      ["module", "nothing", UNRECOGNIZABLE],
      ["module", "huge", UNRECOGNIZABLE],
      ["missing", "ana", MISCONFIGURED],
    ])("of %s that is asked to %s ends as on AWS", async (name, username, text) => {
      expect(await refused(name, username)).toBe(text);
    });

    it("tells what is wrong with a file that does not load, and with an answer that is no JSON", async () => {
      expect(await refused("broken")).toMatch(/^UserLambdaValidationException: PreSignUp failed with error /);
      expect(await refused("module", "circular")).toMatch(/circular/);
    });

    it.each(["hang", "busy"])(
      "is killed when it is %sing, three times, and serves the next call",
      async (username) => {
        expect(await refused("module", username)).toBe(LATE);
        expect((await signUp("module")).UserConfirmed).toBe(true);
      },
    );

    it("may print", async () => {
      expect((await signUp("module", "loud")).UserConfirmed).toBe(true);
    });

    it("does not get the server's keys", async () => {
      expect(process.env.COGNATE_KEY).toBe("not for functions");
      expect(await refused("module", "secrets")).toBe(
        "UserLambdaValidationException: PreSignUp failed with error undefined.",
      );
    });

    it("serves many at once", async () => {
      const results = await Promise.all(
        Array.from({ length: 30 }, (_, index) => signUp("module", `user${index}`)),
      );
      expect(results.every(({ UserConfirmed }) => UserConfirmed)).toBe(true);
    });

    it("loads a changed file again in development", async () => {
      const path = file("reloaded.mjs", "export const handler = () => { throw new Error('one'); };");
      expect(await refused("reloaded")).toMatch(/failed with error one\.$/);
      file("reloaded.mjs", "export const handler = () => { throw new Error('two'); };");
      utimesSync(path, new Date(), new Date(Date.now() + 5000));
      expect(await refused("reloaded")).toMatch(/failed with error two\.$/);
    });
  });

  it("in a process of Python is the same", async () => {
    expect((await signUp("python")).UserConfirmed).toBe(true);
    expect((await signUp("python", "loud")).UserConfirmed).toBe(true);
    expect(await refused("python", "throw")).toBe(
      "UserLambdaValidationException: PreSignUp failed with error from Python.",
    );
    expect(await refused("python", "hang")).toBe(LATE);
    expect((await signUp("python")).UserConfirmed).toBe(true);
  });

  it("leaves the server free for others while a function hangs", async () => {
    const { api, ClientId } = await scene(world);
    const hanging = refused("module", "busy");
    for (let index = 0; index < 20; index++) {
      const { ms } = await timed(api("SignUp", { ClientId, Username: `user${index}`, Password: PASSWORD }));
      expect(ms).toBeLessThan(1000);
    }
    expect(await hanging).toBe(LATE);
  });

  it.each([
    [{ webhook: { url: "http://example.com/f", secret: SECRET } }, /https, or http to a loopback/],
    [{ webhook: { url: "http://localhost.example.com/f", secret: SECRET } }, /https, or http to a loopback/],
    [{ webhook: { url: "https://example.com/f", secret: "short" } }, /secret/],
    [{ module: { path: "a.mjs" }, python: { path: "a.py" } }, /exactly one/],
    [{}, /exactly one/],
    [{ module: { path: "a.mjs", handler: "a; b" } }, /must be a name/],
    [{ lambda: { endpoint: "ftp://example.com" } }, /endpoint/],
  ])("is refused by the configuration for %j", (target, words) => {
    const parse = () => parseConfig({ triggers: { [arnOf("x")]: target } });
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(words);
  });
});
