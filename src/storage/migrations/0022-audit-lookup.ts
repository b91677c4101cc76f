import type { Migration } from "./migration.ts";

/**
 * What LookupEvents searches by. The database reads it out of the record itself, which the chain covers: it cannot say anything
 * else, it is there for records of earlier versions too, and servers of the version before write on as they did.
 */
export const auditLookup: Migration = {
  name: "0022-audit-lookup",
  compatibility: "compatible",
  statements: ({ text, addColumn, derivedFrom, memberText, textAfter }) => {
    const member = (...path: string[]) => memberText("record", ...path);
    const column = (name: string, expression: string) =>
      `alter table audit_record ${addColumn} ${name} ${text} ${derivedFrom(expression)}`;
    const username = `case ${member("userIdentity", "type")}
      when 'Root' then 'root'
      when 'IAMUser' then ${textAfter(`(${member("userIdentity", "arn")})`, ":user/")}
      when 'AssumedRole' then ${textAfter(`(${member("userIdentity", "principalId")})`, ":")}
      end`;
    return [
      column("account_id", member("recipientAccountId")),
      column("region", member("awsRegion")),
      // Null: the user-pool API's, as nearly all.
      column("other_source", `nullif(${member("eventSource")}, 'cognito-idp.amazonaws.com')`),
      column("access_key_id", member("userIdentity", "accessKeyId")),
      column("username", username),
      "create index if not exists audit_record_by_place on audit_record (account_id, region, occurred_at, id)",
      "create index if not exists audit_record_by_pool on audit_record (pool_id, occurred_at, id)",
      "create index if not exists audit_record_by_source on audit_record (other_source, occurred_at, id) where other_source is not null",
      "create index if not exists audit_record_by_key on audit_record (access_key_id, occurred_at, id) where access_key_id is not null",
      "create index if not exists audit_record_by_username on audit_record (username, occurred_at, id) where username is not null",
    ];
  },
};
