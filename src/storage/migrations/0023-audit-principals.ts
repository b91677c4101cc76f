import type { Migration } from "./migration.ts";

/** Nobody looks for the records of nobody in particular, and these are most: every sign-in is one. */
export const auditPrincipals: Migration = {
  name: "0023-audit-principals",
  compatibility: "compatible",
  statements: () => [
    "create index if not exists audit_record_by_caller on audit_record (principal, occurred_at, id) where principal <> 'Anonymous'",
    "drop index if exists audit_record_by_principal",
  ],
};
