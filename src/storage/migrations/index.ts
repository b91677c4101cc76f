import { initial } from "./0001-initial.ts";
import { softwareTokens } from "./0002-software-tokens.ts";
import { devices } from "./0004-devices.ts";
import type { Migration } from "./migration.ts";

/** Every change of the schema, in order. A released one is never edited. */
export const migrations: readonly Migration[] = [initial, softwareTokens, devices];
