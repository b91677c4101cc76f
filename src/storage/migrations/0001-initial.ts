import type { Migration } from "./migration.ts";

/**
 * In SQLite every table is a rowid table: with WITHOUT ROWID the planner may walk a whole pool instead of using a second index.
 * Indexes that only serve the foreign keys and the cascades behind them say so.
 */
export const initial: Migration = {
  name: "0001-initial",
  compatibility: "compatible",
  statements: ({ integer, text, blob, table }) => [
    `create table if not exists user_pool (
      key ${integer} not null,
      id ${text} not null,
      region ${text} not null,
      account_id ${text} not null,
      settings ${text} not null,
      mfa ${text} not null,
      password_storage ${text} not null,
      wrapped_data_key ${blob} not null,
      created_at ${integer} not null,
      modified_at ${integer} not null,
      version ${integer} not null,
      constraint user_pool_key primary key (key),
      constraint user_pool_id unique (id)
    ) ${table}`,
    // ListUserPools
    "create index if not exists user_pool_scope on user_pool (region, account_id, key)",

    `create table if not exists signing_key (
      kid ${text} not null,
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      use ${text} not null,
      sealed_private_key ${blob} not null,
      public_jwk ${text} not null,
      created_at ${integer} not null,
      constraint signing_key_kid primary key (pool_key, kid)
    ) ${table}`,

    `create table if not exists user_pool_client (
      key ${integer} not null,
      id ${text} not null,
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      settings ${text} not null,
      secrets ${text} not null,
      created_at ${integer} not null,
      modified_at ${integer} not null,
      version ${integer} not null,
      constraint user_pool_client_key primary key (key),
      constraint user_pool_client_id unique (id)
    ) ${table}`,
    // ListUserPoolClients
    "create index if not exists user_pool_client_pool on user_pool_client (pool_key, key)",

    `create table if not exists user_account (
      key ${integer} not null,
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      sub ${text} not null,
      username ${text} not null,
      username_key ${text} not null,
      status ${text} not null,
      enabled ${text} not null,
      attributes ${text} not null,
      mfa ${text} not null,
      created_at ${integer} not null,
      modified_at ${integer} not null,
      email ${text},
      phone_number ${text},
      name ${text},
      given_name ${text},
      family_name ${text},
      preferred_username ${text},
      constraint user_account_key primary key (key),
      constraint user_account_username_key unique (pool_key, username_key),
      constraint user_account_sub unique (pool_key, sub)
    ) ${table}`,
    // ListUsers: without a filter, and with each of the filters it knows
    "create index if not exists user_account_pool on user_account (pool_key, key)",
    "create index if not exists user_account_by_username on user_account (pool_key, username, key)",
    "create index if not exists user_account_by_status on user_account (pool_key, status, key)",
    "create index if not exists user_account_by_enabled on user_account (pool_key, enabled, key)",
    ...["email", "phone_number", "name", "given_name", "family_name", "preferred_username"].map(
      (column) =>
        `create index if not exists user_account_by_${column} on user_account (pool_key, ${column}, key) where ${column} is not null`,
    ),

    `create table if not exists user_alias (
      pool_key ${integer} not null,
      name ${text} not null,
      value_key ${text} not null,
      user_key ${integer} not null references user_account (key) on delete cascade,
      constraint user_alias_value primary key (pool_key, name, value_key)
    ) ${table}`,
    "create index if not exists user_alias_user on user_alias (user_key, name)",

    `create table if not exists user_password (
      user_key ${integer} not null references user_account (key) on delete cascade,
      sealed ${blob} not null,
      set_at ${integer} not null,
      temporary_until ${integer},
      constraint user_password_user primary key (user_key)
    ) ${table}`,

    `create table if not exists password_history (
      user_key ${integer} not null references user_account (key) on delete cascade,
      ordinal ${integer} not null,
      sealed ${blob} not null,
      set_at ${integer} not null,
      temporary_until ${integer},
      constraint password_history_ordinal primary key (user_key, ordinal)
    ) ${table}`,

    `create table if not exists user_group (
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      name ${text} not null,
      description ${text},
      role_arn ${text},
      precedence ${integer},
      created_at ${integer} not null,
      modified_at ${integer} not null,
      constraint user_group_name primary key (pool_key, name)
    ) ${table}`,

    // The primary key lists a group's members by user key; the index finds a user's groups.
    `create table if not exists group_member (
      pool_key ${integer} not null,
      group_name ${text} not null,
      user_key ${integer} not null references user_account (key) on delete cascade,
      added_at ${integer} not null,
      constraint group_member_user primary key (pool_key, group_name, user_key),
      constraint group_member_group foreign key (pool_key, group_name)
        references user_group (pool_key, name) on delete cascade
    ) ${table}`,
    "create index if not exists group_member_by_user on group_member (user_key)",

    // No foreign key to the client: every sign-in would lock the client's row against the others. Clients.remove deletes them.
    `create table if not exists refresh_session (
      id ${text} not null,
      origin_jti ${text} not null,
      pool_key ${integer} not null,
      user_key ${integer} not null references user_account (key) on delete cascade,
      client_id ${text} not null,
      signed_in_at ${integer} not null,
      expires_at ${integer} not null,
      revoked_at ${integer},
      counter ${integer} not null,
      rotated_at ${integer},
      constraint refresh_session_id primary key (id)
    ) ${table}`,
    "create index if not exists refresh_session_user on refresh_session (user_key)",
    "create index if not exists refresh_session_client on refresh_session (client_id)",
    "create index if not exists refresh_session_expiry on refresh_session (expires_at)",

    `create table if not exists used_session (
      nonce ${text} not null,
      consumed ${integer} not null,
      wrong_answers ${integer} not null,
      expires_at ${integer} not null,
      constraint used_session_nonce primary key (nonce)
    ) ${table}`,
    "create index if not exists used_session_expiry on used_session (expires_at)",

    `create table if not exists sign_in_attempt (
      pool_key ${integer} not null,
      subject ${text} not null,
      failures ${integer} not null,
      locked_until ${integer} not null,
      constraint sign_in_attempt_subject primary key (pool_key, subject)
    ) ${table}`,
    "create index if not exists sign_in_attempt_age on sign_in_attempt (locked_until)",

    `create table if not exists attempt_count (
      pool_key ${integer} not null,
      subject ${text} not null,
      kind ${text} not null,
      window_start ${integer} not null,
      attempts ${integer} not null,
      constraint attempt_count_window primary key (pool_key, subject, kind, window_start)
    ) ${table}`,
    "create index if not exists attempt_count_age on attempt_count (window_start)",

    `create table if not exists verification_code (
      user_key ${integer} not null references user_account (key) on delete cascade,
      purpose ${text} not null,
      digest ${blob} not null,
      attribute ${text} not null,
      target ${text} not null,
      wrong_tries ${integer} not null,
      expires_at ${integer} not null,
      constraint verification_code_purpose primary key (user_key, purpose)
    ) ${table}`,
    "create index if not exists verification_code_expiry on verification_code (expires_at)",

    `create table if not exists outbox_message (
      key ${integer} not null,
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      user_key ${integer} references user_account (key) on delete set null,
      channel ${text} not null,
      sealed ${blob} not null,
      created_at ${integer} not null,
      attempts ${integer} not null,
      next_attempt_at ${integer},
      sent_at ${integer},
      constraint outbox_message_key primary key (key)
    ) ${table}`,
    "create index if not exists outbox_message_pool on outbox_message (pool_key, key)",
    "create index if not exists outbox_message_user on outbox_message (user_key)",
    "create index if not exists outbox_message_due on outbox_message (next_attempt_at, key) where next_attempt_at is not null",
    "create index if not exists outbox_message_settled on outbox_message (key) where next_attempt_at is null",
  ],
};
