import type { AuditQuery } from "../../src/domain/audit/index.ts";
import type { PoolKey } from "../../src/domain/user-pools/index.ts";
import type { UserCondition, UserKey } from "../../src/domain/users/index.ts";
import type { Query, QueryBuilder } from "../../src/storage/query.ts";
import { auditStatements } from "../../src/storage/repositories/audit.ts";
import { authEventStatements } from "../../src/storage/repositories/auth-events.ts";
import { clientStatements } from "../../src/storage/repositories/clients.ts";
import { groupStatements } from "../../src/storage/repositories/groups.ts";
import { identityProviderStatements } from "../../src/storage/repositories/identity-providers.ts";
import { linkedIdentityStatements } from "../../src/storage/repositories/linked-identities.ts";
import { logDeliveryConfigurationStatements } from "../../src/storage/repositories/log-delivery-configurations.ts";
import { managedLoginBrandingStatements } from "../../src/storage/repositories/managed-login-brandings.ts";
import { outboxStatements } from "../../src/storage/repositories/outbox.ts";
import { passwordStatements } from "../../src/storage/repositories/passwords.ts";
import { poolDomainStatements } from "../../src/storage/repositories/pool-domains.ts";
import { principalStatements } from "../../src/storage/repositories/principals.ts";
import { provisionedLimitStatements } from "../../src/storage/repositories/provisioned-limits.ts";
import { refreshSessionStatements } from "../../src/storage/repositories/refresh-sessions.ts";
import { replicaStatements } from "../../src/storage/repositories/replicas.ts";
import { resourceServerStatements } from "../../src/storage/repositories/resource-servers.ts";
import { riskConfigurationStatements } from "../../src/storage/repositories/risk-configurations.ts";
import { signInAttemptStatements } from "../../src/storage/repositories/sign-in-attempts.ts";
import { signingCertificateStatements } from "../../src/storage/repositories/signing-certificates.ts";
import { signingKeyStatements } from "../../src/storage/repositories/signing-keys.ts";
import { termsStatements } from "../../src/storage/repositories/terms.ts";
import { uiCustomizationStatements } from "../../src/storage/repositories/ui-customizations.ts";
import { usedSessionStatements } from "../../src/storage/repositories/used-sessions.ts";
import { userImportStatements } from "../../src/storage/repositories/user-imports.ts";
import { userPoolStatements } from "../../src/storage/repositories/user-pools.ts";
import { userRanges, userStatements } from "../../src/storage/repositories/users.ts";
import { verificationCodeStatements } from "../../src/storage/repositories/verification-codes.ts";
import { expiredRows } from "../../src/storage/retention.ts";
import { NOW } from "./rows.ts";

/** The pool that the plans are made for; see `manyUsers`. */
export const POOL = 1 as PoolKey;
export const MANY = 20_000;

const FIELDS = [
  "username",
  "sub",
  "email",
  "phone_number",
  "name",
  "given_name",
  "family_name",
  "preferred_username",
  "status",
  "enabled",
] as const;

