import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VERSION } from "../../src/cli/cli.ts";
import { apiOf } from "../support/api.ts";
import { makePool } from "../support/builders.ts";
import { runCommand } from "../support/command-line.ts";
import { meanFaults } from "../support/watch-answers.ts";
import { startWorld, type World } from "../support/world.ts";

/* What the AWS CLI has not, or what cannot be compared with it. The rest is in aws-commands.test.ts. */
describe("cognate cognito-idp", () => {
  let world: World;
  let directory: string;
  let poolId: string;
  let config: string;
  beforeAll(async () => {
    world = await startWorld();
    poolId = (await makePool(apiOf(world), { PoolName: "people" })).Id;
    directory = mkdtempSync(join(tmpdir(), "cognate-alone-"));
    config = join(directory, "config");
    writeFileSync(
      config,
      `[default]
region = us-east-1
output = text
[profile here]
region = us-east-1
services = local
cli_timestamp_format = iso8601
[profile elsewhere]
endpoint_url = http://192.0.2.1/
[profile odd]
output = xml
[services local]
cognito_identity_provider =
  endpoint_url = ${world.url}
sts =
  endpoint_url = ${world.url}/
`,
    );
  });
  afterAll(async () => {
    await world.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const describePool = (...words: string[]) => [
    "cognito-idp",
    "describe-user-pool",
    "--user-pool-id",
    poolId,
    ...words,
  ];
  const NAME = ["--query", "UserPool.Name"];
  const KEYS = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };

  it("suggests the option that was meant", async () => {
    const misspelt = ["cognito-idp", "admin-get-user", "--user-pool-idd", poolId, "--username", "ana"];
    const missing = await runCommand(misspelt);
    expect(missing).toMatchObject({ status: 2, output: "" });
    expect(missing.errors).toMatch(
      /required: --user-pool-id\n\nUnknown option: '--user-pool-idd', maybe you meant:\n\n {2}\* --user-pool-id\n/,
    );
    const unknown = await runCommand(describePool("--enpoint-url", world.url));
    expect(unknown).toMatchObject({ status: 255, output: "" });
    expect(unknown.errors).toMatch(/Unknown options: --enpoint-url, .*\n\nUnknown option: '--enpoint-url'/);
  });

  it("needs neither region nor credentials for a server on this machine", async () => {
    const run = await runCommand(describePool("--endpoint-url", world.url, ...NAME));
    expect(run).toEqual({ status: 0, output: '"people"\n', errors: "" });
  });

  it("finds a server on this machine by itself, and says how to start one when there is none", async () => {
    const { port } = new URL(world.url);
    expect(await runCommand(describePool(...NAME), { env: { COGNATE_PORT: port } })).toMatchObject({
      output: '"people"\n',
    });
    const lost = await runCommand(describePool(...NAME), { env: { COGNATE_PORT: "1" } });
    expect(lost).toMatchObject({ status: 255, output: "" });
    expect(lost.errors).toContain('start one with "cognate start --dev"');
  });

  it("wants region and credentials for a server elsewhere, in the AWS CLI's words", async () => {
    const place = ["--endpoint-url", "http://192.0.2.1"];
    expect(await runCommand(describePool(...place))).toEqual({
      status: 255,
      output: "",
      errors: 'You must specify a region. You can also configure your region by running "aws configure".\n',
    });
    const env = { AWS_EC2_METADATA_DISABLED: "true" };
    expect(await runCommand(describePool(...place, "--region", "eu-west-1"), { env })).toEqual({
      status: 255,
      output: "",
      errors: 'Unable to locate credentials. You can configure credentials by running "aws configure".\n',
    });
  });

  it("takes region, output, endpoint and the form of times from a profile", { timeout: 60_000 }, async () => {
    const env = { ...KEYS, AWS_CONFIG_FILE: config };
    const url = ["--endpoint-url", world.url];
    expect((await runCommand(describePool(...NAME, ...url), { env })).output).toBe("people\n");
    expect(
      (await runCommand(describePool(...NAME, "--profile", "here"), { env: { AWS_CONFIG_FILE: config } }))
        .status,
    ).toBe(255);
    const iso = await runCommand(describePool("--query", "UserPool.CreationDate"), {
      env: { ...env, AWS_PROFILE: "here", TZ: "Asia/Kolkata" },
    });
    expect(iso).toMatchObject({ status: 0, errors: "" });
    expect(iso.output).toMatch(/^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+05:30"\n$/);
    const caller = await runCommand(["sts", "get-caller-identity", "--query", "Account"], {
      env: { ...env, AWS_PROFILE: "here" },
    });
    expect(caller).toEqual({ status: 0, output: '"123456789012"\n', errors: "" });
    const odd = await runCommand(describePool(...url), { env: { ...env, AWS_PROFILE: "odd" } });
    expect(odd).toEqual({ status: 255, output: "", errors: "\nUnknown output type: xml\n" });
    const none = await runCommand(describePool(...url, "--profile", "none"), { env });
    expect(none).toEqual({
      status: 255,
      output: "",
      errors: "\nThe config profile (none) could not be found\n",
    });
  });

  it("prints YAML as version 2 of the AWS CLI does", async () => {
    const query = `UserPool.{name:Name,empty:UserPoolTags,list:SchemaAttributes[:1].{Name:Name,Mutable:Mutable,o:\`{"a":["1","- x",null,"yes"]}\`}}`;
    const run = await runCommand(
      describePool("--endpoint-url", world.url, "--output", "yaml", "--query", query),
    );
    expect(run.output).toBe(`name: people
empty: {}
list:
- Name: sub
  Mutable: false
  o:
    a:
    - '1'
    - '- x'
    - null
    - 'yes'
`);
  });

  it("sends a value that begins with https:// as it is", async () => {
    const run = await runCommand([
      ...[
        "cognito-idp",
        "create-user-pool-client",
        "--user-pool-id",
        poolId,
        "--client-name",
        "web",
        "--endpoint-url",
        world.url,
      ],
      ...["--callback-urls", "https://192.0.2.1/callback", "--query", "UserPoolClient.CallbackURLs"],
    ]);
    expect(run).toMatchObject({ status: 0, output: '[\n    "https://192.0.2.1/callback"\n]\n' });
  });

  it("tries again after a fault that passes, and says how often", async () => {
    meanFaults();
    let calls = 0;
    const agents = new Set<string | undefined>();
    const broken = createServer((incoming, outgoing) => {
      calls++;
      agents.add(incoming.headers["user-agent"]);
      const body = '{"__type":"InternalErrorException","message":"not now"}';
      outgoing.writeHead(500, {
        "content-type": "application/x-amz-json-1.1",
        "content-length": String(body.length),
        "x-amzn-requestid": "00000000-0000-4000-8000-000000000000",
      });
      outgoing.end(body);
    });
    broken.listen(0, "127.0.0.1");
    await once(broken, "listening");
    const url = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`;
    const run = await runCommand(describePool("--endpoint-url", url), { env: { AWS_MAX_ATTEMPTS: "2" } });
    broken.close();
    expect(run).toEqual({
      status: 255,
      output: "",
      errors:
        "\nAn error occurred (InternalErrorException) when calling the DescribeUserPool operation (reached max retries: 1): not now\n",
    });
    expect(calls).toBe(2);
    expect([...agents]).toEqual([`cognate/${VERSION}`]);
  });

  it("gives up on a server that does not answer in time", async () => {
    const silent = createServer(() => {});
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const run = await runCommand(describePool("--endpoint-url", url, "--cli-read-timeout", "1"));
    silent.closeAllConnections();
    silent.close();
    expect(run).toEqual({ status: 255, output: "", errors: `\nRead timeout on endpoint URL: "${url}/"\n` });
  });

  it("lists operations and options on request", async () => {
    const operations = await runCommand(["cognito-idp", "help"]);
    expect(operations.output).toContain("\n  admin-create-user\n");
    const options = await runCommand(["cognito-idp", "admin-set-user-password", "help"]);
    expect(options.output).toContain("\n  --password <string>\n  [--permanent | --no-permanent]\n");
    expect((await runCommand(["--help"])).output).toContain("cognito-idp");
  });

  it("ends quietly when its reader has read enough", async () => {
    const { status, errors } = await new Promise<{ status: number; errors: string }>((done) => {
      const line = `"${process.execPath}" src/main.ts ${describePool("--endpoint-url", world.url).join(" ")} | head -1 >/dev/null; echo "\${PIPESTATUS[0]}" >&2`;
      execFile("bash", ["-c", line], (fault, _output, stderr) =>
        done({ status: fault ? 1 : 0, errors: stderr }),
      );
    });
    expect({ status, errors }).toEqual({ status: 0, errors: "0\n" });
  });
});
