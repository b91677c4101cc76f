import type { Migration } from "./migration.ts";

/** One certificate of each pool, for what it signs to SAML providers. */
export const signingCertificates: Migration = {
  name: "0009-signing-certificate",
  compatibility: "compatible",
  statements: ({ integer, blob, table }) => [
    `create table if not exists signing_certificate (
      pool_key ${integer} not null references user_pool (key) on delete cascade,
      certificate ${blob} not null,
      sealed_private_key ${blob} not null,
      created_at ${integer} not null,
      constraint signing_certificate_pool primary key (pool_key)
    ) ${table}`,
  ],
};
