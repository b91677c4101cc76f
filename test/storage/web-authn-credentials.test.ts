import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WebAuthnCredential } from "../../src/domain/authentication/index.ts";
import type { Store } from "../../src/domain/store.ts";
import type { PoolKey, UserPool } from "../../src/domain/user-pools/index.ts";
import type { User, UserKey } from "../../src/domain/users/index.ts";
import type { Instant } from "../../src/runtime/clock.ts";
import { onBothDatabases } from "./both-databases.ts";

const NOW = 1_900_000_000_000;
const at = (milliseconds: number): Instant => milliseconds as Instant;

/** A database as two nodes see it. */
interface OpenedDatabase {
  readonly store: Store;
  readonly other: Store;
  close(): Promise<void>;
}

function contract(name: string, open: () => Promise<OpenedDatabase>): void {
  describe(name, () => {
    let database: OpenedDatabase;
    let store: Store;
    let other: Store;
    let last = 5_000_000;
    beforeAll(async () => {
      database = await open();
      ({ store, other } = database);
    });
    afterAll(() => database?.close());

    const race = <T>(times: number, attempt: (node: Store, index: number) => Promise<T>): Promise<T[]> =>
      Promise.all(Array.from({ length: times }, (_, index) => attempt(index % 2 ? other : store, index)));

    async function storedUser(poolKey: PoolKey): Promise<User> {
      const key = ++last;
      const user: User = {
        key: key as UserKey,
        poolKey,
        sub: `sub-${key}`,
        username: `user${key}`,
        status: "CONFIRMED",
        enabled: true,
        attributes: {},
        mfa: { enabled: [], preferred: null },
        createdAt: at(NOW),
        modifiedAt: at(NOW),
      };
      expect(await store.users.insert(user, user.username, [])).toBe("inserted");
      return user;
    }

    async function poolAndUser(): Promise<{ pool: UserPool; user: User }> {
      const key = ++last;
      const pool: UserPool = {
        key: key as PoolKey,
        id: `eu-west-1_w${key}`,
        region: "eu-west-1",
        accountId: "123456789012",
        settings: { Name: "pool" },
        mfa: {},
        passwordStorage: "srp",
        wrappedDataKey: new Uint8Array([1]),
        createdAt: at(NOW),
        modifiedAt: at(NOW),
      };
      await store.userPools.insert(pool);
      return { pool, user: await storedUser(pool.key) };
    }

    const aCredential = (user: User, overrides: Partial<WebAuthnCredential> = {}): WebAuthnCredential => ({
      id: `credential-${++last}`,
      poolKey: user.poolKey,
      userKey: user.key,
      relyingPartyId: "example.com",
      publicKey: new Uint8Array([0, 255, 128]),
      signCount: 0,
      backupEligible: true,
      friendlyName: "Passkey",
      attachment: null,
      transports: [],
      createdAt: at(NOW),
      ...overrides,
    });
    const aRegistration = (user: User, challenge: string, expiresAt = NOW + 1_000) => ({
      userKey: user.key,
      clientId: "client",
      challenge,
      expiresAt: at(expiresAt),
    });

    test("passkeys come back as they were stored, in the order of their registration", async () => {
      const { user } = await poolAndUser();
      const late = aCredential(user, { createdAt: at(NOW + 2), transports: ["internal", "hybrid"] });
      const early = aCredential(user, {
        id: "x".repeat(1364),
        attachment: "platform",
        backupEligible: false,
        signCount: 4_294_967_295,
      });
      expect(await store.webAuthnCredentials.insert(late)).toBe(true);
      expect(await store.webAuthnCredentials.insert(early)).toBe(true);
      const found = await other.webAuthnCredentials.ofUser(user.key);
      expect(found.map((one) => ({ ...one, publicKey: new Uint8Array(one.publicKey) }))).toEqual([
        early,
        late,
      ]);
    });

    test("passkeys of one id: of 20 at once in a pool exactly one is inserted, and another pool has its own", async () => {
      const { pool } = await poolAndUser();
      const users = await Promise.all(Array.from({ length: 20 }, () => storedUser(pool.key)));
      const inserted = await race(20, async (node, index) => {
        const user = users[index];
        return user ? node.webAuthnCredentials.insert(aCredential(user, { id: "same" })) : false;
      });
      expect(inserted.filter(Boolean)).toHaveLength(1);
      const { user: elsewhere } = await poolAndUser();
      expect(await store.webAuthnCredentials.insert(aCredential(elsewhere, { id: "same" }))).toBe(true);
    });

    test.each([20, 100])("a counter goes forward once when %i try at once, and never back", async (times) => {
      const { user } = await poolAndUser();
      const credential = aCredential(user);
      await store.webAuthnCredentials.insert(credential);
      const advance = (node: Store, count: number) =>
        node.webAuthnCredentials.advance(user.key, credential.id, count);
      expect((await race(times, (node) => advance(node, 7))).filter(Boolean)).toHaveLength(1);
      for (const count of [0, 6, 7]) expect(await advance(store, count)).toBe(false);
      expect(await advance(other, 4_294_967_295)).toBe(true);
      expect((await store.webAuthnCredentials.ofUser(user.key))[0]?.signCount).toBe(4_294_967_295);
    });

    test("a counter that stands at none may stay there", async () => {
      const { user } = await poolAndUser();
      const credential = aCredential(user);
      await store.webAuthnCredentials.insert(credential);
      const advance = (count: number) => store.webAuthnCredentials.advance(user.key, credential.id, count);
      expect([await advance(0), await advance(0), await advance(1), await advance(0)]).toEqual([
        true,
        true,
        true,
        false,
      ]);
      expect(await store.webAuthnCredentials.advance(user.key, "none", 5)).toBe(false);
    });

    test("passkeys are removed by their own user, once", async () => {
      const { pool, user } = await poolAndUser();
      const stranger = await storedUser(pool.key);
      const credential = aCredential(user);
      await store.webAuthnCredentials.insert(credential);
      expect(await store.webAuthnCredentials.remove(stranger.key, credential.id)).toBe(false);
      const removed = await race(20, (node) => node.webAuthnCredentials.remove(user.key, credential.id));
      expect(removed.filter(Boolean)).toHaveLength(1);
      expect(await other.webAuthnCredentials.ofUser(user.key)).toEqual([]);
    });

    test("a registration replaces the one before, and ends once for 20 who end it at once", async () => {
      const { user } = await poolAndUser();
      await store.webAuthnCredentials.putRegistration(aRegistration(user, "early"));
      const late = aRegistration(user, "late", NOW + 5_000);
      await other.webAuthnCredentials.putRegistration(late);
      expect(await store.webAuthnCredentials.findRegistration(user.key)).toEqual(late);
      expect(await store.webAuthnCredentials.consumeRegistration(user.key, "early")).toBe(false);
      const ended = await race(20, (node) => node.webAuthnCredentials.consumeRegistration(user.key, "late"));
      expect(ended.filter(Boolean)).toHaveLength(1);
      expect(await other.webAuthnCredentials.findRegistration(user.key)).toBeNull();
    });

    test("registrations go when their time is over", async () => {
      const { pool, user } = await poolAndUser();
      const waiting = await storedUser(pool.key);
      await store.webAuthnCredentials.putRegistration(aRegistration(user, "over", NOW));
      await store.webAuthnCredentials.putRegistration(aRegistration(waiting, "waiting", NOW + 1));
      await store.removeExpired(at(NOW));
      expect(await store.webAuthnCredentials.findRegistration(user.key)).toBeNull();
      expect(await store.webAuthnCredentials.findRegistration(waiting.key)).not.toBeNull();
    });

    test("both go with their user, and with their pool", async () => {
      const { pool, user } = await poolAndUser();
      const second = await storedUser(pool.key);
      for (const one of [user, second]) {
        await store.webAuthnCredentials.insert(aCredential(one));
        await store.webAuthnCredentials.putRegistration(aRegistration(one, "challenge"));
      }
      await store.users.remove(user.key);
      expect(await other.webAuthnCredentials.ofUser(user.key)).toEqual([]);
      expect(await other.webAuthnCredentials.findRegistration(user.key)).toBeNull();
      expect(await other.webAuthnCredentials.ofUser(second.key)).toHaveLength(1);
      await store.userPools.remove(pool.key);
      expect(await other.webAuthnCredentials.ofUser(second.key)).toEqual([]);
      expect(await other.webAuthnCredentials.findRegistration(second.key)).toBeNull();
    });
  });
}

onBothDatabases("passkeys", contract, ["read committed", "serializable"]);
