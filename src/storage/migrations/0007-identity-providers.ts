import type { Migration } from "./migration.ts";

/** Identity providers of pools, and the other names that they can be asked for by. */
export const identityProviders: Migration = {
  name: "0007-identity-providers",
  compatibility: "compatible",
  statements: ({ integer, text, blob, table }) => [
    `create table if not exists identity_provider (
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      name ${text} not null,
      type ${text} not null,
      details ${text} not null,
      sealed_secrets ${blob},
      identifiers ${text} not null,
      attribute_mapping ${text} not null,
      acr_mapping ${text},
      created_at ${integer} not null,
      modified_at ${integer} not null,
      constraint identity_provider_name primary key (pool_key, name)
    ) ${table}`,
    `create table if not exists identity_provider_identifier (
      pool_key ${integer} not null,
      identifier ${text} not null,
      provider_name ${text} not null,
      constraint identity_provider_identifier_key primary key (pool_key, identifier),
      constraint identity_provider_identifier_owner foreign key (pool_key, provider_name)
        references identity_provider (pool_key, name) on delete cascade
    ) ${table}`,
    // Those of one provider, when it changes them or goes
    `create index if not exists identity_provider_identifier_by_provider
      on identity_provider_identifier (pool_key, provider_name)`,
  ],
};
