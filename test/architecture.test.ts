import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { operationNames } from "../src/api/operation.ts";
import { VERSION } from "../src/cli/cli.ts";

const ROOT = resolve(import.meta.dirname, "..");
const SRC = join(ROOT, "src");

/** The domain's concepts, lowest first: each may use those before it, through their index.ts. */
const CONCEPTS = [
  "provisioned-limits",
  "rate-limits",
  "user-pools",
  "server-keys",
  "resource-servers",
  "identity-providers",
  "clients",
  "branding",
  "users",
  "groups",
  "messages",
  "verification",
  "triggers",
  "tokens",
  "devices",
  "log-delivery",
  "threat-protection",
  "authentication",
  "accounts",
  "user-imports",
  "iam",
  "audit",
  "explanation",
  "paging",
];

/** What each layer may import beside itself. server.ts, main.ts and cli see everything they start. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  api: [],
  runtime: [],
  crypto: ["runtime"],
  domain: ["api", "runtime", "crypto"],
  storage: ["domain", "runtime", "crypto"],
  integrations: ["domain", "runtime", "crypto"],
  operations: ["domain", "api", "runtime"],
  http: ["operations", "domain", "api", "runtime"],
  config: ["runtime"],
  cli: ["server", "api", "config", "crypto", "domain", "runtime", "storage"],
  server: ["config", "crypto", "domain", "http", "integrations", "operations", "runtime", "storage"],
  main: ["cli"],
};

/** Packages that belong to one layer. */
const OWNED_PACKAGES: Readonly<Record<string, string>> = {
  kysely: "storage",
  pg: "storage",
  "node:sqlite": "storage",
  nodemailer: "integrations",
  "get-east-asian-width": "cli",
  "@node-rs/bcrypt": "crypto",
  "@smithy/core/config": "cli",
  "prom-client": "integrations",
  "@opentelemetry/api": "integrations",
  "@opentelemetry/core": "integrations",
  "@opentelemetry/exporter-trace-otlp-http": "integrations",
  "@opentelemetry/resources": "integrations",
  "@opentelemetry/sdk-trace": "integrations",
  "@simplewebauthn/server": "crypto",
  "@simplewebauthn/server/helpers": "crypto",
  zod: "config",
  commander: "cli",
  "@aws-sdk/credential-providers": "cli",
};

/** Who listens, and the command line that calls servers: fetch takes longer to load than a call lasts. */
const HTTP_LAYERS = ["http", "cli"];

interface Import {
  readonly file: string;
  readonly target: string;
}

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? sourceFiles(path) : entry.name.endsWith(".ts") ? [path] : [];
  });
}

const imports: Import[] = sourceFiles(SRC).flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => {
    const target = match[1] ?? "";
    return {
      file: relative(SRC, file),
      target: target.startsWith(".") ? relative(SRC, resolve(dirname(file), target)) : target,
    };
  }),
);

const layerOf = (path: string): string => (path.split("/")[0] ?? "").replace(/\.ts$/, "");
const isOurs = (target: string): boolean => target.endsWith(".ts");

describe("the structure of src", () => {
  it("lets no layer import one above it", () => {
    const table = new Map<string, Set<string>>();
    const violations: string[] = [];
    for (const { file, target } of imports.filter((one) => isOurs(one.target))) {
      const [from, to] = [layerOf(file), layerOf(target)];
      if (from === to) continue;
      table.set(from, (table.get(from) ?? new Set()).add(to));
      if (!LAYERS[from]?.includes(to)) violations.push(`${file} imports ${target}`);
    }
    for (const [from, to] of table) console.log(`${from.padEnd(12)} → ${[...to].sort().join(", ")}`);
    expect(violations).toEqual([]);
  });

  it("orders the concepts of the domain and opens each only through its index", () => {
    const violations = imports
      .filter(({ file, target }) => file.startsWith("domain/") && target.startsWith("domain/"))
      .flatMap(({ file, target }) => {
        const [, from = "", ...fromRest] = file.split("/");
        const [, to = "", inner] = target.split("/");
        if (from === to || inner === undefined || fromRest.length === 0) return [];
        const upwards = CONCEPTS.indexOf(to) > CONCEPTS.indexOf(from);
        return upwards || inner !== "index.ts" ? [`${file} imports ${target}`] : [];
      });
    expect(violations).toEqual([]);
  });

  it("keeps each of these packages in one layer", () => {
    const violations = imports
      .filter(
        ({ file, target }) =>
          (OWNED_PACKAGES[target] !== undefined && layerOf(file) !== OWNED_PACKAGES[target]) ||
          (/^node:https?$/.test(target) && !HTTP_LAYERS.includes(layerOf(file))),
      )
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(violations).toEqual([]);
  });

  it("reads time, randomness and the environment in one place each", () => {
    const forbidden = [
      { pattern: /\bDate\.now\(|new Date\(\)|performance\.now\(/, allowed: /^runtime\// },
      { pattern: /Math\.random|\brandomUUID\b|\brandomBytes\b|\brandomInt\b/, allowed: /^runtime\// },
      { pattern: /process\.env\b/, allowed: /^config\/environment\.ts$/ },
    ];
    const violations = sourceFiles(SRC).flatMap((path) => {
      const file = relative(SRC, path);
      const text = readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
      return forbidden
        .filter(({ pattern, allowed }) => pattern.test(text) && !allowed.test(file))
        .map(({ pattern }) => `${file}: ${pattern}`);
    });
    expect(violations).toEqual([]);
  });

  it("says in the README how many operations it carries out", () => {
    expect(readFileSync(join(ROOT, "README.md"), "utf8")).toContain(
      `All ${operationNames.length} of the API's operations`,
    );
  });

  it("has generated documents that are up to date", () => {
    const run = spawnSync(process.execPath, ["scripts/generate-docs.ts", "--check"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    expect(run.stderr).toBe("");
    expect(run.status).toBe(0);
  });

  it("installs no package that could be another than the one it was tested with", () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
      packages: Record<string, { link?: boolean; integrity?: string }>;
    };
    const unpinned = Object.entries(packages)
      .filter(([path, { link, integrity }]) => /node_modules/.test(path) && !link && !integrity)
      .map(([path]) => path);
    expect(unpinned).toEqual([]);
  });

  it("has one version", () => {
    expect(VERSION).toBe(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version);
  });
});
