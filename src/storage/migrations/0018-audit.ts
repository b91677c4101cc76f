import type { Migration } from "./migration.ts";

/** The audit trail. It outlives the pools and users that it tells of, so nothing here refers to them. */
export const audit: Migration = {
  name: "0018-audit",
  compatibility: "compatible",
  statements: ({ integer, text, table }) => [
    `create table if not exists audit_record (
      id ${text} not null,
      node ${text} not null,
      position ${integer} not null,
      occurred_at ${integer} not null,
      operation ${text} not null,
      pool_id ${text},
      sub ${text},
      principal ${text} not null,
      error_code ${text},
      record ${text} not null,
      constraint audit_record_id primary key (id),
      constraint audit_record_position unique (node, position)
    ) ${table}`,
    // LookupEvents: without an attribute, and with each of those it knows
    "create index if not exists audit_record_by_time on audit_record (occurred_at, id)",
    "create index if not exists audit_record_by_sub on audit_record (sub, occurred_at, id)",
    "create index if not exists audit_record_by_principal on audit_record (principal, occurred_at, id)",
    "create index if not exists audit_record_by_operation on audit_record (operation, occurred_at, id)",

    // Which runs of servers there are, to seal what those leave behind that are killed.
    `create table if not exists audit_chain (
      node ${text} not null,
      opened_at ${integer} not null,
      closed ${integer} not null,
      constraint audit_chain_node primary key (node)
    ) ${table}`,

    `create table if not exists audit_segment (
      node ${text} not null,
      number ${integer} not null,
      position ${integer} not null,
      count ${integer} not null,
      link ${text} not null,
      constraint audit_segment_number primary key (node, number)
    ) ${table}`,

    `create table if not exists audit_checkpoint (
      number ${integer} not null,
      node ${text} not null,
      position ${integer} not null,
      count ${integer} not null,
      link ${text} not null,
      signed_at ${integer} not null,
      previous ${text} not null,
      signature ${text} not null,
      constraint audit_checkpoint_number primary key (number)
    ) ${table}`,
    "create index if not exists audit_checkpoint_by_node on audit_checkpoint (node, number)",
  ],
};
