import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Device } from "../../src/domain/devices/index.ts";
import type { Store } from "../../src/domain/store.ts";
import type { RefreshSession, SessionDevice } from "../../src/domain/tokens/index.ts";
import type { PoolKey } from "../../src/domain/user-pools/index.ts";
import type { User, UserKey } from "../../src/domain/users/index.ts";
import type { Instant } from "../../src/runtime/clock.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { openSqliteStore } from "../../src/storage/drivers/sqlite.ts";
import { type OpenedStores, onBothDatabases } from "./both-databases.ts";

const NOW = 1_900_000_000_000 as Instant;
const LATER = (NOW + 1_000) as Instant;

let last = 5_000_000;
const nextKey = (): number => ++last;

function aDevice(userKey: UserKey, overrides: Partial<Device> = {}): Device {
  const key = nextKey();
  return {
    key,
    userKey,
    deviceKey: `eu-west-1_${key}`,
    groupKey: "-abcdefgh",
    name: "näme \0 😀",
    status: "remembered",
    sealedSecret: new Uint8Array([1, 0, 255]),
    lastIp: "192.0.2.1",
    createdAt: NOW,
    modifiedAt: NOW,
    lastAuthenticatedAt: NOW,
    ...overrides,
  };
}

function aSession(user: User, device: SessionDevice | null): RefreshSession {
  const key = nextKey();
  return {
    id: `session-${key}`,
    originJti: `origin-${key}`,
    poolKey: user.poolKey,
    userKey: user.key,
    clientId: "client",
    signedInAt: NOW,
    expiresAt: LATER,
    revokedAt: null,
    counter: 0,
    rotatedAt: null,
    device,
  };
}

