import type { ColumnType } from "kysely";

/**
 * The tables, as both databases have them. Columns hold text, whole numbers below 2^53, bytes, or JSON as text; instants are
 * milliseconds since the Unix epoch. What each index is for stands in the migrations.
 */
export interface Schema {
  user_pool: UserPoolTable;
  user_pool_domain: UserPoolDomainTable;
  signing_key: SigningKeyTable;
  signing_certificate: SigningCertificateTable;
  user_pool_client: UserPoolClientTable;
  ui_customization: UiCustomizationTable;
  managed_login_branding: ManagedLoginBrandingTable;
  managed_login_asset: ManagedLoginAssetTable;
  terms: TermsTable;
  user_account: UserAccountTable;
  user_alias: UserAliasTable;
  user_password: UserPasswordTable;
  password_history: PasswordHistoryTable;
  user_group: UserGroupTable;
  group_member: GroupMemberTable;
  refresh_session: RefreshSessionTable;
  used_session: UsedSessionTable;
  sign_in_attempt: SignInAttemptTable;
  attempt_count: AttemptCountTable;
  verification_code: VerificationCodeTable;
  software_token: SoftwareTokenTable;
  web_authn_credential: WebAuthnCredentialTable;
  web_authn_registration: WebAuthnRegistrationTable;
  device: DeviceTable;
  outbox_message: OutboxMessageTable;
  audit_record: AuditRecordTable;
  audit_chain: AuditChainTable;
  audit_segment: AuditSegmentTable;
  audit_checkpoint: AuditCheckpointTable;
  server_key: ServerKeyTable;
  resource_server: ResourceServerTable;
  identity_provider: IdentityProviderTable;
  identity_provider_identifier: IdentityProviderIdentifierTable;
  linked_identity: LinkedIdentityTable;
  user_pool_replica: UserPoolReplicaTable;
  provisioned_limit: ProvisionedLimitTable;
  rate_node: RateNodeTable;
  risk_configuration: RiskConfigurationTable;
  log_delivery_configuration: LogDeliveryConfigurationTable;
  auth_event: AuthEventTable;
  user_import_job: UserImportJobTable;
  user_import_file: UserImportFileTable;
  user_import_chunk: UserImportChunkTable;
  user_import_run: UserImportRunTable;
  principal: PrincipalTable;
  access_key: AccessKeyTable;
  migration: MigrationTable;
  lease: LeaseTable;
}

/** The tables that hold what the server was given to keep, each after those it refers to. */
export const DATA_TABLES = [
  "user_pool",
  "user_pool_domain",
  "signing_key",
  "signing_certificate",
  "user_pool_client",
  "resource_server",
  "identity_provider",
  "identity_provider_identifier",
  "ui_customization",
  "managed_login_branding",
  "managed_login_asset",
  "terms",
  "user_account",
  "user_alias",
  "linked_identity",
  "user_password",
  "password_history",
  "user_group",
  "group_member",
  "refresh_session",
  "used_session",
  "sign_in_attempt",
  "attempt_count",
  "verification_code",
  "software_token",
  "web_authn_credential",
  "web_authn_registration",
  "device",
  "user_pool_replica",
  "provisioned_limit",
  "outbox_message",
  "principal",
  "access_key",
  "user_import_job",
  "user_import_file",
  "user_import_chunk",
  "user_import_run",
  "risk_configuration",
  "log_delivery_configuration",
  "auth_event",
  "audit_record",
  "audit_chain",
  "audit_segment",
  "audit_checkpoint",
] as const satisfies readonly (keyof Schema)[];

/**
 * What a copy of the store takes along. The server's own key is not of what a reset of development empties: the running server goes on
 * with it.
 */
export const COPIED_TABLES = ["server_key", ...DATA_TABLES] as const;

interface ServerKeyTable {
  name: string;
  wrapped: Uint8Array;
}