/** SQL that fills the tables so that an index is worth using, in either database: `numbers` gives a column `n` from 1, `blob` no bytes. */
export const manyUsers = (numbers: string, blob: string): string[] => [
  `insert into user_pool (key, id, region, account_id, settings, mfa, password_storage, wrapped_data_key, created_at, modified_at, version)
   select n, 'pool' || n, 'eu-west-1', '1', '{}', '{}', 'srp', ${blob}, 1, 1, 1 from (${numbers}) as numbers where n <= 500`,
  `insert into user_pool_client (key, id, pool_key, settings, secrets, created_at, modified_at, version)
   select n, 'client' || n, n % 500 + 1, '{}', '[]', 1, 1, 1 from (${numbers}) as numbers where n <= 2000`,
  `insert into user_pool_domain (name, pool_key, kind, region, account_id, settings, created_at, modified_at)
   select 'domain' || n, n, 'prefix', 'region' || n, '1', '{}', 1, 1 from (${numbers}) as numbers where n <= 500`,
  `insert into ui_customization (pool_key, client_id, client_key, created_at, modified_at)
   select n % 500 + 1, 'client' || n, n, 1, 1 from (${numbers}) as numbers where n <= 2000`,
  `insert into managed_login_branding (pool_key, id, client_key, client_id, use_provided_values, created_at, modified_at)
   select n % 500 + 1, 'branding' || n, n, 'client' || n, 1, 1, 1 from (${numbers}) as numbers where n <= 2000`,
  `insert into managed_login_asset (pool_key, branding_id, category, color_mode, resource_id, extension, bytes)
   select n % 500 + 1, 'branding' || n, 'FORM_LOGO', 'LIGHT', '', 'PNG', ${blob} from (${numbers}) as numbers where n <= 2000`,
  `insert into terms (pool_key, id, client_key, client_id, name, source, enforcement, links, created_at, modified_at)
   select n % 500 + 1, 'terms' || n, n, 'client' || n, 'terms-of-use', 'LINK', 'NONE', '{}', 1, 1 from (${numbers}) as numbers where n <= 2000`,
  `insert into signing_certificate (pool_key, certificate, sealed_private_key, created_at)
   select n, ${blob}, ${blob}, 1 from (${numbers}) as numbers where n <= 500`,
  `insert into resource_server (pool_key, identifier, name, scopes, created_at, modified_at)
   select n % 500 + 1, 'server' || n, 'name', '[]', 1, 1 from (${numbers}) as numbers`,
  `insert into identity_provider (pool_key, name, type, details, identifiers, attribute_mapping, created_at, modified_at)
   select n % 500 + 1, 'idp' || n, 'OIDC', '{}', '[]', '{}', 1, 1 from (${numbers}) as numbers`,
  `insert into identity_provider_identifier (pool_key, identifier, provider_name)
   select n % 500 + 1, 'identifier' || n, 'idp' || n from (${numbers}) as numbers`,
  `insert into signing_key (kid, pool_key, use, sealed_private_key, public_jwk, created_at)
   select 'kid' || n, n % 500 + 1, 'id', ${blob}, '{}', 1 from (${numbers}) as numbers where n <= 1000`,
  `insert into user_account (key, pool_key, sub, username, username_key, status, enabled, attributes, mfa, created_at, modified_at, email, phone_number, name, given_name, family_name, preferred_username)
   select n, case when n % 10 = 0 then 1 else n % 499 + 2 end, 'sub' || n, 'User' || n, 'user' || n, case when n % 30 = 0 then 'UNCONFIRMED' else 'CONFIRMED' end, '1', '{}', '{}', 1, 1,
     'e' || n || '@example.com', '+' || n, 'name' || (n % 100), 'given' || n, 'family' || n, case when n % 50 = 0 then 'p' || n end
   from (${numbers}) as numbers`,
  `insert into user_alias (pool_key, name, value_key, user_key)
   select n % 500 + 1, 'email', 'e' || n, n from (${numbers}) as numbers`,
  `insert into user_password (user_key, sealed, set_at) select n, ${blob}, 1 from (${numbers}) as numbers`,
  `insert into password_history (user_key, ordinal, sealed, set_at)
   select n, 1, ${blob}, 1 from (${numbers}) as numbers`,
  `insert into user_group (pool_key, name, created_at, modified_at)
   select 1, 'group' || n, 1, 1 from (${numbers}) as numbers where n <= 1000`,
  `insert into group_member (pool_key, group_name, user_key, added_at)
   select 1, 'group' || (n % 1000 + 1), n, 1 from (${numbers}) as numbers`,
  `insert into refresh_session (id, origin_jti, pool_key, user_key, client_id, signed_in_at, expires_at, counter, session_id, last_active_at)
   select 'session' || n, 'jti', 1, n, 'client' || (n % 2000), 1, ${NOW} + n, 0, 'tkn' || n, n from (${numbers}) as numbers`,
  `insert into used_session (nonce, consumed, wrong_answers, expires_at)
   select 'nonce' || n, 1, 0, ${NOW} + n from (${numbers}) as numbers`,
  `insert into sign_in_attempt (pool_key, subject, failures, locked_until)
   select 1, 's' || n, 1, ${NOW} + n from (${numbers}) as numbers`,
  `insert into attempt_count (pool_key, subject, kind, window_start, attempts)
   select 1, 's' || n, 'kind', ${NOW} + n, 1 from (${numbers}) as numbers`,
  `insert into verification_code (user_key, purpose, digest, attribute, target, wrong_tries, expires_at)
   select n, 'reset-password', ${blob}, 'email', 't', 0, ${NOW} + n from (${numbers}) as numbers`,
  `insert into web_authn_credential (pool_key, id, user_key, relying_party_id, public_key, sign_count, backup_eligible, friendly_name, transports, created_at)
   select n % 500 + 1, 'c' || n, n, 'example.com', ${blob}, 0, 0, 'Passkey', '[]', 1 from (${numbers}) as numbers`,
  `insert into web_authn_registration (user_key, client_id, challenge, expires_at)
   select n, 'client', 'c', ${NOW} + n from (${numbers}) as numbers`,
  `insert into linked_identity (pool_key, provider_name, attribute_name, value_key, value, user_key, provider_type, is_primary, linked_at)
   select n % 500 + 1, 'Google', 'Cognito_Subject', 's' || n, 's' || n, n, 'Google', 0, n from (${numbers}) as numbers`,
  `insert into user_pool_replica (pool_key, region, status, tags, status_since)
   select n % 500 + 1, 'region-' || (n / 500), 'ACTIVE', '{}', 1 from (${numbers}) as numbers where n <= 5000`,
  `insert into provisioned_limit (region, account_id, category, requests_per_second, modified_at)
   select 'region', 'account' || n, 'UserRead', 120, 1 from (${numbers}) as numbers where n <= 5000`,
  `insert into principal (key, account_id, kind, name, unique_id, policies, max_session_seconds, created_at, modified_at)
   select n, 'account' || (n % 10), 'user', 'name' || n, 'AIDA' || n, '[]', 3600, 1, 1 from (${numbers}) as numbers`,
  `insert into access_key (id, principal_key, sealed_secret, created_at)
   select 'AKIA' || n, n, ${blob}, 1 from (${numbers}) as numbers`,
  `insert into outbox_message (key, pool_key, channel, sealed, created_at, attempts, next_attempt_at)
   select n, n % 500 + 1, 'EMAIL', ${blob}, 1, 0, case when n % 20 = 0 then ${NOW} + n end from (${numbers}) as numbers`,
  `insert into risk_configuration (pool_key, client_id, settings, modified_at)
   select n % 500 + 1, 'client' || n, '{}', 1 from (${numbers}) as numbers where n <= 2000`,
  `insert into log_delivery_configuration (pool_key, configurations)
   select n, '[]' from (${numbers}) as numbers where n <= 500`,
  `insert into auth_event (key, id, user_key, client_id, type, response, risk_decision, compromised, challenges, device_name, has_context, request_id, created_at)
   select n, 'event' || n, n % 2000 + 1, 'client', 'SignIn', 'Pass', 'NoRisk', 0, '[]', 'Other, Other', 0, 'r', ${NOW} + n from (${numbers}) as numbers`,
  `insert into user_import_job (key, id, pool_key, name, role_arn, status, created_at, imported, skipped, failed)
   select n, 'import-' || n, n % 500 + 1, 'job', 'arn', case when n % 100 = 0 then 'Created' else 'Succeeded' end, n, 0, 0, 0
   from (${numbers}) as numbers`,
  `insert into audit_record (id, node, position, occurred_at, operation, pool_id, sub, principal, record)
   select 'record' || n, 'node', n, ${NOW} + n, case when n % 10 = 0 then 'CreateUserPool' else 'InitiateAuth' end, 'pool' || (n % 500),
     'sub' || n, case when n % 10 = 0 then 'arn' || (n % 50) else 'Anonymous' end,
     '{"recipientAccountId":"1","awsRegion":"eu-west-1","eventSource":"' || case when n % 100 = 0 then 'sts' else 'cognito-idp' end ||
     '.amazonaws.com","userIdentity":{' || case when n % 10 = 0
       then '"type":"AssumedRole","principalId":"AROA:session' || (n % 50) || '","accessKeyId":"ASIA' || (n % 50) || '"'
       else '"type":"Unknown"' end || '}}'
   from (${numbers}) as numbers`,
  `insert into user_import_file (key, job_key, discard_at)
   select n, n, case when n % 20 = 0 then ${NOW} + n end from (${numbers}) as numbers`,
  `insert into user_import_chunk (file_key, ordinal, sealed)
   select n % 500 + 1, n / 500, ${blob} from (${numbers}) as numbers`,
  `insert into user_import_run (account, job_key, pool_key, owner, leased_until, next_offset, next_line, log_bytes, log_pending)
   select 'account' || n, n, n % 500 + 1, '', ${NOW} + n, 0, 1, 0, '' from (${numbers}) as numbers where n <= 2000`,
];

