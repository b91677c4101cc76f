import type { Migration } from "./migration.ts";

/** Passkeys, and the registrations that are under way. */
export const webAuthnCredentials: Migration = {
  name: "0003-web-authn-credentials",
  compatibility: "compatible",
  statements: ({ integer, text, blob, table }) => [
    `create table if not exists web_authn_credential (
      pool_key ${integer} not null,
      id ${text} not null,
      user_key ${integer} not null references user_account (key) on delete cascade,
      relying_party_id ${text} not null,
      public_key ${blob} not null,
      sign_count ${integer} not null,
      backup_eligible ${integer} not null,
      friendly_name ${text} not null,
      attachment ${text},
      transports ${text} not null,
      created_at ${integer} not null,
      constraint web_authn_credential_id primary key (pool_key, id)
    ) ${table}`,
    // A user's credentials in the order of their registration
    "create index if not exists web_authn_credential_user on web_authn_credential (user_key, created_at, id)",

    `create table if not exists web_authn_registration (
      user_key ${integer} not null references user_account (key) on delete cascade,
      client_id ${text} not null,
      challenge ${text} not null,
      expires_at ${integer} not null,
      constraint web_authn_registration_user primary key (user_key)
    ) ${table}`,
    "create index if not exists web_authn_registration_expiry on web_authn_registration (expires_at)",
  ],
};
