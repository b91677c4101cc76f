import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse as parseToml } from "smol-toml";
import { describe, expect, it } from "vitest";
import { parseConfig, requireStartable } from "../../src/config/config.ts";
import { DEFAULT_BODY_LIMITS } from "../../src/http/router.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const text = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const packageJson = JSON.parse(text("package.json"));

/** Instructions, continued lines joined. */
const instructions = text("Dockerfile")
  .replace(/^#.*\n/gm, "")
  .replace(/\\\n\s*/g, " ")
  .split("\n")
  .filter(Boolean)
  .map((line) => {
    const [name = "", ...rest] = line.split(" ");
    return { name, value: rest.join(" ") };
  });
const valuesOf = (name: string) => instructions.filter((one) => one.name === name).map(({ value }) => value);
const environment = Object.fromEntries(
  valuesOf("ENV")
    .flatMap((line) => line.split(" "))
    .map((pair) => pair.split("=") as [string, string]),
);

/** The variables that the server knows, by the source of their only reader. */
const VARIABLES = new Map(
  [...text("src/config/environment.ts").matchAll(/^ {2}(\w+): "(\w+)",$/gm)].map(([, name, setting]) => [
    name ?? "",
    setting ?? "",
  ]),
);
const settingsOf = (variables: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(variables)
      .filter(([name]) => name !== "NODE_ENV")
      .map(([name, value]) => {
        const setting = VARIABLES.get(name);
        if (!setting) throw new Error(`${name} is no variable of this server`);
        return [setting, value];
      }),
  );

describe("the Dockerfile", () => {
  it("copies what there is, and its context holds that and nothing else", () => {
    const sources = instructions
      .filter(({ name, value }) => name === "COPY" && !value.startsWith("--from"))
      .flatMap(({ value }) => value.split(" ").slice(0, -1));
    for (const source of sources) expect(existsSync(join(ROOT, source)), source).toBe(true);
    const [everything, ...kept] = text(".dockerignore")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    expect(everything).toBe("*");
    expect(kept.map((line) => line.replace(/^!/, "")).sort()).toEqual(sources.sort());
  });

  it("builds with the scripts and the Node.js of package.json", () => {
    for (const [, script = ""] of valuesOf("RUN")
      .join("\n")
      .matchAll(/npm run ([\w:]+)/g))
      expect(packageJson.scripts).toHaveProperty(script);
    const major = Number(/^node:(\d+)/.exec(valuesOf("FROM")[0] ?? "")?.[1]);
    expect(major).toBeGreaterThanOrEqual(Number(packageJson.engines.node.replace(/\D/g, "")));
    expect(valuesOf("ENTRYPOINT").join()).toContain(`/cognate/${packageJson.bin.cognate}`);
    const external = [...text("rolldown.config.ts").matchAll(/"(@node-rs)\/\w+"/g)].map(([, scope]) => scope);
    expect(new Set(external)).toEqual(new Set(["@node-rs"]));
    expect(valuesOf("RUN").join("\n")).toContain("node_modules/@node-rs");
  });

  it("runs as nobody in particular, without a shell, with settings that exist and ports that agree", () => {
    expect(valuesOf("USER")).toEqual(["65532:65532"]);
    for (const name of ["ENTRYPOINT", "CMD"])
      for (const value of valuesOf(name)) expect(Array.isArray(JSON.parse(value)), value).toBe(true);
    const config = parseConfig(settingsOf(environment));
    expect(valuesOf("EXPOSE")).toEqual([String(config.port)]);
    expect(valuesOf("VOLUME")).toEqual([config.dataDir]);
    // Beyond the machine it wants TLS: the image alone does not lift that.
    expect(() => requireStartable(config)).toThrow("plain HTTP");
  });

  it("asks the server for its health, and takes refusal and silence for illness", async () => {
    const [, check = ""] = /CMD (\[.*\])$/.exec(valuesOf("HEALTHCHECK")[0] ?? "") ?? [];
    const [, ...args] = JSON.parse(check) as string[];
    expect(args[1]).toContain("/health/ready");
    const { startWorld } = await import("../support/world.ts");
    const world = await startWorld();
    const { port } = new URL(world.url);
    const { execFile } = await import("node:child_process");
    const status = () =>
      new Promise<number>((done) =>
        execFile(process.execPath, args, { env: { COGNATE_PORT: port } }, (fault) =>
          done(fault ? Number(fault.code) : 0),
        ),
      );
    expect(await status()).toBe(0);
    await world.close();
    expect(await status()).toBe(1);
  });
});

function python(script: string, input: string) {
  return execFileSync("python3", ["-c", script], { input, encoding: "utf8" });
}
const yamlMissing = spawnSync("python3", ["-c", "import yaml"]).status !== 0;

describe.skipIf(yamlMissing)("deploy/compose.yaml", () => {
  // biome-ignore lint/suspicious/noExplicitAny: the file's own shape is what is looked at
  const compose = (): any =>
    JSON.parse(
      python(
        "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))",
        text("deploy/compose.yaml"),
      ),
    );
  const example = () => parseToml(text("deploy/cognate.toml.example"));

  it("gives the nodes a configuration that starts, with files that are there", () => {
    const { services, secrets } = compose();
    const config = parseConfig({ ...settingsOf(environment), ...example() });
    expect(() => requireStartable(config)).not.toThrow();
    for (const name of ["node-1", "node-2"]) {
      const node = services[name];
      expect(node.image).toBe(`cognate:${packageJson.version}`);
      expect(node.command).toEqual(["start", "--config", "/run/secrets/cognate_config"]);
      expect(config.keyFile).toBe("/run/secrets/cognate_key");
      expect(node.expose).toEqual([String(config.port), String(config.metrics?.port)]);
      expect(node.volumes).toEqual([`import-logs:${config.importLogDir}`]);
      expect(node.user).toBe(valuesOf("USER")[0]);
      expect(node.tmpfs.some((mount: string) => mount.startsWith(`${config.dataDir}:`))).toBe(true);
      for (const secret of node.secrets) expect(secrets).toHaveProperty(secret);
    }
    const { hostname, port, username, pathname } = new URL(config.databaseUrl ?? "");
    const { POSTGRES_USER, POSTGRES_DB } = services.postgres.environment;
    expect(services).toHaveProperty(hostname);
    expect([port, username, pathname]).toEqual(["5432", POSTGRES_USER, `/${POSTGRES_DB}`]);
  });

  it("runs everything read-only and keeps passwords in files", () => {
    const { services } = compose();
    for (const [name, service] of Object.entries<Record<string, unknown>>(services)) {
      expect(service.read_only, name).toBe(true);
      expect(service.security_opt, name).toEqual(["no-new-privileges:true"]);
      expect(JSON.stringify(service.environment ?? {}), name).not.toMatch(/PASSWORD"/);
    }
  });

  it("has a proxy that knows the nodes by name and port and passes on what they take", () => {
    const { services } = compose();
    const nginx = text("deploy/nginx/cognate.conf");
    const upstreams = [...nginx.matchAll(/^ {2}server ([\w-]+):(\d+)/gm)];
    expect(upstreams.map(([, name]) => name)).toEqual(["node-1", "node-2"]);
    for (const [, name = "", port] of upstreams) expect(services[name].expose).toContain(port);
    const [listen] = /listen (\d+)/.exec(nginx)?.slice(1) ?? [];
    expect(services.proxy.ports).toEqual([`443:${listen}`]);
    for (const [, secret] of nginx.matchAll(/\/run\/secrets\/(\w+)/g))
      expect(services.proxy.secrets).toContain(secret);
    const megabytes = Number(/client_max_body_size (\d+)m/.exec(nginx)?.[1]);
    expect(megabytes * 1024 * 1024).toBeGreaterThanOrEqual(DEFAULT_BODY_LIMITS.brandingBodyBytes);
    expect(nginx).toContain("proxy_set_header Host $http_host;");
  });
});

describe("deploy/cognate.service", () => {
  const unit = text("deploy/cognate.service");
  const values = (name: string) =>
    [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value]) => value ?? "");

  it("starts what the build makes, in its state directory, with settings that exist", () => {
    expect(values("ExecStart")[0]).toContain(`/opt/cognate/${packageJson.bin.cognate} start`);
    const variables = Object.fromEntries(
      (values("Environment")[0] ?? "").split(" ").map((pair) => pair.split("=") as [string, string]),
    );
    expect(parseConfig(settingsOf(variables)).dataDir).toBe(`/var/lib/${values("StateDirectory")[0]}`);
  });

  it("gives the process nothing that it does not need", () => {
    expect(values("DynamicUser")).toEqual(["yes"]);
    expect(values("ProtectSystem")).toEqual(["strict"]);
    expect(values("NoNewPrivileges")).toEqual(["yes"]);
    expect(values("CapabilityBoundingSet")).toEqual([""]);
  });

  it.skipIf(spawnSync("systemd-analyze", ["--version"]).status !== 0)("is a unit that systemd takes", () => {
    const directory = mkdtempSync(join(tmpdir(), "cognate-unit-"));
    try {
      // The program itself is not where the unit says.
      const path = join(directory, "cognate.service");
      writeFileSync(path, unit.replace(/^ExecStart=\S+ \S+/m, "ExecStart=/bin/true"));
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", path], { encoding: "utf8" });
      expect([status, stderr]).toEqual([0, ""]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
