import type { Migration } from "./migration.ts";

/** Who may call signed operations: accounts, users and roles with their policies, and the access keys that prove them. */
export const principals: Migration = {
  name: "0017-principals",
  compatibility: "compatible",
  statements: ({ integer, text, blob, table }) => [
    `create table if not exists principal (
      key ${integer} not null,
      account_id ${text} not null,
      kind ${text} not null,
      name ${text} not null,
      unique_id ${text} not null,
      policies ${text} not null,
      trust_policy ${text},
      max_session_seconds ${integer} not null,
      created_at ${integer} not null,
      modified_at ${integer} not null,
      constraint principal_row_key primary key (key),
      constraint principal_name unique (account_id, kind, name)
    ) ${table}`,
    `create table if not exists access_key (
      id ${text} not null,
      principal_key ${integer} not null references principal (key) on delete cascade,
      sealed_secret ${blob} not null,
      created_at ${integer} not null,
      constraint access_key_id primary key (id)
    ) ${table}`,
    // The keys of a principal
    "create index if not exists access_key_list on access_key (principal_key, created_at, id)",
  ],
};
