import type { Migration } from "./migration.ts";

/** Domains of pools, and what the pages on them look like. */
export const appearance: Migration = {
  name: "0008-appearance",
  compatibility: "compatible",
  statements: ({ integer, text, blob, table, addColumn }) => [
    `alter table user_pool ${addColumn} domains ${text}`,
    // A name belongs to one pool of all, and a pool has one domain of a kind; the second serves the foreign key too.
    `create table if not exists user_pool_domain (
      name ${text} not null,
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      kind ${text} not null,
      region ${text} not null,
      account_id ${text} not null,
      settings ${text} not null,
      created_at ${integer} not null,
      modified_at ${integer} not null,
      constraint user_pool_domain_name primary key (name),
      constraint user_pool_domain_kind unique (pool_key, kind)
    ) ${table}`,
    // The number of custom domains of an account
    "create index if not exists user_pool_domain_scope on user_pool_domain (region, account_id, kind)",

    `create table if not exists ui_customization (
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      client_id ${text} not null,
      client_key ${integer} references user_pool_client (key) on delete cascade,
      css ${text},
      image_type ${text},
      image_digest ${text},
      image ${blob},
      created_at ${integer} not null,
      modified_at ${integer} not null,
      constraint ui_customization_client primary key (pool_key, client_id)
    ) ${table}`,
    // For the foreign key
    "create index if not exists ui_customization_client_key on ui_customization (client_key)",

    `create table if not exists managed_login_branding (
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      id ${text} not null,
      client_key ${integer} not null references user_pool_client (key) on delete cascade,
      client_id ${text} not null,
      use_provided_values ${integer} not null,
      settings ${text},
      created_at ${integer} not null,
      modified_at ${integer} not null,
      constraint managed_login_branding_id primary key (pool_key, id),
      constraint managed_login_branding_client unique (client_key)
    ) ${table}`,

    `create table if not exists managed_login_asset (
      pool_key ${integer} not null,
      branding_id ${text} not null,
      category ${text} not null,
      color_mode ${text} not null,
      resource_id ${text} not null,
      extension ${text} not null,
      bytes ${blob} not null,
      constraint managed_login_asset_place primary key (pool_key, branding_id, category, color_mode, resource_id),
      constraint managed_login_asset_branding foreign key (pool_key, branding_id)
        references managed_login_branding (pool_key, id) on delete cascade
    ) ${table}`,

    // The primary key serves ListTerms.
    `create table if not exists terms (
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      id ${text} not null,
      client_key ${integer} not null references user_pool_client (key) on delete cascade,
      client_id ${text} not null,
      name ${text} not null,
      source ${text} not null,
      enforcement ${text} not null,
      links ${text} not null,
      created_at ${integer} not null,
      modified_at ${integer} not null,
      constraint terms_id primary key (pool_key, id),
      constraint terms_name unique (client_key, name)
    ) ${table}`,
  ],
};
