/** The tables whose primary key `Identifiers.key` draws, where two nodes may draw the same one. */
const GENERATED_KEYS = [
  "user_pool",
  "user_pool_client",
  "user_account",
  "outbox_message",
  "user_import_job",
  "user_import_file",
];

/** Whether SQLite's message tells of a drawn key that was taken: the transaction may draw another and succeed. */
export const isTakenKeyInSqlite = (message: string): boolean =>
  GENERATED_KEYS.some((table) => message.endsWith(`constraint failed: ${table}.key`));

/** The same by the name of PostgreSQL's constraint. */
export const isTakenKeyConstraint = (constraint: string | undefined): boolean =>
  GENERATED_KEYS.some((table) => constraint === `${table}_key`);