export interface UserPoolTable {
  key: number;
  id: string;
  region: string;
  account_id: string;
  /** JSON */
  settings: string;
  /** JSON */
  mfa: string;
  /** JSON: the names in user_pool_domain, so that reading a pool tells them; null where there never was one. */
  domains: string | null;
  /** JSON; null until it was set. */
  sessions: string | null;
  password_storage: string;
  wrapped_data_key: Uint8Array;
  created_at: number;
  modified_at: number;
  /** A random number drawn at each write, never counted: equal versions mean equal rows, even after a restore. */
  version: number;
}

export interface UserPoolDomainTable {
  name: string;
  pool_key: number;
  kind: string;
  /** Those of the pool, for counting. */
  region: string;
  account_id: string;
  /** JSON */
  settings: string;
  created_at: number;
  modified_at: number;
}

export interface SigningKeyTable {
  kid: string;
  pool_key: number;
  use: string;
  sealed_private_key: Uint8Array;
  /** JSON */
  public_jwk: string;
  created_at: number;
  /** When it begins to sign; null from its creation. */
  active_from: number | null;
}

export interface SigningCertificateTable {
  pool_key: number;
  certificate: Uint8Array;
  sealed_private_key: Uint8Array;
  created_at: number;
}

export interface UserPoolClientTable {
  key: number;
  id: string;
  pool_key: number;
  /** JSON */
  settings: string;
  /** JSON; null until it was set. */
  sso_session: string | null;
  /** JSON: the sealed secrets in base64url. */
  secrets: string;
  created_at: number;
  modified_at: number;
  /** As in user_pool. */
  version: number;
}

export interface UserAccountTable {
  key: number;
  pool_key: number;
  sub: string;
  username: string;
  username_key: string;
  status: string;
  /** `1` or `0`: text like every field that ListUsers searches. */
  enabled: string;
  /** JSON */
  attributes: string;
  /** JSON */
  mfa: string;
  created_at: number;
  modified_at: number;
  email: string | null;
  phone_number: string | null;
  name: string | null;
  given_name: string | null;
  family_name: string | null;
  preferred_username: string | null;
}

export interface UserAliasTable {
  pool_key: number;
  name: string;
  value_key: string;
  user_key: number;
}

export interface UserPasswordTable {
  user_key: number;
  sealed: Uint8Array;
  set_at: number;
  temporary_until: number | null;
}

interface PasswordHistoryTable {
  user_key: number;
  /** Counts from 1; the highest is the newest. */
  ordinal: number;
  sealed: Uint8Array;
  set_at: number;
  temporary_until: number | null;
}

export interface UserGroupTable {
  pool_key: number;
  name: string;
  description: string | null;
  role_arn: string | null;
  precedence: number | null;
  created_at: number;
  modified_at: number;
}

interface GroupMemberTable {
  pool_key: number;
  group_name: string;
  user_key: number;
  added_at: number;
}

export interface RefreshSessionTable {
  id: string;
  origin_jti: string;
  pool_key: number;
  user_key: number;
  client_id: string;
  signed_in_at: number;
  expires_at: number;
  revoked_at: number | null;
  counter: number;
  rotated_at: number | null;
  /** Null, as the state, for a sign-in that is tied to no device. */
  device_key: string | null;
  device_state: string | null;
  /** Null, as the three after it, for a session that is not tracked. */
  session_id: string | null;
  last_active_at: number | null;
  last_device_type: string | null;
  last_ip: string | null;
}

interface UsedSessionTable {
  nonce: string;
  /** 1 once it is used up. */
  consumed: number;
  wrong_answers: number;
  expires_at: number;
}

interface SignInAttemptTable {
  pool_key: number;
  subject: string;
  failures: number;
  /** The end of the lock that the last failure started; the time of that failure where it started none. */
  locked_until: number;
}

interface AttemptCountTable {
  pool_key: number;
  subject: string;
  kind: string;
  window_start: number;
  attempts: number;
}

export interface VerificationCodeTable {
  user_key: number;
  purpose: string;
  digest: Uint8Array;
  attribute: string;
  target: string;
  wrong_tries: number;
  expires_at: number;
}

