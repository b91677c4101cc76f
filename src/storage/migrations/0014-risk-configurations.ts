import type { Migration } from "./migration.ts";

/** What pools and clients do about risk, and where pools send their logs. */
export const riskConfigurations: Migration = {
  name: "0014-risk-configurations",
  compatibility: "compatible",
  statements: ({ integer, text, table }) => [
    `create table if not exists risk_configuration (
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      client_id ${text} not null,
      settings ${text} not null,
      modified_at ${integer} not null,
      constraint risk_configuration_place primary key (pool_key, client_id)
    ) ${table}`,
    `create table if not exists log_delivery_configuration (
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      configurations ${text} not null,
      constraint log_delivery_configuration_pool primary key (pool_key)
    ) ${table}`,
  ],
};
