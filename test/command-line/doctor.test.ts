import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VERSION } from "../../src/runtime/version.ts";
import { apiOf } from "../support/api.ts";
import { makePool } from "../support/builders.ts";
import { runCommand, runOnTerminal, terminalMissing } from "../support/command-line.ts";
import {
  allow,
  type Credentials,
  type Production,
  signedApi,
  signedCall,
  startProduction,
} from "../support/production.ts";
import { startWorld, type World } from "../support/world.ts";

const environmentOf = ({ accessKeyId, secretAccessKey }: Credentials) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
});

interface Finding {
  readonly check: string;
  readonly result: string;
  readonly message: string;
  readonly advice?: string;
}

/** A server that this test writes; closes at the end. */
async function listening(
  answer: (
    request: IncomingMessage,
    body: Buffer,
  ) => Promise<{ status: number; headers: object; body: string }>,
): Promise<{ url: string; server: Server }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { status, headers, body } = await answer(request, Buffer.concat(chunks));
    response.writeHead(status, { ...headers }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe("cognate doctor", () => {
  let production: Production;
  let world: World;
  let poolId: string;
  const servers: Server[] = [];
  beforeAll(async () => {
    world = await startWorld();
    production = await startProduction();
    const { UserPool } = await signedApi(production.url, production.root)("CreateUserPool", {
      PoolName: "shop",
    });
    poolId = UserPool?.Id ?? "";
  });
  afterAll(async () => {
    for (const server of servers) server.close().closeAllConnections();
    await world.close();
    await production.close();
  });

  async function examined(url: string, args: readonly string[] = [], env: Record<string, string> = {}) {
    const run = await runCommand(["doctor", "--endpoint-url", url, "--json", ...args], { env });
    expect(run.errors).toBe("");
    const { healthy, findings } = JSON.parse(run.output) as { healthy: boolean; findings: Finding[] };
    expect(run.status).toBe(healthy ? 0 : 1);
    const results = findings.map(({ check, result }) => `${check} ${result}`);
    return {
      healthy,
      findings,
      results,
      of: (check: string) => findings.filter((one) => one.check === check),
    };
  }
  /** Everything of the server behind it but what the changes say. */
  const behind = async (
    url: string,
    change: (path: string, target: string) => { status: number; headers?: object; body?: string } | null,
  ) => {
    const proxy = await listening(async ({ url: path = "/", method = "GET", headers }, body) => {
      const target = String(headers["x-amz-target"] ?? "");
      const { status, headers: changed = {}, body: text } = change(path, target) ?? { status: 0 };
      if (text !== undefined) return { status, headers: changed, body: text };
      const { host: _host, connection: _connection, "content-length": _length, ...sent } = headers;
      const response = await fetch(new URL(path, url), {
        method,
        headers: sent as Record<string, string>,
        ...(method === "POST" ? { body: new Uint8Array(body) } : {}),
      });
      const { date: _date, ...kept } = Object.fromEntries(response.headers);
      return { status: response.status, headers: { ...kept, ...changed }, body: await response.text() };
    });
    servers.push(proxy.server);
    return proxy.url;
  };

  it("finds nothing wrong with a server in development mode, and says what it is", async () => {
    const { Id } = await makePool(apiOf(world), { PoolName: "shop" });
    const { results, of } = await examined(world.url);
    expect(results).toEqual([
      "endpoint ok",
      "database ok",
      "clock ok",
      "credentials ok",
      "region ok",
      "pool ok",
      "permissions ok",
    ]);
    expect(of("endpoint")[0]?.message).toBe(`Cognate ${VERSION} in development mode at ${world.url}`);
    expect(of("pool")[0]?.message).toBe(`shop (${Id})`);
    const text = await runCommand(["doctor", "--endpoint-url", world.url]);
    expect(text.output).toContain(`ok    endpoint     Cognate ${VERSION} in development mode`);
    await world.advanceSeconds(90_000);
    expect((await examined(world.url)).of("clock")[1]).toMatchObject({
      result: "warn",
      message: "the server's time for codes and tokens was moved: it is in 1 day",
    });
    await world.advanceSeconds(-90_000);
  });

  it("says what the caller's policies allow, without doing it", async () => {
    const arn = `arn:aws:cognito-idp:us-east-1:123456789012:userpool/${poolId}`;
    const helpdesk = environmentOf(
      await production.user("helpdesk", [
        allow(
          ["cognito-idp:AdminGetUser", "cognito-idp:AdminDeleteUser", "cognito-idp:DescribeUserPool"],
          arn,
        ),
        {
          Version: "2012-10-17",
          Statement: [{ Effect: "Deny", Action: "cognito-idp:AdminDelete*", Resource: "*" }],
        },
      ]),
    );
    const { healthy, of } = await examined(production.url, ["--pool", poolId], helpdesk);
    expect(healthy).toBe(true);
    expect(of("endpoint")[0]?.message).toContain("in production mode");
    expect(of("credentials")[0]?.message).toMatch(/^\w+ is arn:aws:iam::123456789012:user\/helpdesk$/);
    const [allowed, denied] = of("permissions");
    expect(allowed).toMatchObject({ result: "ok", message: "allowed: DescribeUserPool, AdminGetUser" });
    expect(denied?.message).toMatch(/^not allowed: ListUserPools, .*AdminDeleteUser/);
    expect(denied?.advice).toContain("a policy denies AdminDeleteUser");
    const asked = await examined(
      production.url,
      ["--pool", poolId, "--action", "AdminGetUser", "AdminSetUserPassword"],
      helpdesk,
    );
    expect(asked.healthy).toBe(false);
    expect(asked.of("permissions").map(({ message }) => message)).toEqual([
      "allowed: AdminGetUser",
      "not allowed: AdminSetUserPassword",
    ]);
    const root = await examined(production.url, [], environmentOf(production.root));
    expect(root.of("permissions")).toHaveLength(1);
  });

  it("knows less of a server that does not simulate, and tries only what changes nothing", async () => {
    const called: string[] = [];
    const url = await behind(world.url, (_path, target) => {
      called.push(target);
      return target.startsWith("CognateService.")
        ? { status: 400, body: JSON.stringify({ __type: "UnknownOperationException" }) }
        : null;
    });
    const { healthy, of } = await examined(url, ["--pool", "shop"]);
    expect(healthy).toBe(true);
    expect(of("permissions").map(({ result, message }) => [result, message])).toEqual([
      ["ok", "allowed, tried: ListUserPools, DescribeUserPool, ListUserPoolClients, ListUsers"],
      ["warn", expect.stringMatching(/^not known: DescribeUserPoolClient, AdminGetUser, /)],
    ]);
    const operations = called.map((target) => target.split(".")[1]).filter(Boolean);
    expect(operations.filter((name) => !/^(List|Describe|Simulate)/.test(name ?? ""))).toEqual([]);
  });

  it("says that credentials are refused, or that there are none, and what to do", async () => {
    const wrong = environmentOf({ ...production.root, secretAccessKey: "wrong" });
    const { healthy, of, results } = await examined(production.url, [], wrong);
    expect(healthy).toBe(false);
    expect(of("credentials")[0]).toMatchObject({
      message: expect.stringContaining("is refused: SignatureDoesNotMatch"),
      advice: expect.stringContaining("mistyped"),
    });
    expect(results).not.toContain("permissions ok");
    const unknown = environmentOf({ accessKeyId: "AKIANOBODY0000000000", secretAccessKey: "x" });
    expect((await examined(production.url, [], unknown)).of("credentials")[0]?.message).toContain(
      "InvalidClientTokenId",
    );
  });

  it("says that the region is another than the pool's", async () => {
    const root = environmentOf(production.root);
    const { healthy, of } = await examined(production.url, ["--pool", poolId, "--region", "eu-west-1"], root);
    expect(healthy).toBe(false);
    expect(of("region")[0]).toMatchObject({
      message: "the pool is in us-east-1, and calls go to eu-west-1 (--region)",
      advice: "give --region us-east-1, or set AWS_REGION=us-east-1",
    });
    const elsewhere = await examined(production.url, ["--pool", "shop"], {
      ...root,
      AWS_REGION: "eu-west-1",
    });
    expect(elsewhere.of("region")[0]?.message).toBe("eu-west-1 (the environment)");
    expect(elsewhere.of("pool")[0]).toMatchObject({
      result: "fail",
      message: expect.stringContaining("no user pool"),
    });
  });

  it("sees a clock that is off, a database that is gone, and what is no server of this kind", async () => {
    const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString();
    for (const [seconds, result, message] of [
      [600, "fail", /^the server's clock is (599|600) s ahead of this machine's$/],
      [-600, "fail", /^the server's clock is (599|600) s behind this machine's$/],
      [90, "warn", /ahead of/],
      [0, "ok", /agree/],
    ] as const) {
      const url = await behind(world.url, () => ({ status: 200, headers: { Date: at(seconds) } }));
      const [clock] = (await examined(url)).of("clock");
      expect([seconds, clock?.result, clock?.message]).toEqual([
        seconds,
        result,
        expect.stringMatching(message),
      ]);
    }
    const stopped = await behind(world.url, (path) =>
      path === "/health/ready" ? { status: 503, body: "{}" } : null,
    );
    expect((await examined(stopped)).of("database")[0]).toMatchObject({ result: "fail" });
    const other = await listening(async () => ({ status: 404, headers: {}, body: "<html>" }));
    expect((await examined(other.url)).of("endpoint")[0]).toMatchObject({
      result: "warn",
      message: expect.stringContaining("neither Cognate nor Amazon Cognito"),
    });
    other.server.close().closeAllConnections();
    expect((await examined(other.url)).findings).toEqual([
      {
        check: "endpoint",
        result: "fail",
        message: expect.stringContaining(`${other.url} cannot be reached: connect ECONNREFUSED`),
        advice: expect.stringContaining("cognate start --dev"),
      },
    ]);
  });

  it.skipIf(terminalMissing)("shows colours at a terminal, and none where NO_COLOR is set", async () => {
    const args = ["doctor", "--endpoint-url", world.url];
    expect((await runOnTerminal(args)).output).toContain("\u001b[32mok");
    expect((await runOnTerminal(args, { env: { NO_COLOR: "1" } })).output).not.toContain("\u001b[");
  });
});

describe("SimulateCallerPermissions, an operation of this server's own", () => {
  it("decides as the calls themselves are decided, also by tags and conditions", async () => {
    const production = await startProduction();
    try {
      const { root, url } = production;
      const api = signedApi(url, root);
      const pool = async (PoolName: string, UserPoolTags: Record<string, string>) =>
        (await api("CreateUserPool", { PoolName, UserPoolTags })).UserPool?.Id ?? "";
      const pools = [await pool("a", { team: "red" }), await pool("b", { team: "blue" })];
      const policies = [
        allow("cognito-idp:Describe*", "*", { StringEquals: { "aws:ResourceTag/team": "red" } }),
        allow("cognito-idp:ListUsers", "*", { IpAddress: { "aws:SourceIp": "127.0.0.0/8" } }),
        allow("cognito-idp:ListGroups", "*", { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } }),
        allow("cognito-idp:GetUserPoolMfaConfig", `*/${pools[1]}`),
      ];
      const caller = await production.user("caller", policies);
      const simulate = async (input: object, credentials: Credentials = caller) => {
        const body = JSON.stringify(input);
        const headers = {
          "content-type": "application/x-amz-json-1.1",
          "x-amz-target": "CognateService.SimulateCallerPermissions",
        };
        const signed = signedCall(url, credentials, { headers, body }, { service: "cognate" });
        const response = await fetch(url, { method: "POST", headers: signed, body });
        // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not typed
        return { status: response.status, content: (await response.json()) as any };
      };
      const operations = ["DescribeUserPool", "ListUsers", "ListGroups", "GetUserPoolMfaConfig"] as const;
      const Checks = operations.flatMap((name) =>
        pools.map((UserPoolId) => ({ Action: `cognito-idp:${name}`, UserPoolId })),
      );
      const { content } = await simulate({ Checks });
      const simulated = content.EvaluationResults.map(
        ({ EvalActionName, EvalDecision }: Record<string, string>) => `${EvalActionName} ${EvalDecision}`,
      );
      const real = [];
      for (const name of operations)
        for (const UserPoolId of pools) {
          const code = await signedApi(url, caller)(name, { UserPoolId }).then(
            () => "allowed",
            (fault: { code?: string }) =>
              fault.code === "AccessDeniedException" ? "implicitDeny" : fault.code,
          );
          real.push(`cognito-idp:${name} ${code}`);
        }
      expect(simulated).toEqual(real);
      expect(new Set(simulated.map((text: string) => text.split(" ")[1]))).toEqual(
        new Set(["allowed", "implicitDeny"]),
      );
      expect(content.EvaluationResults[1].Reason).toContain(
        "is not authorized to perform: cognito-idp:DescribeUserPool on resource: arn:aws:cognito-idp",
      );
      expect(content.CallerArn).toBe("arn:aws:iam::123456789012:user/caller");
      for (const [input, sentence] of [
        [{}, "checks"],
        [{ Checks: [{ Action: "nonsense" }] }, "nonsense is not an action"],
        [{ Checks: Array.from({ length: 201 }, () => ({ Action: "a:B" })) }, "At most 200"],
      ] as const)
        expect(await simulate(input)).toMatchObject({
          status: 400,
          content: { __type: "InvalidParameterException", message: expect.stringContaining(sentence) },
        });
      expect((await simulate({ Checks }, { ...caller, secretAccessKey: "x" })).content.__type).toBe(
        "InvalidSignatureException",
      );
    } finally {
      await production.close();
    }
  });
});