export interface OutboxMessageTable {
  key: number;
  pool_key: number;
  user_key: number | null;
  channel: string;
  sealed: Uint8Array;
  created_at: number;
  attempts: number;
  /** When it is due or visible again; null once it is sent or given up. */
  next_attempt_at: number | null;
  sent_at: number | null;
}

export interface AuditRecordTable {
  id: string;
  node: string;
  position: number;
  occurred_at: number;
  operation: string;
  pool_id: string | null;
  sub: string | null;
  principal: string;
  error_code: string | null;
  /** JSON */
  record: string;
  // Worked out from the record by the database
  account_id: DerivedText;
  region: DerivedText;
  /** Event source; null for the user-pool API's. */
  other_source: DerivedText;
  access_key_id: DerivedText;
  /** Of a user of the account, or the name of a role's session, or `root`. */
  username: DerivedText;
}

export interface AuditChainTable {
  node: string;
  opened_at: number;
  /** 1 or 0 */
  closed: number;
}

export interface AuditSegmentTable {
  node: string;
  number: number;
  position: number;
  count: number;
  link: string;
}

/** Read and searched by, never written. */
type DerivedText = ColumnType<string | null, never, never>;

export interface AuditCheckpointTable {
  number: number;
  node: string;
  position: number;
  count: number;
  link: string;
  signed_at: number;
  previous: string;
  signature: string;
}

interface MigrationTable {
  name: string;
  applied_at: number;
  /** 1 when programs that do not know the change must not work with the database. */
  breaking: number;
}

interface LeaseTable {
  name: string;
  owner: string;
  expires_at: number;
}

export interface SoftwareTokenTable {
  user_key: number;
  sealed_secret: Uint8Array | null;
  sealed_pending: Uint8Array | null;
  friendly_name: string | null;
  /** The latest 30-second step that was used. */
  last_step: number;
}

export interface WebAuthnCredentialTable {
  pool_key: number;
  /** base64url */
  id: string;
  user_key: number;
  relying_party_id: string;
  /** COSE_Key */
  public_key: Uint8Array;
  sign_count: number;
  /** 1 or 0 */
  backup_eligible: number;
  friendly_name: string;
  attachment: string | null;
  /** JSON */
  transports: string;
  created_at: number;
}

export interface WebAuthnRegistrationTable {
  user_key: number;
  client_id: string;
  /** base64url */
  challenge: string;
  expires_at: number;
}

export interface DeviceTable {
  key: number;
  user_key: number;
  device_key: string;
  group_key: string;
  name: string | null;
  status: string;
  sealed_secret: Uint8Array;
  last_ip: string | null;
  created_at: number;
  modified_at: number;
  last_authenticated_at: number;
}

export interface UiCustomizationTable {
  pool_key: number;
  /** The client's id, or "ALL". */
  client_id: string;
  /** Null for "ALL". */
  client_key: number | null;
  css: string | null;
  image_type: string | null;
  image_digest: string | null;
  image: Uint8Array | null;
  created_at: number;
  modified_at: number;
}

export interface ManagedLoginBrandingTable {
  pool_key: number;
  id: string;
  client_key: number;
  client_id: string;
  /** 1 or 0 */
  use_provided_values: number;
  /** JSON */
  settings: string | null;
  created_at: number;
  modified_at: number;
}

export interface ManagedLoginAssetTable {
  pool_key: number;
  branding_id: string;
  category: string;
  color_mode: string;
  /** Empty for none. */
  resource_id: string;
  extension: string;
  bytes: Uint8Array;
}

export interface TermsTable {
  pool_key: number;
  id: string;
  client_key: number;
  client_id: string;
  name: string;
  source: string;
  enforcement: string;
  /** JSON */
  links: string;
  created_at: number;
  modified_at: number;
}

export interface ResourceServerTable {
  pool_key: number;
  identifier: string;
  name: string;
  /** JSON */
  scopes: string;
  created_at: number;
  modified_at: number;
}

