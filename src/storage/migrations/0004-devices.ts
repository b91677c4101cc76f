import type { Migration } from "./migration.ts";

/** The devices that users confirmed, and which device a sign-in is tied to. */
export const devices: Migration = {
  name: "0004-devices",
  compatibility: "compatible",
  statements: ({ integer, text, blob, table, addColumn }) => [
    `create table if not exists device (
      key ${integer} not null,
      user_key ${integer} not null references user_account (key) on delete cascade,
      device_key ${text} not null,
      group_key ${text} not null,
      name ${text},
      status ${text} not null,
      sealed_secret ${blob} not null,
      last_ip ${text},
      created_at ${integer} not null,
      modified_at ${integer} not null,
      last_authenticated_at ${integer} not null,
      constraint device_row_key primary key (key),
      constraint device_of_user unique (user_key, device_key)
    ) ${table}`,
    // ListDevices
    "create index if not exists device_list on device (user_key, key)",
    `alter table refresh_session ${addColumn} device_key ${text}`,
    `alter table refresh_session ${addColumn} device_state ${text}`,
  ],
};
