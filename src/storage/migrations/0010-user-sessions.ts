import type { Migration } from "./migration.ts";

/** The sessions that users and administrators see and end, and how pools and clients configure them. */
export const userSessions: Migration = {
  name: "0010-user-sessions",
  compatibility: "compatible",
  statements: ({ integer, text, addColumn }) => [
    `alter table user_pool ${addColumn} sessions ${text}`,
    `alter table user_pool_client ${addColumn} sso_session ${text}`,
    `alter table refresh_session ${addColumn} session_id ${text}`,
    `alter table refresh_session ${addColumn} last_active_at ${integer}`,
    `alter table refresh_session ${addColumn} last_device_type ${text}`,
    `alter table refresh_session ${addColumn} last_ip ${text}`,
    // A user's active sessions by their last use; those that ended leave the index.
    `create index if not exists refresh_session_tracked on refresh_session (user_key, last_active_at)
      where session_id is not null and revoked_at is null`,
  ],
};