export interface IdentityProviderTable {
  pool_key: number;
  name: string;
  type: string;
  /** JSON */
  details: string;
  sealed_secrets: Uint8Array | null;
  /** JSON: the identifiers in their order; those of identity_provider_identifier make them unique. */
  identifiers: string;
  /** JSON */
  attribute_mapping: string;
  /** JSON */
  acr_mapping: string | null;
  created_at: number;
  modified_at: number;
}

interface IdentityProviderIdentifierTable {
  pool_key: number;
  identifier: string;
  provider_name: string;
}

export interface LinkedIdentityTable {
  pool_key: number;
  provider_name: string;
  attribute_name: string;
  value_key: string;
  value: string;
  user_key: number;
  provider_type: string;
  issuer: string | null;
  /** 1 or 0 */
  is_primary: number;
  linked_at: number;
}

export interface UserPoolReplicaTable {
  pool_key: number;
  region: string;
  status: string;
  /** JSON */
  tags: string;
  status_since: number;
}

export interface ProvisionedLimitTable {
  region: string;
  account_id: string;
  category: string;
  requests_per_second: number;
  modified_at: number;
}

/** Not copied: its rows speak of running processes. */
export interface RateNodeTable {
  id: string;
  beat: number;
  /** JSON */
  demand: string;
}

export interface RiskConfigurationTable {
  pool_key: number;
  /** Empty for the pool's own. */
  client_id: string;
  /** JSON */
  settings: string;
  modified_at: number;
}

export interface LogDeliveryConfigurationTable {
  pool_key: number;
  /** JSON */
  configurations: string;
}

export interface AuthEventTable {
  key: number;
  id: string;
  user_key: number;
  client_id: string;
  type: string;
  response: string;
  risk_decision: string;
  risk_level: string | null;
  /** 1 or 0 */
  compromised: number;
  /** JSON */
  challenges: string;
  ip_address: string | null;
  device_name: string;
  device_id: string | null;
  timezone: string | null;
  city: string | null;
  country: string | null;
  /** 1 or 0 */
  has_context: number;
  request_id: string;
  feedback_value: string | null;
  feedback_provider: string | null;
  feedback_at: number | null;
  created_at: number;
}

export interface UserImportJobTable {
  key: number;
  id: string;
  pool_key: number;
  name: string;
  role_arn: string;
  algorithm: string | null;
  status: string;
  created_at: number;
  started_at: number | null;
  completed_at: number | null;
  completion_message: string | null;
  imported: number;
  skipped: number;
  failed: number;
  /** The file that was uploaded whole last, and its rows without the header; null before the first and once it is discarded. */
  file_key: number | null;
  file_rows: number | null;
}

export interface UserImportFileTable {
  key: number;
  job_key: number;
  /** Null while the job needs it. */
  discard_at: number | null;
}

interface UserImportChunkTable {
  file_key: number;
  /** Counts from 0. */
  ordinal: number;
  sealed: Uint8Array;
}

/** A job that is under way, one per account and region. */
export interface UserImportRunTable {
  account: string;
  job_key: number;
  pool_key: number;
  /** The node that works on it, until the lease is over; empty before the first. */
  owner: string;
  leased_until: number;
  /** Where the first line that is not imported begins, in bytes. */
  next_offset: number;
  /** Its number; the header is line 1. */
  next_line: number;
  /** What of the log is written for sure. */
  log_bytes: number;
  /** What comes after that. */
  log_pending: string;
}

export interface PrincipalTable {
  key: number;
  account_id: string;
  kind: string;
  name: string;
  unique_id: string;
  /** JSON: [{name, document}], each document a policy in JSON. */
  policies: string;
  /** JSON; null for what is no role. */
  trust_policy: string | null;
  max_session_seconds: number;
  created_at: number;
  modified_at: number;
}

export interface AccessKeyTable {
  id: string;
  principal_key: number;
  sealed_secret: Uint8Array;
  created_at: number;
}
