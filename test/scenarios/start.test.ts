import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apiOf } from "../support/api.ts";
import { startWorld } from "../support/world.ts";

const MAIN = resolve(import.meta.dirname, "../../src/main.ts");

interface Run {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs `cognate` until it exits, or until it is ready and then ends it. */
function cognate(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Run> {
  const child = spawn(process.execPath, [MAIN, ...args], {
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

describe("cognate start", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "cognate-start-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const data = () => ["--data-dir", join(directory, "data")];

  it("prints one line when ready, and stops cleanly on SIGTERM", async () => {
    const run = await cognate(["start", "--dev", "--port", "0", ...data()]);
    expect(run.output).toMatch(/^cognate ready on http:\/\/127\.0\.0\.1:\d+\n$/);
    expect(run.status).toBe(0);
  });

  it("takes settings from environment, file and command line, the later one winning", async () => {
    const file = join(directory, "cognate.toml");
    writeFileSync(file, 'mode = "development"\nport = 1\nhost = "127.0.0.9"\n');
    const run = await cognate(["start", "--config", file, "--host", "localhost", ...data()], {
      COGNATE_PORT: "0",
      COGNATE_HOST: "127.0.0.8",
    });
    expect(run.output).toMatch(/^cognate ready on http:\/\/localhost:\d+\n$/);
  });

  it("keeps its key and its data to itself", async () => {
    await cognate(["start", "--dev", "--port", "0", ...data()]);
    const mode = (name: string) => statSync(join(directory, "data", name)).mode & 0o777;
    expect(mode("")).toBe(0o700);
    expect(mode("cognate.key")).toBe(0o600);
    expect(mode("cognate.sqlite")).toBe(0o600);
  });

  it("refuses a database that was made with another key, and changes nothing in it", async () => {
    const first = await startWorld({ dataDir: join(directory, "data") });
    await apiOf(first)("CreateUserPool", { PoolName: "kept" });
    await first.server.close();
    const key = join(directory, "data", "cognate.key");
    const right = readFileSync(key);
    writeFileSync(key, Buffer.alloc(32, 7).toString("base64"));
    const run = await cognate(["start", "--dev", "--port", "0", ...data()]);
    expect(run.status).toBe(2);
    expect(run.errors).toContain("the key-encryption key is not the one this database was made with");
    writeFileSync(key, right);
    expect((await cognate(["start", "--dev", "--port", "0", ...data()])).status).toBe(0);
  });

  it("refuses a key that others can read", async () => {
    await cognate(["start", "--dev", "--port", "0", ...data()]);
    const key = join(directory, "data", "cognate.key");
    chmodSync(key, 0o640);
    const run = await cognate(["start", "--dev", "--port", "0", ...data()]);
    expect(run.status).toBe(2);
    expect(run.errors).toContain(`${key} can be read by others than its owner`);
  });

  it.each([
    [
      "a public address in development mode",
      ["start", "--dev", "--host", "0.0.0.0"],
      /listens on loopback only; 0\.0\.0\.0/,
    ],
    [
      "any address of all in development mode",
      ["start", "--dev", "--host", "::"],
      /listens on loopback only/,
    ],
    [
      "PostgreSQL in development mode",
      ["start", "--dev", "--database-url", "postgres://localhost/x"],
      /does not open a PostgreSQL database/,
    ],
    [
      "another kind of database",
      ["start", "--dev", "--database-url", "mysql://localhost/x"],
      /databaseUrl: must begin with/,
    ],
    ["a port that is none", ["start", "--dev", "--port", "70000"], /^cognate: port: /],
    ["a port that is no number", ["start", "--dev", "--port", "http"], /^cognate: port: /],
    [
      "a public URL that is none",
      ["start", "--dev", "--public-url", "example.com"],
      /publicUrl: must be an http/,
    ],
    ["an unknown issuer kind", ["start", "--dev", "--issuer", "mine"], /^cognate: issuer: /],
    [
      "a file that is not there",
      ["start", "--dev", "--config", "/nowhere/cognate.toml"],
      /\/nowhere\/cognate\.toml: /,
    ],
  ])("refuses %s, saying why", async (_what, args, reason) => {
    const run = await cognate([...args, ...data()]);
    expect(run.errors).toMatch(reason);
    expect(run.status).toBe(2);
    expect(run.output).toBe("");
  });

  it("refuses an unknown setting in the file, and an unknown flag", async () => {
    const file = join(directory, "cognate.toml");
    writeFileSync(file, "portt = 1\n");
    const run = await cognate(["start", "--dev", "--config", file, ...data()]);
    expect(run.errors).toContain("portt");
    expect(run.status).toBe(2);
    expect((await cognate(["start", "--frob"])).status).toBe(1);
  });
});
