import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../runtime/random.ts";
import { type Config, ConfigError } from "./config.ts";

const KEY_BYTES = 32;
const FILE = "cognate.key";

function decodeKey(text: string, source: string): Buffer {
  const key = Buffer.from(text.trim(), "base64");
  if (key.length !== KEY_BYTES) throw new ConfigError(`${source} must hold ${KEY_BYTES} bytes in base64`);
  return key;
}

function readKey(path: string): Buffer {
  if (statSync(path).mode & 0o077)
    throw new ConfigError(`${path} can be read by others than its owner; run: chmod 600 ${path}`);
  return decodeKey(readFileSync(path, "utf8"), path);
}

/** Made with its mode and only if it is not there, so that two starts cannot leave two keys. */
function createKey(path: string, random: Random): void {
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, `${random.bytes(KEY_BYTES).toString("base64")}\n`);
  } finally {
    closeSync(file);
  }
}

const isAbsent = (fault: unknown): boolean => (fault as NodeJS.ErrnoException).code === "ENOENT";

const COMMAND_TIMEOUT_MS = 30_000;

/** What a key service's program prints; its own messages go to standard error. */
function commandKey([program = "", ...args]: readonly string[]): Buffer {
  try {
    const stdio = ["ignore", "pipe", "inherit"] as const;
    const output = execFileSync(program, args, {
      encoding: "utf8",
      timeout: COMMAND_TIMEOUT_MS,
      stdio: [...stdio],
    });
    return decodeKey(output, `keyCommand (${program})`);
  } catch (fault) {
    if (fault instanceof ConfigError) throw fault;
    // The fault's own text may hold what the program printed.
    throw new ConfigError(`keyCommand (${program}) failed`);
  }
}

function givenKey({ key, keyCommand }: Config): Buffer | null {
  if (key !== undefined) return decodeKey(key, "key");
  return keyCommand === undefined ? null : commandKey(keyCommand);
}

/** The keys that the present one takes the place of. @throws ConfigError */
export const previousKeys = ({ previousKeyFiles }: Config): Buffer[] =>
  previousKeyFiles.map((path) => {
    try {
      return readKey(path);
    } catch (fault) {
      if (isAbsent(fault)) throw new ConfigError(`${path} does not exist`);
      throw fault;
    }
  });

/**
 * The key-encryption key: given outright, from the named file, or from <dataDir>/cognate.key, which the first start makes.
 * Whoever loses it loses what the database seals: passwords, client secrets and signing keys.
 * @throws ConfigError
 */
export function loadKeyEncryptionKey(config: Config, random: Random): Buffer {
  const given = givenKey(config);
  if (given) return given;
  const path = config.keyFile ?? join(config.dataDir, FILE);
  try {
    return readKey(path);
  } catch (fault) {
    if (!isAbsent(fault)) throw fault;
    if (config.keyFile !== undefined) throw new ConfigError(`${path} does not exist`);
  }
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  createKey(path, random);
  return readKey(path);
}

/**
 * The key-encryption key that is there already, for what must not make one: given outright, from the named file, or from the first
 * of the directories that has cognate.key.
 * @throws ConfigError when there is none
 */
export function existingKeyEncryptionKey(config: Config, directories: readonly string[]): Buffer {
  const given = givenKey(config);
  if (given) return given;
  const paths =
    config.keyFile === undefined ? directories.map((directory) => join(directory, FILE)) : [config.keyFile];
  for (const path of paths) {
    try {
      return readKey(path);
    } catch (fault) {
      if (!isAbsent(fault)) throw fault;
    }
  }
  const sought = paths.length > 0 ? ` (${paths.join(" and ")} not found)` : "";
  throw new ConfigError(`give the key-encryption key by COGNATE_KEY_FILE or COGNATE_KEY${sought}`);
}
