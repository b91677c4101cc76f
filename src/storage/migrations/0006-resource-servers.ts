import type { Migration } from "./migration.ts";

/** The APIs that access tokens are for, with their scopes. */
export const resourceServers: Migration = {
  name: "0006-resource-servers",
  compatibility: "compatible",
  statements: ({ integer, text, table }) => [
    `create table if not exists resource_server (
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      identifier ${text} not null,
      name ${text} not null,
      scopes ${text} not null,
      created_at ${integer} not null,
      modified_at ${integer} not null,
      constraint resource_server_identifier primary key (pool_key, identifier)
    ) ${table}`,
  ],
};
