import { describeFaults, type SeededFault } from "./seeded-faults.ts";
import { sizes } from "./sizes.ts";

/**
 * Guards of production mode: who calls and what policies let them do, what development mode keeps out, the audit trail, keys and
 * backups, limits, the database's promises, starts.
 */
interface ProductionFault extends SeededFault {
  /** One for each of these subjects is of the brief form too. */
  readonly brief?: true;
}

const SIGNED_CALLS = "scenarios/signed-calls.test.ts";
const POLICIES = "domain/iam/policy-evaluation.test.ts";
const ORACLE = "say what another evaluator says";
const SECURITY_TOKENS = "scenarios/security-tokens.test.ts";
const DEVELOPMENT = "http/caller.test.ts";
const AUDIT = "scenarios/audit.test.ts";
const CONFIGURATIONS = "scenarios/start-configurations.test.ts";

const FAULTS: readonly ProductionFault[] = [
  // Who calls
  {
    name: "the signature of a call is not compared",
    file: "domain/iam/signature.ts",
    guard: "if (!digestsEqual(signatureOf(signingKey, stringToSign(at, scope, canonical)), bytes))",
    instead: "if (!signatureOf(signingKey, stringToSign(at, scope, canonical)))",
    test: SIGNED_CALLS,
    title: "is refused without a signature, with a wrong one, and to keys that nobody has",
    brief: true,
  },
  {
    name: "a signature is good for ever",
    file: "domain/iam/authority.ts",
    guard: "requireCurrent(signature, this.#services.signatureClock.now());",
    instead: "void requireCurrent;",
    test: SIGNED_CALLS,
    title: "is refused when it was signed more than a quarter of an hour ago or ahead",
  },
  {
    name: "a signature for one service is good for another",
    file: "domain/iam/signature.ts",
    guard: "if (scope.service !== service) wrong.push(",
    instead: "if (scope.service === '') wrong.push(",
    test: SIGNED_CALLS,
    title: "is refused when it was signed for another service or under another header's name",
  },
  {
    name: "a body is taken for the one that its header tells of",
    file: "domain/iam/signature.ts",
    guard: "const payloadHash = sha256Hex(request.body);",
    instead: 'const payloadHash = headerOf(request, "x-amz-content-sha256") ?? sha256Hex(request.body);',
    test: SIGNED_CALLS,
    title: "takes the body that was signed and no other",
  },
  {
    name: "headers that change the meaning may stay out of the signature",
    file: "domain/iam/signature.ts",
    guard: "if (request.headers[name] !== undefined && !signedHeaders.includes(name))",
    instead: "if (name === asWritten && !signedHeaders.includes(name))",
    test: SIGNED_CALLS,
    title: "is refused when it was signed for another service or under another header's name",
  },
  {
    name: "a deleted access key works on",
    file: "domain/iam/authority.ts",
    guard: "const found = await store.principals.byAccessKey(accessKeyId);",
    instead:
      "const kept = ((globalThis as { kept?: Map<string, never> }).kept ??= new Map<string, never>());\n    const found = kept.get(accessKeyId) ?? (await store.principals.byAccessKey(accessKeyId));\n    kept.set(accessKeyId, found as never);",
    test: SIGNED_CALLS,
    title: "is refused from the next call on when its key is deleted",
  },
  // What policies let them do
  {
    name: "policies are not asked",
    file: "http/aws-json/signed-authenticator.ts",
    guard: "if (caller.principal)\n",
    instead: "if (caller.principal && operation.length === 0)\n",
    test: SIGNED_CALLS,
    title: "is for whom a policy allows it, on the pool that the policy names",
  },
  {
    name: "a Deny does not win",
    file: "domain/iam/policy-evaluation.ts",
    guard: 'if (statement.effect === "Deny") return "explicit-deny";',
    instead: 'if (statement.effect === "Deny") continue;',
    test: SIGNED_CALLS,
    title: "is refused by a Deny, whatever allows it",
    brief: true,
  },
  {
    name: "a Deny after an Allow is not looked at",
    file: "domain/iam/policy-evaluation.ts",
    guard: 'if (statement.effect === "Allow" && verdict === "allow") continue;',
    instead: 'if (verdict === "allow") continue;',
    test: POLICIES,
    title: ORACLE,
  },
  {
    name: "the Resource of a policy is not looked at",
    file: "domain/iam/policy-evaluation.ts",
    guard:
      "if (resources && !resourceFits(resources, request.resource, variables, unresolved)) return false;",
    instead: "void resourceFits;",
    test: SIGNED_CALLS,
    title: "is for whom a policy allows it, on the pool that the policy names",
  },
  {
    name: "the Condition of a policy is not looked at",
    file: "domain/iam/policy-evaluation.ts",
    guard:
      "return conditions.every((condition) => conditionHolds(condition, request.context, variables, unresolved));",
    instead: "return conditions !== undefined || !conditionHolds || unresolved;",
    test: SIGNED_CALLS,
    title: "may depend on the region, the caller's address, tags of the pool and tags of the request",
  },
  {
    name: "what follows a wildcard is not looked at",
    file: "domain/iam/glob.ts",
    guard: "    if (part === ANY) {\n",
    instead: "    if (part === ANY) {\n      return true;\n",
    test: POLICIES,
    title: ORACLE,
  },
  // Temporary credentials
  {
    name: "anybody may take on a role",
    file: "domain/iam/sessions.ts",
    guard: 'if (trust === "none") return false;',
    instead: "",
    test: SECURITY_TOKENS,
    title: "gives a role to whom its trust policy names, and nobody else",
  },
  {
    name: "the session policy of AssumeRole is not looked at",
    file: "domain/iam/authority.ts",
    guard:
      'sessionPolicies: grant.sessionPolicy === null ? null : [this.policy(grant.sessionPolicy, "identity")],',
    instead: "sessionPolicies: null,",
    test: SECURITY_TOKENS,
    title: "narrows a session by its own policy, and never widens it",
    brief: true,
  },
  {
    name: "temporary credentials do not end",
    file: "domain/iam/authority.ts",
    guard: "if (grant.expiresAt <= this.#services.clock.now()) throw securityTokenExpired();",
    instead: "void securityTokenExpired;",
    test: SECURITY_TOKENS,
    title: "ends credentials with their time, with the role, and with the key they come from",
  },
  {
    name: "temporary credentials outlive the key they come from",
    file: "domain/iam/authority.ts",
    guard: "const source = await this.#holderOf(grant.sourceKeyId);",
    instead:
      "const source = await this.#holderOf(grant.sourceKeyId).catch((gone: unknown) => {\n      if (!grant.role) throw gone;\n      return { principal: null as never };\n    });",
    test: SECURITY_TOKENS,
    title: "ends credentials with their time, with the role, and with the key they come from",
  },
  {
    name: "a session token serves any temporary access key",
    file: "crypto/encryption-at-rest.ts",
    guard: "): Buffer => Buffer.from(`",
    instead: '): Buffer => purpose === "session-credentials" ? Buffer.from(purpose) : Buffer.from(`',
    test: SECURITY_TOKENS,
    title: "binds a session token to its key, and takes it for nothing without",
  },
  // What development mode keeps out
  {
    name: "development mode lets web pages in",
    file: "http/development-caller.ts",
    guard: 'if (facts.headers.origin !== undefined || site === "cross-site" || site === "same-site")',
    instead: 'if (site === "cross-site" || site === "same-site")',
    test: DEVELOPMENT,
    title: "who may do without credentials in development mode a web page",
  },
  {
    name: "development mode answers under any name",
    file: "http/development-caller.ts",
    guard: "if (!isLoopbackHost(facts.headers.host))",
    instead: "if (facts.headers.host === undefined)",
    test: "scenarios/development-attacks.test.ts",
    title: "refuses a reset of everything under a re-pointed name",
    brief: true,
  },
  {
    name: "development mode lets other machines in",
    file: "http/development-caller.ts",
    guard: "if (!isLoopbackAddress(facts.peerAddress))",
    instead: "if (facts.peerAddress === undefined)",
    test: DEVELOPMENT,
    title: "another machine",
  },
  {
    name: "development mode listens on every address",
    file: "config/config.ts",
    guard: "  if (!isLoopbackHost(config.host))\n",
    instead: "  if (!config.host)\n",
    test: CONFIGURATIONS,
    title: "refuses development on every address",
  },
  {
    name: "development mode opens a shared database",
    file: "config/config.ts",
    guard: "  if (config.databaseUrl)\n",
    instead: "  if (config.databaseUrl === '')\n",
    test: CONFIGURATIONS,
    title: "refuses development on PostgreSQL",
  },
  // Attributes that vouch for somebody
  {
    name: "people vouch for their own addresses",
    file: "domain/users/attributes.ts",
    guard: "isVerifiedFlag(name) ||",
    instead: "isVerifiedFlag(name.slice(1)) ||",
    test: "scenarios/protected-attributes.test.ts",
    title: "through UpdateUserAttributes",
  },
  {
    name: "a function makes tokens of somebody else",
    file: "domain/tokens/claim-changes.ts",
    guard: '  "sub",\n',
    instead: "",
    test: "scenarios/protected-attributes.test.ts",
    title: "through InitiateAuth, a PreTokenGeneration function, ID token",
  },
  // The audit trail
  {
    name: "the record of a change is written after its transaction",
    file: "domain/audit/recorder.ts",
    guard:
      "        if (appended) await repositories.audit.append(this.#record(position, null));\n        return done;\n      });",
    instead:
      "        return done;\n      });\n      if (appended) await store.transaction(({ audit }) => audit.append(this.#record(position, null)));",
    test: AUDIT,
    title: "keeps nothing of a call whose record cannot be written",
    brief: true,
  },
  {
    name: "the chain does not cover what records say",
    file: "domain/audit/chain.ts",
    guard: "      errorCode,\n      record.record,\n",
    instead: "      errorCode,\n",
    test: AUDIT,
    title: "shows it, wherever it was",
  },
  {
    name: "the chain does not cover where records stand",
    file: "domain/audit/chain.ts",
    guard: "      node,\n      position,\n      occurredAt,\n",
    instead: "      node,\n      occurredAt,\n",
    test: AUDIT,
    title: "shows it, wherever it was",
  },
  {
    name: "a segment is not linked to the one before",
    file: "domain/audit/chain.ts",
    guard: "before?.link ?? firstLink(this.#node),",
    instead: "firstLink(this.#node),",
    test: AUDIT,
    title: "shows a segment that was sealed anew",
  },
  {
    name: "the signature of a checkpoint is not checked",
    file: "crypto/checkpoint-key.ts",
    guard: 'return verify(null, content, this.#public, Buffer.from(signature, "base64"));',
    instead: "return verify !== undefined && content.length > 0 && signature.length > 0;",
    test: AUDIT,
    title: "knows checkpoints that another key signed",
  },
  {
    name: "refused calls leave no record",
    file: "domain/audit/recorder.ts",
    guard: "this.#writeLater({ code, message });",
    instead: "void [code, message];",
    test: SIGNED_CALLS,
    title: "leaves a record of who called, and of who was refused",
  },
  {
    name: "records tell passwords and attributes",
    file: "http/aws-json/audited-call.ts",
    guard: "HIDDEN_MEMBERS.has(name) || (isHidden(member) && !SHOWN_MEMBERS.has(name))",
    instead: "HIDDEN_MEMBERS.has(name) && isHidden(member) && !SHOWN_MEMBERS.has(name)",
    test: AUDIT,
    title: "tells in CloudTrail's shape who did what to whom, and no name, address or password",
  },
  {
    name: "records tell secrets, and are exported with them",
    file: "http/aws-json/audited-call.ts",
    guard: "HIDDEN_MEMBERS.has(name) || (isHidden(member) && !SHOWN_MEMBERS.has(name))",
    instead: "isHidden(member) && SHOWN_MEMBERS.has(name)",
    test: "scenarios/secrets.test.ts",
    title: "is not in the audit trail, exported or shown in short",
  },
  {
    name: "the root access key is made without a record",
    file: "server.ts",
    guard: "return firstRootKey({ ...services, store }, accountId);",
    instead: "return firstRootKey(store ? services : { ...services, store }, accountId);",
    test: CONFIGURATIONS,
    title: "shows the root key at the first start only",
  },
  // Keys and backups
  {
    name: "a seal is not bound to its row",
    file: "crypto/encryption-at-rest.ts",
    guard: "): Buffer => Buffer.from(`",
    instead: "): Buffer => Buffer.from(purpose) ?? Buffer.from(`",
    test: "scenarios/credentials-command.test.ts",
    title: "take no secret of one key for that of another",
    brief: true,
  },
  {
    name: "a sealed value opens in the place of another",
    file: "crypto/encryption-at-rest.ts",
    guard: "): Buffer => Buffer.from(`",
    instead: "): Buffer => Buffer.from(purpose) ?? Buffer.from(`",
    test: "scenarios/sealed-columns.test.ts",
    title: "what PostgreSQL keeps sealed opens nowhere else, and not when a bit of it is another",
  },
  {
    name: "a sealed value opens with changed bits",
    file: "crypto/encryption-at-rest.ts",
    guard: "        decipher.final(),\n",
    instead: "",
    test: "scenarios/sealed-columns.test.ts",
    title: "what PostgreSQL keeps sealed opens nowhere else, and not when a bit of it is another",
  },
  {
    name: "a server starts with another key than the database's",
    file: "server.ts",
    guard: "if (pool) keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey);",
    instead: "if (pool) return;",
    test: "scenarios/start.test.ts",
    title: "refuses a database that was made with another key, and changes nothing in it",
  },
  {
    name: "a restore takes rows of another key",
    file: "storage/transfer/transfer.ts",
    guard: "if (table === POOLS) checkPools(check, columns, batch);",
    instead: "void [POOLS, checkPools, check];",
    test: "scenarios/backup.test.ts",
    title: "refuses to restore without the key or with another, and makes none",
  },
  {
    name: "a key file may be open to others",
    file: "config/key-file.ts",
    guard: "if (statSync(path).mode & 0o077)",
    instead: "if (statSync(path).mode & 0)",
    test: "scenarios/start.test.ts",
    title: "refuses a key that others can read",
  },
  // Limits
  {
    name: "everybody's X-Forwarded-For is believed",
    file: "http/source-address.ts",
    guard: "let address = canonicalAddress(peerAddress);",
    instead: 'let address = canonicalAddress(String(forwardedFor ?? peerAddress).split(",").at(-1)?.trim());',
    test: "scenarios/source-address.test.ts",
    title: "is the peer where no proxy is trusted, whatever the header",
    brief: true,
  },
  {
    name: "behind a proxy the first hop is believed",
    file: "http/source-address.ts",
    guard: "const hop = hops.pop();",
    instead: "const hop = hops.shift();",
    test: "scenarios/source-address.test.ts",
    title: "policies look at the client's address, and a forged hop changes nothing",
  },
  {
    name: "each node counts for itself",
    file: "server.ts",
    guard: "rateLimits(config, services, metrics, snapshots === null);",
    instead: "rateLimits(config, services, metrics, false);",
    test: "scenarios/rate-limits.test.ts",
    title: "together admit the limit, wherever the requests go",
  },
  {
    name: "STS may be asked without end",
    file: "http/aws-query/pipeline.ts",
    guard: "pipeline.limits?.admitStranger(request.sourceAddress ?? null);",
    instead: "",
    test: "scenarios/rate-limits.test.ts",
    title: "is refused key sets, discovery and STS like other calls that anybody may make",
  },
  {
    name: "an address has as many connections as it likes",
    file: "http/listener.ts",
    guard: "if (count > connectionsPerAddress) {",
    instead: "if (count < 0) {",
    test: "http/server.test.ts",
    title: "are closed beyond the limit before they say anything",
  },
  {
    name: "a body may be as long as it likes",
    file: "http/request-body.ts",
    guard: "      if (length > limit) {",
    instead: "      if (length < 0) {",
    test: "http/server.test.ts",
    title: "is refused by its actual length when none is announced",
  },
  // What the database promises
  {
    name: "a commit is answered before it is on the disk",
    file: "storage/drivers/sqlite-file.ts",
    guard: 'durability === "full" ? "full" : "off"',
    instead: 'durability === "full" ? "normal" : "off"',
    test: "storage/sqlite.test.ts",
    title: "syncs each commit before it is answered",
  },
  {
    name: "two processes share an embedded database",
    file: "storage/drivers/sqlite-file.ts",
    guard: "pragma locking_mode = exclusive; pragma journal_mode = memory; begin exclusive; commit",
    instead: "select 1",
    test: "storage/sqlite.test.ts",
    title: "is refused to a second opener, in this process and in another",
    brief: true,
  },
  {
    name: "a transaction that PostgreSQL could not serialize fails",
    file: "storage/drivers/postgres-errors.ts",
    guard: '"40001": "conflict",',
    instead: '"40001": "fault",',
    test: "storage/postgres.test.ts",
    title: "runs a transaction again that the database could not serialize",
  },
  {
    name: "an alias goes to whoever claims it last",
    file: "storage/repositories/users.ts",
    guard: '            .whereRef("user_alias.user_key", "=", "excluded.user_key"),\n',
    instead: "",
    test: "storage/sqlite.test.ts",
    title: "claiming one alias: of 20 at once exactly one gets it",
  },
  {
    name: "what a sign-out ended is remembered as it was",
    file: "domain/tokens/access-token.ts",
    guard: 'const found = await services.store.refreshSessions.findWithUser(textClaim(claims, "event_id"));',
    instead:
      'const kept = ((globalThis as { seen?: Map<string, never> }).seen ??= new Map<string, never>());\n  const event = textClaim(claims, "event_id");\n  const found = kept.get(event) ?? (await services.store.refreshSessions.findWithUser(event));\n  kept.set(event, found as never);',
    test: "scenarios/sessions.test.ts",
    title: "ends the refresh token and every access token that came from it, and can be repeated",
  },
  // Starts
  {
    name: "plain HTTP leaves the machine unasked",
    file: "config/config.ts",
    guard: "if (!tls && !isLoopbackHost(host))",
    instead: "if (!tls && !host)",
    test: CONFIGURATIONS,
    title: "refuses production on every address",
    brief: true,
  },
  {
    name: "a server is ready whatever its database says",
    file: "http/health.ts",
    guard: "const isReady = await ready().catch(() => false);",
    instead: "const isReady = await ready().then(() => true, () => true);",
    test: "http/server.test.ts",
    title: "are not ready when told so",
  },
  {
    name: "each start makes a root key and shows it",
    file: "domain/iam/administration.ts",
    guard: "if (existing || !(await principals.insert(principal))) return false;",
    instead:
      "if (existing) {\n      await principals.insertAccessKey({ ...stored, principalKey: existing.key });\n      return true;\n    }\n    await principals.insert(principal);",
    test: CONFIGURATIONS,
    title: "shows the root key at the first start only",
  },
];

describeFaults(
  "a guard of production mode",
  FAULTS.length,
  FAULTS.filter(({ brief = false }) => brief || sizes.allProductionFaults),
);
