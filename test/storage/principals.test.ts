import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AccessKey, PrincipalKey, StoredPrincipal } from "../../src/domain/iam/index.ts";
import type { Store } from "../../src/domain/store.ts";
import { onBothDatabases } from "./both-databases.ts";
import { at, bytes, NOW, nextKey } from "./rows.ts";

/** A database as two nodes see it. */
interface OpenedDatabase {
  readonly store: Store;
  readonly other: Store;
  close(): Promise<void>;
}

function aPrincipal(overrides: Partial<StoredPrincipal> = {}): StoredPrincipal {
  const key = nextKey();
  return {
    key: key as PrincipalKey,
    accountId: "123456789012",
    kind: "user",
    name: `name${key}`,
    uniqueId: `AIDA${key}`,
    policies: [],
    trustPolicy: null,
    maxSessionSeconds: 3600,
    createdAt: NOW,
    modifiedAt: NOW,
    ...overrides,
  };
}

const anAccessKey = (principal: StoredPrincipal, overrides: Partial<AccessKey> = {}): AccessKey => ({
  id: `AKIA${nextKey()}`,
  principalKey: principal.key,
  sealedSecret: bytes(0, 1, 255),
  createdAt: NOW,
  ...overrides,
});

const plain = (accessKey: AccessKey | undefined) =>
  accessKey && { ...accessKey, sealedSecret: new Uint8Array(accessKey.sealedSecret) };

function contract(name: string, open: () => Promise<OpenedDatabase>): void {
  describe(name, () => {
    let database: OpenedDatabase;
    let store: Store;
    let other: Store;
    beforeAll(async () => {
      database = await open();
      ({ store, other } = database);
    });
    afterAll(() => database?.close());

    async function stored(overrides: Partial<StoredPrincipal> = {}): Promise<StoredPrincipal> {
      const principal = aPrincipal(overrides);
      expect(await store.principals.insert(principal)).toBe(true);
      return principal;
    }

    test("a principal comes back as it was stored, by key, by name and by its access key", async () => {
      const principal = await stored({
        kind: "role",
        policies: [{ name: "p", document: '{"Statement":"ü"}' }],
        trustPolicy: "{}",
        maxSessionSeconds: 43_200,
      });
      const accessKey = anAccessKey(principal);
      await store.principals.insertAccessKey(accessKey);
      expect(await other.principals.byKey(principal.key)).toEqual(principal);
      expect(await other.principals.byName(principal.accountId, "role", principal.name)).toEqual(principal);
      expect(await other.principals.byName(principal.accountId, "user", principal.name)).toBeNull();
      const found = await other.principals.byAccessKey(accessKey.id);
      expect([found?.principal, plain(found?.accessKey)]).toEqual([principal, accessKey]);
      expect(await other.principals.byAccessKey("AKIAABSENT")).toBeNull();
    });

    test("of 20 principals of one name at once exactly one is inserted; other accounts and kinds have their own", async () => {
      const inserted = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? store : other).principals.insert(aPrincipal({ name: "same" })),
        ),
      );
      expect(inserted.filter(Boolean)).toHaveLength(1);
      expect(await store.principals.insert(aPrincipal({ name: "same", kind: "role" }))).toBe(true);
      expect(await store.principals.insert(aPrincipal({ name: "same", accountId: "999999999999" }))).toBe(
        true,
      );
    });

    test("policies are replaced, and seen by the next read on any node", async () => {
      const principal = await stored();
      const changed = { ...principal, policies: [{ name: "q", document: "{}" }], modifiedAt: at(NOW + 1) };
      await store.principals.save(changed);
      expect(await other.principals.byKey(principal.key)).toEqual(changed);
    });

    test("of 20 who lock a principal to give it a second access key at once, one does", async () => {
      const principal = await stored();
      const { accountId, kind, name } = principal;
      await store.principals.insertAccessKey(anAccessKey(principal));
      const given = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? store : other).transaction(async ({ principals }) => {
            const locked = await principals.lock(accountId, kind, name);
            if (!locked || (await principals.accessKeysOf(locked.key)).length >= 2) return false;
            await principals.insertAccessKey(anAccessKey(principal));
            return true;
          }),
        ),
      );
      expect(given.filter(Boolean)).toHaveLength(1);
      expect(
        await store.transaction(({ principals }) => principals.lock(accountId, kind, "absent")),
      ).toBeNull();
    });

    test("an access key is removed once, for 20 who remove it at once, and is gone on every node", async () => {
      const principal = await stored();
      const [first, second] = [anAccessKey(principal), anAccessKey(principal, { createdAt: at(NOW - 1) })];
      for (const accessKey of [first, second]) await store.principals.insertAccessKey(accessKey);
      expect((await other.principals.accessKeysOf(principal.key)).map(({ id }) => id)).toEqual([
        second.id,
        first.id,
      ]);
      const removed = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? store : other).principals.removeAccessKey(first.id),
        ),
      );
      expect(removed.filter(Boolean)).toHaveLength(1);
      expect(await other.principals.byAccessKey(first.id)).toBeNull();
      expect(await other.principals.byAccessKey(second.id)).not.toBeNull();
    });

    test("a principal goes with its access keys, and lists go on where they ended", async () => {
      const [one, two, three] = [await stored(), await stored(), await stored()];
      const accessKey = anAccessKey(two);
      await store.principals.insertAccessKey(accessKey);
      const before = one.key - 1;
      const page = await store.principals.list({ afterKey: before as PrincipalKey, limit: 2 });
      expect(page).toEqual([one, two]);
      expect(await store.principals.list({ afterKey: two.key, limit: 5 })).toEqual([three]);
      expect(await store.principals.remove(two.key)).toBe(true);
      expect(await store.principals.remove(two.key)).toBe(false);
      expect(await other.principals.byAccessKey(accessKey.id)).toBeNull();
    });
  });
}

onBothDatabases("principals", contract, ["read committed", "serializable"]);
