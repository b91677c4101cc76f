import type { Migration } from "./migration.ts";

/** What users did with their accounts, in pools that watch over threats. */
export const authEvents: Migration = {
  name: "0015-auth-events",
  compatibility: "compatible",
  statements: ({ integer, text, table }) => [
    `create table if not exists auth_event (
      key ${integer} not null,
      id ${text} not null,
      user_key ${integer} not null references user_account (key) on delete cascade,
      client_id ${text} not null,
      type ${text} not null,
      response ${text} not null,
      risk_decision ${text} not null,
      risk_level ${text},
      compromised ${integer} not null,
      challenges ${text} not null,
      ip_address ${text},
      device_name ${text} not null,
      device_id ${text},
      timezone ${text},
      city ${text},
      country ${text},
      has_context ${integer} not null,
      request_id ${text} not null,
      feedback_value ${text},
      feedback_provider ${text},
      feedback_at ${integer},
      created_at ${integer} not null,
      constraint auth_event_key primary key (key),
      constraint auth_event_id unique (user_key, id)
    ) ${table}`,
    // AdminListUserAuthEvents, and what a sign-in is compared with
    "create index if not exists auth_event_list on auth_event (user_key, key)",
    // Retention
    "create index if not exists auth_event_age on auth_event (created_at)",
  ],
};
