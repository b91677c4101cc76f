import type { Migration } from "./migration.ts";

/** The server's own key, wrapped; and when signing keys begin to sign. */
export const keyRotation: Migration = {
  name: "0019-key-rotation",
  compatibility: "compatible",
  statements: ({ integer, text, blob, table, addColumn }) => [
    `create table if not exists server_key (
      name ${text} not null,
      wrapped ${blob} not null,
      constraint server_key_name primary key (name)
    ) ${table}`,
    // Null: from its creation.
    `alter table signing_key ${addColumn} active_from ${integer}`,
  ],
};
