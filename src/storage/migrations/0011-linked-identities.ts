import type { Migration } from "./migration.ts";

/** Identities at other providers, replicas of pools, and the request rates that an account provisioned. */
export const linkedIdentities: Migration = {
  name: "0011-linked-identities",
  compatibility: "compatible",
  statements: ({ integer, text, table }) => [
    // No foreign key to the pool, which goes with its users: linking does not lock the pool's row.
    `create table if not exists linked_identity (
      pool_key ${integer} not null,
      provider_name ${text} not null,
      attribute_name ${text} not null,
      value_key ${text} not null,
      value ${text} not null,
      user_key ${integer} not null references user_account (key) on delete cascade,
      provider_type ${text} not null,
      issuer ${text},
      is_primary ${integer} not null,
      linked_at ${integer} not null,
      constraint linked_identity_subject primary key (pool_key, provider_name, attribute_name, value_key)
    ) ${table}`,
    // A user's identities in the order of their linking
    "create index if not exists linked_identity_user on linked_identity (user_key, linked_at, provider_name, value_key)",

    `create table if not exists user_pool_replica (
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      region ${text} not null,
      status ${text} not null,
      tags ${text} not null,
      status_since ${integer} not null,
      constraint user_pool_replica_region primary key (pool_key, region)
    ) ${table}`,

    `create table if not exists provisioned_limit (
      region ${text} not null,
      account_id ${text} not null,
      category ${text} not null,
      requests_per_second ${integer} not null,
      modified_at ${integer} not null,
      constraint provisioned_limit_category primary key (region, account_id, category)
    ) ${table}`,
  ],
};
