import { initial } from "./0001-initial.ts";
import { softwareTokens } from "./0002-software-tokens.ts";
import { webAuthnCredentials } from "./0003-web-authn-credentials.ts";
import { devices } from "./0004-devices.ts";
import { audit } from "./0018-audit.ts";
import { keyRotation } from "./0019-key-rotation.ts";
import type { Migration } from "./migration.ts";

/** Every change of the schema, in order. A released one is never edited. */
export const migrations: readonly Migration[] = [
  initial,
  softwareTokens,
  webAuthnCredentials,
  devices,
  audit,
  keyRotation,
];
