import { type Config, parseConfig } from "../config/config.ts";
import { environmentSettings, tracingSettings } from "../config/environment.ts";

/** Options as the command line gives them. */
export type Options = Readonly<Record<string, string | boolean>>;

/**
 * The configuration of a command: what its options say wins over the environment, and that over the file that --config names.
 * @throws ConfigError
 */
export async function configFrom({ dev, config: file, ...flags }: Options): Promise<Config> {
  const fromFile: Record<string, unknown> =
    typeof file === "string" ? (await import("../config/config-file.ts")).fileSettings(file) : {};
  return parseConfig({
    ...fromFile,
    ...environmentSettings(),
    ...tracing(fromFile),
    ...flags,
    ...(dev ? { mode: "development" } : {}),
  });
}

/** The file's section with what OpenTelemetry's variables say: they switch traces on by an endpoint only. */
function tracing({ tracing: fromFile }: Record<string, unknown>): { readonly tracing?: unknown } {
  const given = tracingSettings();
  if (given === null) return {};
  if (given === "off") return { tracing: undefined };
  if (fromFile === undefined) return given.endpoint ? { tracing: given } : {};
  return typeof fromFile === "object" ? { tracing: { ...fromFile, ...given } } : {};
}
