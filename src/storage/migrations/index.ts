import { initial } from "./0001-initial.ts";
import { softwareTokens } from "./0002-software-tokens.ts";
import { webAuthnCredentials } from "./0003-web-authn-credentials.ts";
import { devices } from "./0004-devices.ts";
import { resourceServers } from "./0006-resource-servers.ts";
import { identityProviders } from "./0007-identity-providers.ts";
import { appearance } from "./0008-appearance.ts";
import { signingCertificates } from "./0009-signing-certificate.ts";
import { userSessions } from "./0010-user-sessions.ts";
import { linkedIdentities } from "./0011-linked-identities.ts";
import { userImports } from "./0012-user-imports.ts";
import { riskConfigurations } from "./0014-risk-configurations.ts";
import { authEvents } from "./0015-auth-events.ts";
import { rowKeyOrder } from "./0016-row-key-order.ts";
import { principals } from "./0017-principals.ts";
import { audit } from "./0018-audit.ts";
import { keyRotation } from "./0019-key-rotation.ts";
import { rateNodes } from "./0020-rate-nodes.ts";
import { auditLookup } from "./0022-audit-lookup.ts";
import { auditPrincipals } from "./0023-audit-principals.ts";
import type { Migration } from "./migration.ts";

/** Every change of the schema, in order. A released one is never edited. */
export const migrations: readonly Migration[] = [
  initial,
  softwareTokens,
  webAuthnCredentials,
  devices,
  resourceServers,
  identityProviders,
  appearance,
  signingCertificates,
  userSessions,
  linkedIdentities,
  userImports,
  riskConfigurations,
  authEvents,
  rowKeyOrder,
  principals,
  audit,
  keyRotation,
  rateNodes,
  auditLookup,
  auditPrincipals,
];
