import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Credentials } from "./production.ts";
import { type ServerProcess, type ServerProcessOptions, startServerProcess } from "./server-process.ts";

/** A server in production mode in a process of its own. */
export interface ProductionProcess extends ServerProcess {
  /** The root key, when this start made it. */
  readonly root: Credentials | null;
}

export interface ProductionProcessOptions extends ServerProcessOptions {
  /** The embedded database otherwise. */
  readonly databaseUrl?: string;
  /** What nodes of one database share; a file in the data directory otherwise. */
  readonly key?: string;
  readonly publicUrl?: string;
  /** More of the configuration file, as TOML. */
  readonly configuration?: string;
  /** False for a version that may know no rate limits, and whose configuration file does not tell of them. */
  readonly knowsLimits?: boolean;
}

/** Tests make requests as fast as they can: a file that turns the rate limits off, and what else it is to say. */
function withoutLimits(dataDir: string, more: string): string {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, "without-limits.toml");
  writeFileSync(file, `[limits]\nenabled = false\n${more}`);
  return file;
}

export const newKey = (): string => randomBytes(32).toString("base64");

/** @throws ServerDidNotStart */
export async function startProductionProcess(options: ProductionProcessOptions): Promise<ProductionProcess> {
  const {
    databaseUrl,
    key,
    publicUrl,
    startArguments = [],
    environment = {},
    configuration = "",
    knowsLimits = true,
  } = options;
  const server = await startServerProcess({
    ...options,
    startArguments: [
      ...(knowsLimits ? ["--config", withoutLimits(options.dataDir, configuration)] : []),
      ...startArguments,
      ...(publicUrl ? ["--public-url", publicUrl] : []),
    ],
    environment: {
      ...(databaseUrl ? { COGNATE_DATABASE_URL: databaseUrl } : {}),
      ...(key ? { COGNATE_KEY: key } : {}),
      ...environment,
    },
  });
  return { ...server, root: rootKeyIn(server.greeting) };
}

function rootKeyIn(greeting: string): Credentials | null {
  const accessKeyId = /^AWS_ACCESS_KEY_ID=(\S+)$/m.exec(greeting)?.[1];
  const secretAccessKey = /^AWS_SECRET_ACCESS_KEY=(\S+)$/m.exec(greeting)?.[1];
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : null;
}
