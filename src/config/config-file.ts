import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { ConfigError } from "./config.ts";

/** Settings from a TOML file, under the names of config.ts. @throws ConfigError when it cannot be read or is not TOML */
export function fileSettings(path: string): Record<string, unknown> {
  try {
    return parse(readFileSync(path, "utf8"));
  } catch (fault) {
    throw new ConfigError(`${path}: ${fault instanceof Error ? fault.message : "cannot be read"}`);
  }
}
