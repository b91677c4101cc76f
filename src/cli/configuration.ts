import { type Config, parseConfig } from "../config/config.ts";
import { environmentSettings } from "../config/environment.ts";

/** Flags of a command line, by the names of settings. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** The settings that file, environment and flags give together. @throws ConfigError */
export async function configFrom({ dev, config: file, ...flags }: Flags): Promise<Config> {
  const fromFile =
    typeof file === "string" ? (await import("../config/config-file.ts")).fileSettings(file) : {};
  return parseConfig({
    ...fromFile,
    ...environmentSettings(),
    ...flags,
    ...(dev ? { mode: "development" } : {}),
  });
}
