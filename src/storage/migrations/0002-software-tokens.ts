import type { Migration } from "./migration.ts";

/** Secrets for time-based codes, one per user. */
export const softwareTokens: Migration = {
  name: "0002-software-tokens",
  compatibility: "compatible",
  statements: ({ integer, text, blob, table }) => [
    `create table if not exists software_token (
      user_key ${integer} not null references user_account (key) on delete cascade,
      sealed_secret ${blob},
      sealed_pending ${blob},
      friendly_name ${text},
      last_step ${integer} not null,
      constraint software_token_user primary key (user_key)
    ) ${table}`,
  ],
};
