/**
 * The tables whose primary key `Identifiers.key` draws, where two nodes may draw the same one, and the names of those keys'
 * constraints.
 */
const GENERATED_KEYS: Readonly<Record<string, string>> = {
  user_pool: "user_pool_key",
  user_pool_client: "user_pool_client_key",
  user_account: "user_account_key",
  outbox_message: "outbox_message_key",
  auth_event: "auth_event_key",
  device: "device_row_key",
  user_import_job: "user_import_job_key",
  user_import_file: "user_import_file_key",
};
const CONSTRAINTS: ReadonlySet<string> = new Set(Object.values(GENERATED_KEYS));

/** Whether SQLite's message tells of a drawn key that was taken: the transaction may draw another and succeed. */
export const isTakenKeyInSqlite = (message: string): boolean =>
  Object.keys(GENERATED_KEYS).some((table) => message.endsWith(`constraint failed: ${table}.key`));

/** The same by the name of PostgreSQL's constraint. */
export const isTakenKeyConstraint = (constraint: string | undefined): boolean =>
  constraint !== undefined && CONSTRAINTS.has(constraint);