const RECORD = { occurredAt: NOW, id: "record1" };
const PLACE = { accountId: "1", region: "eu-west-1" };
const LOOKUPS: Readonly<Record<string, AuditQuery>> = {
  all: {},
  id: { id: "record1" },
  operation: { operation: "CreateUserPool" },
  pool: { userPoolId: "pool1" },
  user: { sub: "sub1" },
  principal: { principal: "arn1" },
  "access key": { accessKeyId: "ASIA1" },
  "caller's name": { username: "session1" },
  "another service": { source: "sts.amazonaws.com" },
  "the user-pool API": { source: "cognito-idp.amazonaws.com" },
  "what is about users": { about: "user" },
  "a time": { from: NOW, until: NOW },
};

/** Every search of the audit trail: everywhere as the command line makes it, and in one place as LookupEvents does. */
function auditSearches(builder: QueryBuilder): { name: string; query: Query<unknown> }[] {
  const { search } = auditStatements(builder);
  return Object.entries(LOOKUPS).flatMap(([name, wanted]) => [
    // Everywhere, what nearly all records have in common is looked at row by row.
    { name: `audit records by ${name}`, query: search({ from: NOW, ...wanted }, RECORD, 50) },
    { name: `audit records by ${name}, in one place`, query: search({ ...wanted, place: PLACE }, null, 50) },
    {
      name: `audit records by ${name}, in one place, later`,
      query: search({ ...wanted, place: PLACE }, RECORD, 50),
    },
  ]);
}

