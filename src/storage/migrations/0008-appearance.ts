import type { Migration } from "./migration.ts";

/** Domains of pools, and what the pages on them look like. */
export const appearance: Migration = {
  name: "0008-appearance",
  compatibility: "compatible",
  statements: ({ integer, text, table, addColumn }) => [
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
  ],
};