function contract(name: string, open: () => Promise<OpenedStores>): void {
  describe(name, () => {
    let opened: OpenedStores;
    let store: Store;
    let other: Store;
    let poolKey: PoolKey;

    beforeAll(async () => {
      opened = await open();
      ({ store, other } = opened);
      poolKey = nextKey() as PoolKey;
      await store.userPools.insert({
        key: poolKey,
        id: `eu-west-1_p${poolKey}`,
        region: "eu-west-1",
        accountId: "123456789012",
        settings: { Name: "pool" },
        mfa: {},
        passwordStorage: "srp",
        wrappedDataKey: new Uint8Array([1]),
        createdAt: NOW,
        modifiedAt: NOW,
      });
    });
    afterAll(() => opened?.close());

    async function storedUser(): Promise<User> {
      const key = nextKey();
      const user: User = {
        key: key as UserKey,
        poolKey,
        sub: `00000000-0000-7000-8000-${String(key).padStart(12, "0")}`,
        username: `user${key}`,
        status: "CONFIRMED",
        enabled: true,
        attributes: {},
        mfa: { enabled: [], preferred: null },
        createdAt: NOW,
        modifiedAt: NOW,
      };
      expect(await store.users.insert(user, user.username, [])).toBe("inserted");
      return user;
    }

    const stateOf = async ({ id }: RefreshSession) =>
      (await other.refreshSessions.findWithUser(id))?.session.device?.state;

    test("come back as they were stored, and only for their user", async () => {
      const [user, stranger] = [await storedUser(), await storedUser()];
      const device = aDevice(user.key);
      const nameless = aDevice(user.key, { name: null, lastIp: null });
      expect(await store.devices.insert(device)).toBe(true);
      expect(await store.devices.insert(nameless)).toBe(true);
      expect(await other.devices.find(user.key, device.deviceKey)).toEqual(device);
      expect(await other.devices.find(user.key, nameless.deviceKey)).toEqual(nameless);
      expect(await other.devices.find(stranger.key, device.deviceKey)).toBeNull();
    });

    test("of one key: of 20 at once exactly one is inserted", async () => {
      const user = await storedUser();
      const attempts = Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? store : other).devices.insert(aDevice(user.key, { deviceKey: "eu-west-1_one" })),
      );
      expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1);
    });

    test("are listed in the order they were confirmed, page by page, and only their user's", async () => {
      const user = await storedUser();
      const devices = Array.from({ length: 5 }, () => aDevice(user.key));
      for (const device of devices.toReversed()) await store.devices.insert(device);
      await store.devices.insert(aDevice((await storedUser()).key));
      const page = await other.devices.list(user.key, { afterKey: null, limit: 3 });
      expect(page).toEqual(devices.slice(0, 3));
      const afterKey = page[2]?.key ?? null;
      expect(await other.devices.list(user.key, { afterKey, limit: 3 })).toEqual(devices.slice(3));
    });

    test("change their status, are seen again, and go, each for their user only", async () => {
      const [user, stranger] = [await storedUser(), await storedUser()];
      const device = aDevice(user.key);
      const { deviceKey } = device;
      await store.devices.insert(device);
      expect(await store.devices.setStatus(stranger.key, deviceKey, "not_remembered", LATER)).toBe(false);
      expect(await store.devices.remove(stranger.key, deviceKey)).toBe(false);
      await store.devices.seen(stranger.key, deviceKey, { at: LATER, ip: null });
      expect(await other.devices.find(user.key, deviceKey)).toEqual(device);
      expect(await store.devices.setStatus(user.key, deviceKey, "not_remembered", LATER)).toBe(true);
      await store.devices.seen(user.key, deviceKey, { at: LATER, ip: null });
      expect(await other.devices.find(user.key, deviceKey)).toEqual({
        ...device,
        status: "not_remembered",
        modifiedAt: LATER,
        lastAuthenticatedAt: LATER,
        lastIp: null,
      });
      expect(await store.devices.remove(user.key, deviceKey)).toBe(true);
      expect(await store.devices.remove(user.key, deviceKey)).toBe(false);
      expect(await other.devices.find(user.key, deviceKey)).toBeNull();
    });

    test("go with their user", async () => {
      const user = await storedUser();
      const device = aDevice(user.key);
      await store.devices.insert(device);
      await store.users.remove(user.key);
      expect(await other.devices.find(user.key, device.deviceKey)).toBeNull();
    });

    test("are what sign-ins are tied to: confirmed once, by one of 20 at once", async () => {
      const user = await storedUser();
      const session = aSession(user, { key: "eu-west-1_a", state: "new" });
      const untied = aSession(user, null);
      for (const one of [session, untied]) await store.refreshSessions.insert(one);
      expect((await other.refreshSessions.findWithUser(session.id))?.session).toEqual(session);
      expect((await other.refreshSessions.findWithUser(untied.id))?.session).toEqual(untied);
      const attempts = Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? store : other).refreshSessions.confirmDevice(user.key, "eu-west-1_a"),
      );
      expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1);
      expect(await stateOf(session)).toBe("confirmed");
      expect(await stateOf(untied)).toBeUndefined();
    });

    test("once forgotten, are forgotten by every sign-in of their user, for good", async () => {
      const [user, stranger] = [await storedUser(), await storedUser()];
      const key = "eu-west-1_b";
      const sessions = [aSession(user, { key, state: "new" }), aSession(user, { key, state: "confirmed" })];
      const bystanders = [
        aSession(user, { key: "eu-west-1_c", state: "confirmed" }),
        aSession(stranger, { key, state: "confirmed" }),
      ];
      for (const one of [...sessions, ...bystanders]) await store.refreshSessions.insert(one);
      await store.refreshSessions.confirmDevice(user.key, key);
      await store.refreshSessions.forgetDevice(user.key, key);
      for (const session of sessions) expect(await stateOf(session)).toBe("forgotten");
      for (const session of bystanders) expect(await stateOf(session)).toBe("confirmed");
      expect(await store.refreshSessions.confirmDevice(user.key, key)).toBe(false);
      expect(await store.refreshSessions.confirmDevice(stranger.key, key)).toBe(false);
    });
  });
}

onBothDatabases("devices", contract);

describe("a database from before devices", () => {
  test("keeps its sign-ins, which are tied to none", async () => {
    const directory = mkdtempSync(path.join(os.tmpdir(), "cognate-devices-"));
    const file = path.join(directory, "data.sqlite");
    try {
      await (await openSqliteStore({ path: file, logger: silentLogger })).close();
      const old = new DatabaseSync(file);
      old.exec(`
        drop table device;
        alter table refresh_session drop column device_key;
        alter table refresh_session drop column device_state;
        delete from migration where name = '0004-devices';
        insert into user_pool (key, id, region, account_id, settings, mfa, password_storage, wrapped_data_key, created_at, modified_at, version)
          values (1, 'eu-west-1_old', 'eu-west-1', '1', '{}', '{}', 'srp', x'01', 1, 1, 1);
        insert into user_account (key, pool_key, sub, username, username_key, status, enabled, attributes, mfa, created_at, modified_at)
          values (2, 1, 'sub', 'ana', 'ana', 'CONFIRMED', '1', '{}', '{}', 1, 1);
        insert into refresh_session (id, origin_jti, pool_key, user_key, client_id, signed_in_at, expires_at, counter)
          values ('old', 'jti', 1, 2, 'client', 1, 2, 0);`);
      old.close();
      const store = await openSqliteStore({ path: file, logger: silentLogger });
      expect((await store.refreshSessions.findWithUser("old"))?.session.device).toBeNull();
      await store.close();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