/** Every shape of ListUsers. */
export function userLists(builder: QueryBuilder): { name: string; query: Query<unknown> }[] {
  const shapes: { name: string; query: Query<unknown> }[] = [];
  const add = (name: string, condition: UserCondition | null, isFirst: boolean) => {
    const after = isFirst ? null : { value: `${condition?.value ?? ""}7`, key: 7 as UserKey };
    const ranges = userRanges(builder, { poolKey: POOL, condition, after, limit: 60 });
    for (const [index, range] of ranges.entries())
      shapes.push({ name: `${name}, ${isFirst ? "first" : "later"} page, range ${index + 1}`, query: range });
  };
  for (const isFirst of [true, false]) {
    add("all users", null, isFirst);
    for (const field of FIELDS)
      for (const comparison of ["equals", "starts-with"] as const)
        add(`users whose ${field} ${comparison}`, { field, comparison, value: "e1" }, isFirst);
  }
  return shapes;
}

/** The reads that requests are made of, and the batches of the clean-up. */
export function hotReads(builder: QueryBuilder): { name: string; query: Query<unknown> }[] {
  const pools = userPoolStatements(builder);
  const clients = clientStatements(builder);
  const users = userStatements(builder);
  const groups = groupStatements(builder);
  const outbox = outboxStatements(builder);
  const events = authEventStatements(builder);
  const imports = userImportStatements(builder);
  const domains = poolDomainStatements(builder);
  const styles = uiCustomizationStatements(builder);
  const brandings = managedLoginBrandingStatements(builder);
  const terms = termsStatements(builder);
  const identities = linkedIdentityStatements(builder);
  const principals = principalStatements(builder);
  const name = "group1";
  return [
    { name: "pool version by id", query: pools.version({ id: "pool1" }) },
    { name: "pool version by key", query: pools.versionByKey({ key: POOL }) },
    { name: "pool by id", query: pools.find({ id: "pool1" }) },
    { name: "pools", query: pools.list({ region: "eu-west-1", accountId: "1", afterKey: 3, limit: 10 }) },
    { name: "number of pools", query: pools.count({ region: "eu-west-1", accountId: "1", cap: 100 }) },
    { name: "client version by id", query: clients.version({ id: "client1" }) },
    { name: "client by id", query: clients.find({ id: "client1" }) },
    { name: "clients", query: clients.list({ poolKey: POOL, afterKey: 3, limit: 10 }) },
    { name: "number of clients", query: clients.count({ poolKey: POOL }) },
    { name: "domain by name", query: domains.find({ name: "domain1" }) },
    {
      name: "number of custom domains",
      query: domains.count({ region: "region1", accountId: "1", kind: "custom" }),
    },
    { name: "style of classic pages", query: styles.find({ poolKey: POOL, clientId: "client1" }) },
    { name: "logo of classic pages", query: styles.image({ poolKey: POOL, clientId: "client1" }) },
    { name: "style of managed login by id", query: brandings.find({ poolKey: POOL, id: "branding1" }) },
    { name: "style of managed login by client", query: brandings.ofClient({ clientKey: 1 }) },
    { name: "number of styles", query: brandings.count({ poolKey: POOL }) },
    { name: "assets of a style", query: brandings.assets({ poolKey: POOL, id: "branding1" }) },
    { name: "terms by id", query: terms.find({ poolKey: POOL, id: "terms1" }) },
    { name: "terms by client", query: terms.ofClient({ clientKey: 1, name: "terms-of-use" }) },
    { name: "terms of a pool", query: terms.list({ poolKey: POOL, afterId: "t", limit: 10 }) },
    { name: "number of terms", query: terms.count({ poolKey: POOL }) },
    { name: "signing certificate", query: signingCertificateStatements(builder).find({ poolKey: POOL }) },
    {
      name: "resource server",
      query: resourceServerStatements(builder).find({ poolKey: POOL, identifier: "server500" }),
    },
    {
      name: "resource servers",
      query: resourceServerStatements(builder).list({ poolKey: POOL, afterIdentifier: "s", limit: 10 }),
    },
    {
      name: "number of resource servers",
      query: resourceServerStatements(builder).count({ poolKey: POOL, cap: 25 }),
    },
    {
      name: "identity provider",
      query: identityProviderStatements(builder).find({ poolKey: POOL, name: "idp500" }),
    },
    {
      name: "identity provider by identifier",
      query: identityProviderStatements(builder).byIdentifier({ poolKey: POOL, identifier: "identifier500" }),
    },
    {
      name: "identity providers",
      query: identityProviderStatements(builder).list({ poolKey: POOL, afterName: "i", limit: 10 }),
    },
    {
      name: "number of identity providers",
      query: identityProviderStatements(builder).count({ poolKey: POOL, cap: 300 }),
    },
    { name: "signing keys", query: signingKeyStatements(builder).ofPool({ poolKey: POOL }) },
    { name: "user by key", query: users.byKey({ key: 1 }) },
    { name: "user by username", query: users.byUsername({ poolKey: POOL, usernameKey: "user1" }) },
    { name: "user by sub", query: users.bySub({ poolKey: POOL, sub: "sub1" }) },
    { name: "user by alias", query: users.byAlias({ poolKey: POOL, name: "email", valueKey: "e1" }) },
    { name: "number of users", query: users.count({ poolKey: POOL, cap: 100 }) },
    { name: "password", query: passwordStatements(builder).find({ userKey: 1 }) },
    { name: "password history", query: passwordStatements(builder).history({ userKey: 1, limit: 5 }) },
    { name: "group", query: groups.find({ poolKey: POOL, name }) },
    { name: "groups", query: groups.list({ poolKey: POOL, afterName: "g", limit: 10 }) },
    { name: "groups of a user", query: groups.ofUser({ userKey: 1 }) },
    { name: "members of a group", query: groups.members({ poolKey: POOL, name, afterKey: 3, limit: 10 }) },
    {
      name: "refresh session with user",
      query: refreshSessionStatements(builder).findWithUser({ id: "session1" }),
    },
    {
      name: "tracked sessions of a user",
      query: refreshSessionStatements(builder).trackedOfUser({ userKey: 1, now: NOW }),
    },
    {
      name: "linked identity",
      query: identities.find({
        pool_key: POOL,
        provider_name: "Google",
        attribute_name: "Cognito_Subject",
        value_key: "s1",
      }),
    },
    { name: "linked identities of a user", query: identities.ofUser({ userKey: 1 }) },
    { name: "replicas of a pool", query: replicaStatements(builder).ofPool({ poolKey: POOL }) },
    { name: "replicas of pools", query: replicaStatements(builder).ofPools([1, 2, 3]) },
    {
      name: "provisioned limit",
      query: provisionedLimitStatements(builder).find({
        region: "region",
        accountId: "account1",
        category: "UserRead",
      }),
    },
    { name: "sign-in lock", query: signInAttemptStatements(builder).find({ poolKey: 1, subject: "s1" }) },
    { name: "used session", query: usedSessionStatements(builder).find({ nonce: "nonce1" }) },
    {
      name: "verification code",
      query: verificationCodeStatements(builder).find({ userKey: 1, purpose: "reset-password" }),
    },
    {
      name: "risk configurations of a pool and a client",
      query: riskConfigurationStatements(builder).both({ poolKey: POOL, clientId: "client1" }),
    },
    {
      name: "log configurations of a pool",
      query: logDeliveryConfigurationStatements(builder).find({ poolKey: POOL }),
    },
    { name: "event of a user", query: events.find({ userKey: 1, id: "event1" }) },
    { name: "events of a user", query: events.list({ userKey: 1, beforeKey: 9_000, limit: 10 }) },
    { name: "open event of a user", query: events.findOpen({ userKey: 1, type: "SignUp" }) },
    { name: "import job", query: imports.find({ poolKey: POOL, id: "import-1" }) },
    { name: "import jobs", query: imports.list({ poolKey: POOL, beforeKey: 300, limit: 10 }) },
    { name: "number of import jobs", query: imports.count({ poolKey: POOL, cap: 100 }) },
    { name: "import under way in a pool", query: imports.underWay({ poolKey: POOL }) },
    { name: "import to run", query: imports.unclaimed({ now: NOW }) },
    { name: "imports nobody started", query: imports.unstarted({ createdBefore: 200, limit: 10 }) },
    { name: "chunk of a file", query: imports.chunk({ fileKey: 1, ordinal: 1 }) },
    { name: "discarded file", query: imports.discarded({ now: NOW }) },
    { name: "access key with principal", query: principals.byAccessKey({ id: "AKIA1" }) },
    { name: "principal by key", query: principals.byKey({ key: 1 }) },
    {
      name: "principal by name",
      query: principals.byName({ accountId: "account1", kind: "user", name: "name1" }),
    },
    {
      name: "principal to lock",
      query: principals.lock({ accountId: "account1", kind: "user", name: "name1" }),
    },
    { name: "principals", query: principals.list({ afterKey: 3, limit: 10 }) },
    { name: "access keys of a principal", query: principals.accessKeysOf({ key: 1 }) },
    { name: "messages of a pool", query: outbox.listOfPool({ poolKey: POOL, limit: 10 }) },
    ...auditSearches(builder),
  ];
}

