import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openSqliteAudit } from "../../src/storage/audit-reader.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";

const MAIN = resolve(import.meta.dirname, "../../src/main.ts");
const { url: postgres, reason } = inject("postgres");

interface Run {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs `cognate start` until it is ready, and then ends it, or until it exits. */
function start(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Run> {
  const child = spawn(process.execPath, [MAIN, "start", "--port", "0", ...args], {
    env: { PATH: process.env.PATH ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
    if (output.includes("cognate ready")) child.kill("SIGTERM");
  });
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  return new Promise((done) => child.on("close", (status) => done({ status, output, errors })));
}

interface Configuration {
  readonly what: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The content of a configuration file. */
  readonly file?: string;
  /** The reason of the refusal; absent when the server starts. */
  readonly refused?: RegExp;
}

const DEV = ["--dev"];
const CONFIGURATIONS: readonly Configuration[] = [
  { what: "development", args: DEV },
  { what: "development by file", file: 'mode = "development"\n' },
  { what: "development on ::1", args: [...DEV, "--host", "::1"] },
  { what: "development on localhost", args: [...DEV, "--host", "localhost"] },
  { what: "development with signatures", args: [...DEV, "--verify-signatures"] },
  {
    what: "development with signatures, by variable",
    args: DEV,
    environment: { COGNATE_VERIFY_SIGNATURES: "true" },
  },
  {
    what: "development on every address",
    args: [...DEV, "--host", "0.0.0.0"],
    refused: /listens on loopback only/,
  },
  {
    what: "development on every address, IPv6",
    args: [...DEV, "--host", "::"],
    refused: /listens on loopback only/,
  },
  {
    what: "development on every address, with signatures and plain HTTP allowed",
    args: [...DEV, "--host", "0.0.0.0", "--verify-signatures", "--allow-plain-http"],
    refused: /listens on loopback only/,
  },
  {
    what: "development by a name of this machine",
    args: [...DEV, "--host", "localhost.example.com"],
    refused: /listens on loopback only/,
  },
  {
    what: "development on PostgreSQL",
    args: [...DEV, "--database-url", "postgres://localhost/x"],
    refused: /does not open a PostgreSQL database/,
  },
  {
    what: "development on PostgreSQL, by variable",
    args: DEV,
    environment: { COGNATE_DATABASE_URL: "postgres://localhost/x" },
    refused: /does not open a PostgreSQL database/,
  },
  { what: "production" },
  { what: "production by file", file: 'mode = "production"\n' },
  { what: "production behind a proxy with TLS", args: ["--public-url", "https://id.example.com"] },
  { what: "production on a loopback URL", args: ["--public-url", "http://localhost:9500"] },
  {
    what: "production on every address",
    args: ["--host", "0.0.0.0"],
    refused: /0\.0\.0\.0 is not a loopback address, and this server speaks plain HTTP/,
  },
  {
    what: "production on every address, whatever its URL",
    args: ["--host", "0.0.0.0", "--public-url", "https://id.example.com"],
    refused: /this server speaks plain HTTP/,
  },
  {
    what: "production under a plain URL",
    args: ["--public-url", "http://id.example.com"],
    refused: /publicUrl: .* in the clear/,
  },
  {
    what: "production on every address, with plain HTTP allowed",
    args: ["--host", "0.0.0.0", "--allow-plain-http"],
  },
  {
    what: "production on every address, allowed by variable",
    args: ["--host", "0.0.0.0"],
    environment: { COGNATE_ALLOW_PLAIN_HTTP: "1" },
  },
  {
    what: "production with a setting that is neither on nor off",
    environment: { COGNATE_ALLOW_PLAIN_HTTP: "perhaps" },
    refused: /allowPlainHttp: /,
  },
  {
    what: "production with another kind of database",
    args: ["--database-url", "mysql://localhost/x"],
    refused: /databaseUrl: must begin with/,
  },
  { what: "another mode", file: 'mode = "staging"\n', refused: /mode: / },
];

describe(`cognate start in ${CONFIGURATIONS.length} configurations`, () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "cognate-configurations-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each(
    CONFIGURATIONS.map((one, index) => [one.refused ? "refuses" : "accepts", one.what, one, index] as const),
  )("%s %s", async (_verdict, _what, { args = [], environment = {}, file, refused }, index) => {
    const path = join(directory, `${index}.toml`);
    if (file !== undefined) writeFileSync(path, file);
    const data = join(directory, `data${index}`);
    const run = await start(
      [...args, ...(file === undefined ? [] : ["--config", path]), "--data-dir", data],
      environment,
    );
    if (refused) {
      expect(run.errors).toMatch(refused);
      expect([run.status, run.output]).toEqual([2, ""]);
    } else {
      expect(run.errors).not.toContain("cognate:");
      expect(run.output).toMatch(/^cognate ready on http:\/\/\S+\n$/m);
      expect(run.status).toBe(0);
      // Production shows its root key, once; development has none.
      const isProduction = !(args.includes("--dev") || file?.includes("development"));
      expect(/^AWS_SECRET_ACCESS_KEY=\S{40}$/m.test(run.output)).toBe(isProduction);
    }
    // What is shown to the operator stands in no log.
    const secret = /^AWS_SECRET_ACCESS_KEY=(\S+)$/m.exec(run.output)?.[1];
    if (secret) expect(run.errors).not.toContain(secret);
  });

  it("accepts production on every address with a certificate", async (context) => {
    const [key, certificate] = [join(directory, "tls.key"), join(directory, "tls.crt")];
    const { status } = spawnSync("openssl", [
      ...["req", "-x509", "-subj", "/CN=id.test", "-days", "1", "-nodes", "-newkey", "ec"],
      ...["-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", key, "-out", certificate],
    ]);
    if (status !== 0) context.skip("no openssl on this machine");
    const config = join(directory, "tls.toml");
    writeFileSync(config, `[tls]\ncertificateFile = "${certificate}"\nkeyFile = "${key}"\n`);
    const data = ["--data-dir", join(directory, "tls")];
    const run = await start(["--host", "0.0.0.0", "--config", config, ...data], {});
    expect(run.output).toMatch(/^cognate ready on https:\/\/0\.0\.0\.0:\d+\n$/m);
  });

  it("shows the root key at the first start only", async () => {
    const data = ["--data-dir", join(directory, "twice")];
    const runs = [await start(data, {}), await start(data, {})];
    expect(runs.map(({ output }) => output.includes("AWS_SECRET_ACCESS_KEY="))).toEqual([true, false]);
    // And leaves a record of it, without the secret.
    const { trail, close } = openSqliteAudit(join(directory, "twice", "cognate.sqlite"));
    const records = await trail.search({ source: "iam.amazonaws.com" }, null, 10);
    await close();
    expect(records).toHaveLength(1);
    expect(JSON.parse(records[0]?.record ?? "")).toMatchObject({
      eventName: "CreateAccessKey",
      userIdentity: { principalId: "cognate start" },
      requestParameters: { userName: "root" },
    });
    const secret = /^AWS_SECRET_ACCESS_KEY=(\S+)$/m.exec(runs[0]?.output ?? "")?.[1];
    expect(secret).toMatch(/^\S{40}$/);
    expect(records[0]?.record).not.toContain(secret);
  });

  it.skipIf(postgres === null)(
    `starts on PostgreSQL, makes one root key for all nodes, and refuses another key file ${reason}`,
    async () => {
      const database = await createDatabase(postgres ?? "");
      try {
        const key = Buffer.alloc(32, 7).toString("base64");
        const environment = { COGNATE_DATABASE_URL: database, COGNATE_KEY: key };
        const node = (name: string, given: Readonly<Record<string, string>>) =>
          start(["--data-dir", join(directory, name)], given);
        const runs = await Promise.all([node("one", environment), node("two", environment)]);
        expect(runs.map(({ status }) => status)).toEqual([0, 0]);
        expect(runs.filter(({ output }) => output.includes("AWS_SECRET_ACCESS_KEY="))).toHaveLength(1);
        const stranger = await node("three", { COGNATE_DATABASE_URL: database });
        expect(stranger.errors).toContain(
          "the key-encryption key is not the one this database was made with",
        );
        expect(stranger.status).toBe(2);
      } finally {
        await dropDatabase(postgres ?? "", database);
      }
    },
  );
});
