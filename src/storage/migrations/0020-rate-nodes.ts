import type { Migration } from "./migration.ts";

/** What nodes tell each other of the requests they are asked for. */
export const rateNodes: Migration = {
  name: "0020-rate-nodes",
  compatibility: "compatible",
  statements: ({ integer, text, table }) => [
    `create table if not exists rate_node (
      id ${text} not null,
      beat ${integer} not null,
      demand ${text} not null,
      constraint rate_node_id primary key (id)
    ) ${table}`,
  ],
};