/** Writes that find their rows by something else than the primary key. */
export function searchingWrites(builder: QueryBuilder): { name: string; query: Query<unknown> }[] {
  const sessions = refreshSessionStatements(builder);
  const imports = userImportStatements(builder);
  const lease = { jobKey: 1, owner: "node" };
  return [
    {
      name: "advancing an import",
      query: imports.advance({
        ...lease,
        until: NOW,
        from: 0,
        offset: 1,
        line: 1,
        logBytes: 0,
        logPending: "",
      }),
    },
    { name: "ending an import", query: imports.leave(lease) },
    { name: "removing chunks", query: imports.removeChunks({ fileKey: 1, limit: 10 }) },
    { name: "revoking a user's sessions", query: sessions.revokeAllOfUser({ userKey: 1, at: NOW }) },
    { name: "removing a client's sessions", query: clientStatements(builder).removeSessions({ id: "c" }) },
    {
      name: "claiming messages",
      query: outboxStatements(builder).claim({ now: NOW, hiddenUntil: NOW, limit: 10 }),
    },
    {
      name: "releasing a provider's identifiers",
      query: identityProviderStatements(builder).releaseIdentifiers({ poolKey: POOL, name: "idp500" }),
    },
    ...expiredRows(builder, NOW).map((batch, index) => ({ name: `clean-up batch ${index}`, query: batch })),
  ];
}
