import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { UserKey } from "../../src/domain/users/index.ts";
import type { Instant } from "../../src/runtime/clock.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { openSqliteStore } from "../../src/storage/drivers/sqlite.ts";

test("a database from before tracked sessions keeps its pools, clients and sign-ins, tracked nowhere", async () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), "cognate-user-sessions-"));
  const file = path.join(directory, "data.sqlite");
  try {
    await (await openSqliteStore({ path: file, logger: silentLogger })).close();
    const old = new DatabaseSync(file);
    old.exec(`
      drop index refresh_session_tracked;
      alter table user_pool drop column sessions;
      alter table user_pool_client drop column sso_session;
      alter table refresh_session drop column session_id;
      alter table refresh_session drop column last_active_at;
      alter table refresh_session drop column last_device_type;
      alter table refresh_session drop column last_ip;
      drop table linked_identity;
      delete from migration where name in ('0010-user-sessions', '0011-linked-identities');
      insert into user_pool (key, id, region, account_id, settings, mfa, password_storage, wrapped_data_key, created_at, modified_at, version)
        values (1, 'eu-west-1_old', 'eu-west-1', '1', '{"Name":"old"}', '{}', 'srp', x'01', 1, 1, 1);
      insert into user_pool_client (key, id, pool_key, settings, secrets, created_at, modified_at, version)
        values (3, 'client', 1, '{"ClientName":"c"}', '[]', 1, 1, 1);
      insert into user_account (key, pool_key, sub, username, username_key, status, enabled, attributes, mfa, created_at, modified_at)
        values (2, 1, 'sub', 'ana', 'ana', 'CONFIRMED', '1', '{}', '{"enabled":[],"preferred":null}', 1, 1);
      insert into refresh_session (id, origin_jti, pool_key, user_key, client_id, signed_in_at, expires_at, counter)
        values ('old', 'jti', 1, 2, 'client', 1, 9, 0);`);
    old.close();
    const store = await openSqliteStore({ path: file, logger: silentLogger });
    expect(await store.userPools.find("eu-west-1_old")).not.toHaveProperty("sessions");
    expect(await store.clients.find("client")).not.toHaveProperty("ssoSession");
    expect((await store.refreshSessions.findWithUser("old"))?.session).not.toHaveProperty("tracked");
    expect(await store.refreshSessions.trackedOfUser(2 as UserKey, 1 as Instant)).toEqual([]);
    expect(await store.linkedIdentities.ofUser(2 as UserKey)).toEqual([]);
    await store.close();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
