import { type Config, parseConfig } from "../config/config.ts";
import { environmentSettings } from "../config/environment.ts";

/** Options as the command line gives them. */
export type Options = Readonly<Record<string, string | boolean>>;

/**
 * The configuration of a command: what its options say wins over the environment, and that over the file that --config names.
 * @throws ConfigError
 */
export async function configFrom({ dev, config: file, ...flags }: Options): Promise<Config> {
  const fromFile =
    typeof file === "string" ? (await import("../config/config-file.ts")).fileSettings(file) : {};
  return parseConfig({
    ...fromFile,
    ...environmentSettings(),
    ...flags,
    ...(dev ? { mode: "development" } : {}),
  });
}
