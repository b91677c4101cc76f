import type { Migration } from "./migration.ts";

/** Jobs that import users, the files uploaded for them, and which job of an account runs where. */
export const userImports: Migration = {
  name: "0012-user-imports",
  compatibility: "compatible",
  statements: ({ integer, text, blob, table }) => [
    `create table if not exists user_import_job (
      key ${integer} not null,
      id ${text} not null,
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      name ${text} not null,
      role_arn ${text} not null,
      algorithm ${text},
      status ${text} not null,
      created_at ${integer} not null,
      started_at ${integer},
      completed_at ${integer},
      completion_message ${text},
      imported ${integer} not null,
      skipped ${integer} not null,
      failed ${integer} not null,
      file_key ${integer},
      file_rows ${integer},
      constraint user_import_job_key primary key (key),
      constraint user_import_job_id unique (pool_key, id)
    ) ${table}`,
    // ListUserImportJobs, and the count of a pool's jobs
    "create index if not exists user_import_job_list on user_import_job (pool_key, key)",
    // Jobs that nobody started in time
    "create index if not exists user_import_job_status on user_import_job (status, created_at)",

    `create table if not exists user_import_file (
      key ${integer} not null,
      job_key ${integer} not null references user_import_job (key) on delete cascade,
      discard_at ${integer},
      constraint user_import_file_key primary key (key)
    ) ${table}`,
    "create index if not exists user_import_file_job on user_import_file (job_key)",
    // Files that are not needed any more, and uploads that broke off
    "create index if not exists user_import_file_discard on user_import_file (discard_at)",

    `create table if not exists user_import_chunk (
      file_key ${integer} not null references user_import_file (key) on delete cascade,
      ordinal ${integer} not null,
      sealed ${blob} not null,
      constraint user_import_chunk_place primary key (file_key, ordinal)
    ) ${table}`,

    // The primary key is what lets an account run one job at a time.
    `create table if not exists user_import_run (
      account ${text} not null,
      job_key ${integer} not null references user_import_job (key) on delete cascade,
      pool_key ${integer} not null,
      owner ${text} not null,
      leased_until ${integer} not null,
      next_offset ${integer} not null,
      next_line ${integer} not null,
      log_bytes ${integer} not null,
      log_pending ${text} not null,
      constraint user_import_run_account primary key (account),
      constraint user_import_run_job unique (job_key)
    ) ${table}`,
    "create index if not exists user_import_run_pool on user_import_run (pool_key)",
    "create index if not exists user_import_run_lease on user_import_run (leased_until)",
  ],
};
