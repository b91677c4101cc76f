import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FORGET_FAILURES_AFTER_MS } from "../../src/domain/authentication/attempt-limits.ts";
import type { SoftwareToken } from "../../src/domain/authentication/ports.ts";
import type { ProvisionedLimit } from "../../src/domain/provisioned-limits/index.ts";
import type { Store } from "../../src/domain/store.ts";
import type { PoolKey, Replica, StoredSigningKey, UserPool } from "../../src/domain/user-pools/index.ts";
import type { LinkedIdentity, User, UserCondition, UserKey } from "../../src/domain/users/index.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/runtime/clock.ts";
import {
  aClient,
  aCode,
  aGroup,
  aMessage,
  aPool,
  aRefreshSession,
  at,
  aUser,
  bytes,
  NOW,
  nextKey,
} from "./rows.ts";

/** A database as two nodes see it; where only one process may have it, both are the same. */
export interface OpenedDatabase {
  readonly store: Store;
  readonly other: Store;
  close(): Promise<void>;
}

/** What every driver must do. */
export function storageContract(name: string, open: () => Promise<OpenedDatabase>): void {
  describe(name, () => {
    let database: OpenedDatabase;
    let store: Store;
    let other: Store;

    beforeAll(async () => {
      database = await open();
      store = database.store;
      other = database.other;
    });
    afterAll(() => database?.close());

    /** Runs the attempt `times` times at once, by turns on both nodes. */
    const race = <T>(times: number, attempt: (node: Store, index: number) => Promise<T>): Promise<T[]> =>
      Promise.all(Array.from({ length: times }, (_, index) => attempt(index % 2 ? other : store, index)));

    async function storedPool(overrides: Partial<UserPool> = {}): Promise<UserPool> {
      const pool = aPool(overrides);
      await store.userPools.insert(pool);
      return pool;
    }

    async function storedUser(poolKey: PoolKey, overrides: Partial<User> = {}): Promise<User> {
      const user = aUser(poolKey, overrides);
      expect(await store.users.insert(user, user.username, [])).toBe("inserted");
      return user;
    }

    async function poolAndUser(): Promise<{ pool: UserPool; user: User }> {
      const pool = await storedPool();
      return { pool, user: await storedUser(pool.key) };
    }

    describe("user pools", () => {
      test("come back as they were stored, by id and by key", async () => {
        const pool = await storedPool({
          settings: { Name: "näme \0 😀", Policies: { PasswordPolicy: { MinimumLength: 8 } } },
          passwordStorage: "argon2id",
        });
        expect(await other.userPools.find(pool.id)).toEqual(pool);
        expect(await other.userPools.byKey(pool.key)).toEqual(pool);
        expect(await store.userPools.lock(pool.id)).toEqual(pool);
      });

      test("that do not exist are null", async () => {
        expect(await store.userPools.find("eu-west-1_none")).toBeNull();
        expect(await store.userPools.byKey(nextKey() as PoolKey)).toBeNull();
        expect(await store.userPools.lock("eu-west-1_none")).toBeNull();
      });

      test("change for every node at once, though each keeps them decoded", async () => {
        const pool = await storedPool();
        await store.userPools.find(pool.id);
        await other.userPools.find(pool.id);
        for (const MinimumLength of [10, 11, 12]) {
          const changed: UserPool = {
            ...pool,
            settings: { Name: "renamed", Policies: { PasswordPolicy: { MinimumLength } } },
            modifiedAt: at(NOW + MinimumLength),
          };
          await store.userPools.save(changed);
          expect(await other.userPools.find(pool.id)).toEqual(changed);
          expect(await store.userPools.byKey(pool.key)).toEqual(changed);
        }
      });

      test("are handed out as objects that nobody can change for the others", async () => {
        const pool = await storedPool({ settings: { Name: "p", UserPoolTags: { a: "b" } } });
        const found = await store.userPools.find(pool.id);
        expect(() => Object.assign(found?.settings.UserPoolTags ?? {}, { a: "c" })).toThrow(TypeError);
        expect(await store.userPools.find(pool.id)).toEqual(pool);
      });

      test("seen in a transaction that is rolled back are not remembered", async () => {
        const pool = await storedPool();
        const changed = { ...pool, settings: { Name: "never" } };
        await expect(
          store.transaction(async ({ userPools }) => {
            await userPools.save(changed);
            expect(await userPools.find(pool.id)).toEqual(changed);
            throw new Error("undo");
          }),
        ).rejects.toThrow("undo");
        expect(await store.userPools.find(pool.id)).toEqual(pool);
      });

      test("are listed by key within region and account, page by page", async () => {
        const scope = { region: `region-${nextKey()}`, accountId: "1" };
        const pools = [];
        for (let n = 0; n < 5; n++) pools.push(await storedPool(scope));
        await storedPool({ ...scope, accountId: "2" });
        await storedPool({ ...scope, region: "elsewhere" });
        const firstPage = await store.userPools.list(scope, { afterKey: null, limit: 3 });
        expect(firstPage).toEqual(pools.slice(0, 3));
        const afterKey = firstPage[2]?.key ?? null;
        expect(await store.userPools.list(scope, { afterKey, limit: 3 })).toEqual(pools.slice(3));
      });

      test("take everything with them when they go", async () => {
        const { pool, user } = await poolAndUser();
        const kept = await poolAndUser();
        const client = aClient(pool.key);
        await store.clients.insert(client);
        await store.signingKeys.insertFirst(pool.key, [aSigningKey()]);
        await store.users.claimAlias(pool.key, user.key, { name: "email", valueKey: "a@example.com" });
        await store.passwords.put(user.key, { sealed: bytes(1), setAt: NOW, temporaryUntil: null });
        await store.passwords.remember(user.key, { sealed: bytes(2), setAt: NOW, temporaryUntil: null }, 3);
        const group = aGroup(pool.key);
        await store.groups.insert(group);
        await store.groups.addMember(pool.key, group.name, user.key, NOW);
        const session = aRefreshSession(user);
        await store.refreshSessions.insert(session);
        await store.codes.put(aCode(user.key));
        await store.outbox.add(aMessage(pool.key, { userKey: user.key }));
        await store.attemptCounts.count(pool.key, "someone", "kind", NOW);
        for (let n = 0; n < 5; n++) await store.signInAttempts.reserve(pool.key, "someone", NOW);

        await store.userPools.remove(pool.key);

        expect(await other.userPools.find(pool.id)).toBeNull();
        expect(await other.clients.find(client.id)).toBeNull();
        expect(await other.signingKeys.ofPool(pool.key)).toEqual([]);
        expect(await other.users.byKey(user.key)).toBeNull();
        expect(await other.users.byAlias(pool.key, { name: "email", valueKey: "a@example.com" })).toBeNull();
        expect(await other.passwords.find(user.key)).toBeNull();
        expect(await other.passwords.history(user.key, 10)).toEqual([]);
        expect(await other.groups.find(pool.key, group.name)).toBeNull();
        expect(await other.groups.ofUser(user.key)).toEqual([]);
        expect(await other.refreshSessions.findWithUser(session.id)).toBeNull();
        expect(await other.codes.find(user.key, "confirm-sign-up")).toBeNull();
        expect(await other.outbox.list({ poolKey: pool.key, limit: 10 })).toEqual([]);
        expect(await other.attemptCounts.count(pool.key, "someone", "kind", NOW)).toBe(1);
        expect(await other.signInAttempts.reserve(pool.key, "someone", NOW)).toBe(true);
        expect(await other.users.byKey(kept.user.key)).toEqual(kept.user);
      });
    });

    const aSigningKey = (overrides: Partial<StoredSigningKey> = {}): StoredSigningKey => ({
      kid: `kid${nextKey()}`,
      use: "id",
      sealedPrivateKey: bytes(4, 5, 6),
      publicJwk: { kty: "RSA", n: "n", e: "AQAB" },
      activeFrom: NOW,
      createdAt: NOW,
      ...overrides,
    });

    describe("signing keys", () => {
      test("come back newest first", async () => {
        const pool = await storedPool();
        const older = aSigningKey({ createdAt: at(NOW - 1) });
        const newer = aSigningKey({ createdAt: at(NOW + 1) });
        await store.signingKeys.insertFirst(pool.key, [older, newer]);
        expect(await other.signingKeys.ofPool(pool.key)).toEqual([newer, older]);
      });

      test("are inserted once when 20 nodes try at once, and as a whole", async () => {
        const pool = await storedPool();
        const sets = Array.from({ length: 20 }, () => [aSigningKey(), aSigningKey({ use: "access" })]);
        await race(20, (node, index) => node.signingKeys.insertFirst(pool.key, sets[index] ?? []));
        const stayed = (await store.signingKeys.ofPool(pool.key)).map(({ kid }) => kid).sort();
        expect(sets.map((set) => set.map(({ kid }) => kid).sort())).toContainEqual(stayed);
      });
    });

    describe("clients", () => {
      test("come back as they were stored, and as they were saved since", async () => {
        const pool = await storedPool();
        const client = aClient(pool.key, {
          secrets: [{ id: "c--1", sealed: bytes(0, 255, 128), createdAt: NOW }],
          settings: { ClientName: "web", ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH"] },
        });
        await store.clients.insert(client);
        expect(await other.clients.find(client.id)).toEqual(client);
        expect(await other.clients.lock(client.id)).toEqual(client);
        const changed = { ...client, secrets: [], settings: { ClientName: "x" }, modifiedAt: at(NOW + 1) };
        await store.clients.save(changed);
        expect(await other.clients.find(client.id)).toEqual(changed);
        expect(await store.clients.find("none")).toBeNull();
      });

      test("are listed by key and counted, each pool's own", async () => {
        const pool = await storedPool();
        const elsewhere = await storedPool();
        const clients = [aClient(pool.key), aClient(pool.key), aClient(pool.key)];
        for (const client of clients) await store.clients.insert(client);
        await store.clients.insert(aClient(elsewhere.key));
        expect(await store.clients.list(pool.key, { afterKey: null, limit: 2 })).toEqual(clients.slice(0, 2));
        expect(await store.clients.list(pool.key, { afterKey: clients[1]?.key ?? 0, limit: 2 })).toEqual(
          clients.slice(2),
        );
        expect(await store.clients.count(pool.key)).toBe(3);
      });

      test("take their refresh sessions with them", async () => {
        const { pool, user } = await poolAndUser();
        const [gone, kept] = [aClient(pool.key), aClient(pool.key)];
        await store.clients.insert(gone);
        await store.clients.insert(kept);
        const [ended, lasting] = [
          aRefreshSession(user, { clientId: gone.id }),
          aRefreshSession(user, { clientId: kept.id }),
        ];
        await store.refreshSessions.insert(ended);
        await store.refreshSessions.insert(lasting);
        expect(await store.clients.remove(gone.id)).toBe(true);
        expect(await store.clients.remove(gone.id)).toBe(false);
        expect(await other.refreshSessions.findWithUser(ended.id)).toBeNull();
        expect(await other.refreshSessions.findWithUser(lasting.id)).not.toBeNull();
      });
    });

    describe("users", () => {
      test("come back by key, username, sub and alias", async () => {
        const pool = await storedPool();
        const user = aUser(pool.key, {
          username: "Ana",
          status: "FORCE_CHANGE_PASSWORD",
          enabled: false,
          attributes: { email: "Ana@Example.com", "custom:x": "ü\0\u0001😀" },
          mfa: { enabled: ["EMAIL_OTP"], preferred: "EMAIL_OTP" },
        });
        const alias = { name: "email", valueKey: "ana@example.com" } as const;
        expect(await store.users.insert(user, "ana", [alias])).toBe("inserted");
        expect(await other.users.byKey(user.key)).toEqual(user);
        expect(await other.users.byUsername(pool.key, "ana")).toEqual(user);
        expect(await other.users.byUsername(pool.key, "Ana")).toBeNull();
        expect(await other.users.bySub(pool.key, user.sub)).toEqual(user);
        expect(await other.users.byAlias(pool.key, alias)).toEqual(user);
        expect(await other.users.byAlias(pool.key, { ...alias, name: "phone_number" })).toBeNull();
        expect(await other.users.lock(user.key)).toEqual(user);
        const elsewhere = await storedPool();
        expect(await store.users.byUsername(elsewhere.key, "ana")).toBeNull();
        expect(await store.users.bySub(elsewhere.key, user.sub)).toBeNull();
        expect(await store.users.byAlias(elsewhere.key, alias)).toBeNull();
      });

      test("refused for an alias leave nothing behind", async () => {
        const pool = await storedPool();
        const holder = aUser(pool.key);
        const taken = { name: "phone_number", valueKey: "+1" } as const;
        await store.users.insert(holder, holder.username, [taken]);
        const refused = aUser(pool.key);
        const own = { name: "email", valueKey: "free@example.com" } as const;
        expect(await store.users.insert(refused, refused.username, [own, taken])).toEqual({
          aliasTaken: "phone_number",
        });
        expect(await store.users.byUsername(pool.key, refused.username)).toBeNull();
        expect(await store.users.byAlias(pool.key, own)).toBeNull();
        expect(await store.users.insert(refused, refused.username, [own])).toBe("inserted");
      });

      test.each([20, 100])("of one name: of %i at once exactly one is inserted", async (times) => {
        const pool = await storedPool();
        const results = await race(times, (node) => node.users.insert(aUser(pool.key), "same", []));
        expect(results.filter((result) => result === "inserted")).toHaveLength(1);
        expect(results.filter((result) => result === "username-exists")).toHaveLength(times - 1);
        expect(await store.users.count(pool.key, 1_000)).toBe(1);
      });

      test("who share two aliases: of 20 at once exactly one is inserted, in whatever order they claim", async () => {
        const pool = await storedPool();
        const aliases = [
          { name: "email", valueKey: "shared@example.com" },
          { name: "phone_number", valueKey: "+1" },
        ] as const;
        const results = await race(20, (node, index) => {
          const user = aUser(pool.key);
          return node.users.insert(user, user.username, index % 4 < 2 ? aliases : [...aliases].reverse());
        });
        expect(results.filter((result) => result === "inserted")).toHaveLength(1);
        expect(await store.users.count(pool.key, 1_000)).toBe(1);
      });

      test("claiming one alias: of 20 at once exactly one gets it", async () => {
        const pool = await storedPool();
        const users = await Promise.all(Array.from({ length: 20 }, () => storedUser(pool.key)));
        const alias = { name: "email", valueKey: "wanted@example.com" } as const;
        const results = await race(20, async (node, index) =>
          node.users.claimAlias(pool.key, users[index]?.key as UserKey, alias),
        );
        expect(results.filter(Boolean)).toHaveLength(1);
        const holder = users[results.indexOf(true)];
        expect((await store.users.byAlias(pool.key, alias))?.key).toBe(holder?.key);
      });

      test("claiming 20 values of an alias at once end with one of them", async () => {
        const { pool, user } = await poolAndUser();
        const values = Array.from({ length: 20 }, (_, n) => `v${n}@example.com`);
        await race(20, (node, index) =>
          node.users.claimAlias(pool.key, user.key, { name: "email", valueKey: values[index] ?? "" }),
        );
        const held = await Promise.all(
          values.map((valueKey) => store.users.byAlias(pool.key, { name: "email", valueKey })),
        );
        expect(held.filter((holder) => holder !== null)).toHaveLength(1);
      });

      test("keep an alias they claim again, give up its earlier value, and free what they release", async () => {
        const { pool, user } = await poolAndUser();
        const rival = await storedUser(pool.key);
        const [first, second] = [
          { name: "email", valueKey: "first@example.com" },
          { name: "email", valueKey: "second@example.com" },
        ] as const;
        expect(await store.users.claimAlias(pool.key, user.key, first)).toBe(true);
        expect(await store.users.claimAlias(pool.key, user.key, first)).toBe(true);
        expect(await store.users.claimAlias(pool.key, rival.key, first)).toBe(false);
        expect(await store.users.claimAlias(pool.key, user.key, second)).toBe(true);
        expect(await store.users.claimAlias(pool.key, rival.key, first)).toBe(true);
        expect(await store.users.claimAlias(pool.key, user.key, first)).toBe(false);
        expect((await store.users.byAlias(pool.key, second))?.key).toBe(user.key);
        await store.users.releaseAlias(user.key, "phone_number");
        expect((await store.users.byAlias(pool.key, second))?.key).toBe(user.key);
        await store.users.releaseAlias(user.key, "email");
        expect(await store.users.byAlias(pool.key, second)).toBeNull();
      });

      test("can have aliases and attributes as long as Cognito allows", async () => {
        const pool = await storedPool();
        const long = "漢".repeat(2_048);
        const user = aUser(pool.key, { attributes: { email: long, name: long } });
        const alias = { name: "email", valueKey: long } as const;
        expect(await store.users.insert(user, user.username, [alias])).toBe("inserted");
        expect(await store.users.byAlias(pool.key, alias)).toEqual(user);
        expect(await store.users.byAlias(pool.key, { ...alias, valueKey: `${long}x` })).toBeNull();
        const rival = await storedUser(pool.key);
        expect(await store.users.claimAlias(pool.key, rival.key, alias)).toBe(false);
        expect(await store.users.claimAlias(pool.key, rival.key, { ...alias, valueKey: `${long}x` })).toBe(
          true,
        );
      });

      test("are saved with everything but their names", async () => {
        const { pool, user } = await poolAndUser();
        const changed: User = {
          ...user,
          status: "RESET_REQUIRED",
          enabled: false,
          attributes: { email: "new@example.com" },
          mfa: { enabled: ["SMS_MFA"], preferred: null },
          modifiedAt: at(NOW + 1),
        };
        await store.users.save({ ...changed, username: "other", sub: "other" });
        expect(await other.users.byKey(user.key)).toEqual(changed);
        const condition = { field: "email", comparison: "equals", value: "new@example.com" } as const;
        const query = { poolKey: pool.key, condition, after: null, limit: 10 };
        expect(await store.users.list(query)).toEqual([changed]);
        await store.users.save({ ...changed, attributes: {} });
        expect(await store.users.list(query)).toEqual([]);
      });

      test("take everything of theirs with them, and messages stay", async () => {
        const { pool, user } = await poolAndUser();
        const alias = { name: "email", valueKey: "gone@example.com" } as const;
        await store.users.claimAlias(pool.key, user.key, alias);
        await store.passwords.put(user.key, { sealed: bytes(1), setAt: NOW, temporaryUntil: null });
        const group = aGroup(pool.key);
        await store.groups.insert(group);
        await store.groups.addMember(pool.key, group.name, user.key, NOW);
        const session = aRefreshSession(user);
        await store.refreshSessions.insert(session);
        await store.codes.put(aCode(user.key));
        const message = aMessage(pool.key, { userKey: user.key });
        await store.outbox.add(message);

        expect(await store.users.remove(user.key)).toBe(true);
        expect(await store.users.remove(user.key)).toBe(false);

        expect(await other.users.byAlias(pool.key, alias)).toBeNull();
        expect(await other.passwords.find(user.key)).toBeNull();
        expect(await other.groups.members(pool.key, group.name, { afterKey: null, limit: 10 })).toEqual([]);
        expect(await other.refreshSessions.findWithUser(session.id)).toBeNull();
        expect(await other.codes.find(user.key, "confirm-sign-up")).toBeNull();
        expect(await other.outbox.list({ poolKey: pool.key, limit: 10 })).toEqual([
          { ...message, userKey: null },
        ]);
        expect(await store.users.insert(aUser(pool.key), user.username, [alias])).toBe("inserted");
      });

      test("are counted up to a cap", async () => {
        const pool = await storedPool();
        for (let n = 0; n < 5; n++) await storedUser(pool.key);
        expect(await store.users.count(pool.key, 10)).toBe(5);
        expect(await store.users.count(pool.key, 3)).toBe(3);
      });

      test("changed by 100 writers at once, an attribute each, end with all 100", async () => {
        const { user } = await poolAndUser();
        await race(100, (node, index) =>
          node.transaction(async ({ users }) => {
            const current = await users.lock(user.key);
            if (!current) throw new Error("gone");
            await users.save({
              ...current,
              attributes: { ...current.attributes, [`custom:a${index}`]: "1" },
            });
          }),
        );
        expect(Object.keys((await store.users.byKey(user.key))?.attributes ?? {})).toHaveLength(100);
      });
    });

    describe("lists of users", () => {
      /** Everything that text in a database may trip over. */
      const hostile = fc.constantFrom(
        ..."aAbäßıİſK%_\\'\"*[] ",
        "\0",
        "\u0001",
        "\u0002",
        "\u007f",
        "\ud7ff",
        "\ue000",
        "\ufffd",
        "\uffff",
        "\u{10000}",
        "\u{10ffff}",
        "😀",
        "\ud83d",
        "\ude00",
        "e\u0301",
        "é",
        "漢",
      );
      const text = fc.array(hostile, { maxLength: 6 }).map((parts) => parts.join(""));
      const FIELDS = [
        "email",
        "phone_number",
        "name",
        "given_name",
        "family_name",
        "preferred_username",
      ] as const;

      /** How the list is meant: values in lower case, compared and ordered by code points, nothing but bytes. */
      const inUtf8 = (value: string) => Buffer.from(value);
      const order = (a: string, b: string) => Buffer.compare(inUtf8(a), inUtf8(b));

      function expected(users: readonly User[], field: (typeof FIELDS)[number], condition: UserCondition) {
        const matching = users.filter((user) => {
          const value = user.attributes[field];
          if (value === undefined) return false;
          const stored = inUtf8(value.toLowerCase());
          const sought = inUtf8(condition.value);
          return condition.comparison === "equals"
            ? stored.equals(sought)
            : stored.subarray(0, sought.length).equals(sought);
        });
        const sortValue = (user: User) => user.attributes[field]?.toLowerCase() ?? "";
        return matching.sort((a, b) => order(sortValue(a), sortValue(b)) || a.key - b.key);
      }

      async function allPages(
        poolKey: PoolKey,
        condition: UserCondition | null,
        limit: number,
        sortValue: (user: User) => string,
      ): Promise<User[]> {
        const found: User[] = [];
        for (;;) {
          const last = found.at(-1);
          const after = last ? { value: sortValue(last), key: last.key } : null;
          const page = await store.users.list({ poolKey, condition, after, limit });
          found.push(...page);
          if (page.length < limit) return found;
        }
      }

      test("by attribute agree with a model, whatever the text and the page size", async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.option(text, { nil: undefined }), { maxLength: 14 }),
            fc.constantFrom(...FIELDS),
            fc.constantFrom("equals" as const, "starts-with" as const),
            text,
            fc.nat(),
            fc.integer({ min: 1, max: 5 }),
            async (values, field, comparison, other, seed, limit) => {
              const pool = await storedPool();
              const users = await Promise.all(
                values.map((value) =>
                  storedUser(pool.key, value === undefined ? {} : { attributes: { [field]: value } }),
                ),
              );
              const decoy = await storedPool();
              await storedUser(decoy.key, { attributes: { [field]: other } });
              // What is sought is often what is there, or its beginning, cut anywhere, also through a surrogate pair.
              const sample = values[seed % (values.length + 1)] ?? other;
              const cut = comparison === "equals" ? sample : sample.slice(0, seed % (sample.length + 1));
              const condition = { field, comparison, value: cut.toLowerCase() };
              const found = await allPages(
                pool.key,
                condition,
                limit,
                (user) => user.attributes[field]?.toLowerCase() ?? "",
              );
              expect(found.map(({ key }) => key)).toEqual(
                expected(users, field, condition).map(({ key }) => key),
              );
            },
          ),
          { numRuns: 60 },
        );
      });

      test("without a filter are in the order of keys, page by page", async () => {
        const pool = await storedPool();
        const users = [];
        for (let n = 0; n < 7; n++) users.push(await storedUser(pool.key));
        expect(await allPages(pool.key, null, 3, () => "")).toEqual(users);
      });

      test.each([
        ["username", "equals", "Beta", ["Beta"]],
        ["username", "starts-with", "B", ["Beta", "Bravo"]],
        ["username", "starts-with", "b", ["beta"]],
        ["status", "equals", "UNCONFIRMED", ["Bravo", "beta"]],
        ["status", "starts-with", "CON", ["Alpha", "Beta"]],
        ["enabled", "equals", "0", ["Alpha"]],
        ["enabled", "equals", "1", ["Beta", "Bravo", "beta"]],
        ["enabled", "equals", "", []],
      ] as const)("by %s %s %j", async (field, comparison, value, names) => {
        const pool = await storedPool();
        await storedUser(pool.key, { username: "Alpha", enabled: false });
        await storedUser(pool.key, { username: "Beta" });
        await storedUser(pool.key, { username: "Bravo", status: "UNCONFIRMED" });
        await storedUser(pool.key, { username: "beta", status: "UNCONFIRMED" });
        const condition: UserCondition = { field, comparison, value };
        const sortValue = (user: User) =>
          field === "username" ? user.username : field === "status" ? user.status : user.enabled ? "1" : "0";
        for (const limit of [1, 2, 10]) {
          const found = await allPages(pool.key, condition, limit, sortValue);
          expect(found.map(({ username }) => username)).toEqual(names);
        }
      });

      test("by sub find it whole and by its beginning", async () => {
        const { pool, user } = await poolAndUser();
        await storedUser(pool.key, { sub: "ffffffff-0000-7000-8000-000000000000" });
        const query = (comparison: UserCondition["comparison"], value: string) =>
          store.users.list({
            poolKey: pool.key,
            condition: { field: "sub", comparison, value },
            after: null,
            limit: 9,
          });
        expect(await query("equals", user.sub)).toEqual([user]);
        expect(await query("starts-with", user.sub.slice(0, 9))).toEqual([user]);
        expect(await query("equals", user.sub.slice(0, 9))).toEqual([]);
      });

      test("are cut alike where values are longer than what is searched", async () => {
        const pool = await storedPool();
        const long = "漢".repeat(2_000);
        const users = [
          await storedUser(pool.key, { attributes: { name: `${long}b` } }),
          await storedUser(pool.key, { attributes: { name: `${long}a` } }),
          await storedUser(pool.key, { attributes: { name: long.slice(0, 100) } }),
        ];
        const condition = { field: "name", comparison: "starts-with", value: long.slice(0, 50) } as const;
        const found = await allPages(pool.key, condition, 1, (user) => user.attributes.name ?? "");
        expect(found).toEqual([users[2], users[0], users[1]]);
      });
    });

    describe("text", () => {
      test("is equal and unequal alike in JavaScript and in the database, whatever it holds", async () => {
        const pool = await storedPool();
        const character = fc.oneof(
          fc.constantFrom("\0", "\u0001", "\u0002", "ß", "ss", "ı", "i", "K", "k", "é", "e\u0301", "\u200d"),
          fc.string({ unit: "binary", minLength: 1, maxLength: 2 }),
          fc.string({ unit: "grapheme-composite", minLength: 1, maxLength: 2 }),
        );
        const name = fc.array(character, { maxLength: 4 }).map((parts) => parts.join(""));
        await fc.assert(
          fc.asyncProperty(name, name, async (a, b) => {
            const nonce = nextKey();
            await store.usedSessions.consume(`${nonce}:${a}`, NOW);
            const found = await store.usedSessions.find(`${nonce}:${b}`);
            expect(found !== null).toBe(a === b);
            const group = aGroup(pool.key, { name: `${nonce}:${a}`, description: b });
            await store.groups.insert(group);
            expect(await store.groups.find(pool.key, group.name)).toEqual(group);
          }),
          { numRuns: 100 },
        );
      });
    });

    describe("passwords", () => {
      test("replace the one before", async () => {
        const { user } = await poolAndUser();
        expect(await store.passwords.find(user.key)).toBeNull();
        const temporary = { sealed: bytes(1, 0), setAt: NOW, temporaryUntil: at(NOW + 5) };
        await store.passwords.put(user.key, temporary);
        expect(await other.passwords.find(user.key)).toEqual(temporary);
        await store.passwords.remove(user.key);
        expect(await other.passwords.find(user.key)).toBeNull();
        await store.passwords.put(user.key, temporary);
        const permanent = { sealed: bytes(2), setAt: at(NOW + 1), temporaryUntil: null };
        await store.passwords.put(user.key, permanent);
        expect(await other.passwords.find(user.key)).toEqual(permanent);
      });

      test("are remembered newest first, and only so many", async () => {
        const { user } = await poolAndUser();
        const past = Array.from({ length: 6 }, (_, n) => ({
          sealed: bytes(n),
          setAt: NOW,
          temporaryUntil: null,
        }));
        for (const password of past) await store.passwords.remember(user.key, password, 4);
        const newestFirst = past.toReversed();
        expect(await other.passwords.history(user.key, 10)).toEqual(newestFirst.slice(0, 4));
        expect(await other.passwords.history(user.key, 2)).toEqual(newestFirst.slice(0, 2));
        await store.passwords.remember(user.key, { sealed: bytes(9), setAt: NOW, temporaryUntil: null }, 0);
        expect(await other.passwords.history(user.key, 10)).toEqual([]);
      });

      test("remembered by 20 at once are all there", async () => {
        const { user } = await poolAndUser();
        await race(20, (node, index) =>
          node.passwords.remember(user.key, { sealed: bytes(index), setAt: NOW, temporaryUntil: null }, 24),
        );
        const sealed = (await store.passwords.history(user.key, 30)).map((password) => password.sealed[0]);
        expect(sealed.toSorted((a = 0, b = 0) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
      });
    });

    describe("groups", () => {
      test("come back as they were stored, and as they were saved since", async () => {
        const pool = await storedPool();
        const group = aGroup(pool.key, { description: "d", roleArn: "arn:aws:iam::1:role/r", precedence: 0 });
        expect(await store.groups.insert(group)).toBe(true);
        expect(await store.groups.insert({ ...group, description: "other" })).toBe(false);
        expect(await other.groups.find(pool.key, group.name)).toEqual(group);
        expect(await other.groups.lock(pool.key, group.name)).toEqual(group);
        const changed = { ...group, description: null, precedence: 7, modifiedAt: at(NOW + 1) };
        await store.groups.save(changed);
        expect(await other.groups.find(pool.key, group.name)).toEqual(changed);
        expect(await store.groups.find(pool.key, "none")).toBeNull();
      });

      test("of one name: of 20 at once exactly one is inserted", async () => {
        const pool = await storedPool();
        const group = aGroup(pool.key);
        const results = await race(20, (node) => node.groups.insert(group));
        expect(results.filter(Boolean)).toHaveLength(1);
      });

      test("are listed by name in code point order, page by page, and counted up to a cap", async () => {
        const pool = await storedPool();
        const inOrder = ["A", "B", "a", "a-", "ab", "ä", "\uffff", "\u{10000}"];
        for (const name of inOrder.toSorted(() => 0).reverse())
          await store.groups.insert(aGroup(pool.key, { name }));
        const found: string[] = [];
        for (;;) {
          const page = await store.groups.list(pool.key, { afterName: found.at(-1) ?? null, limit: 3 });
          found.push(...page.map(({ name }) => name));
          if (page.length < 3) break;
        }
        expect(found).toEqual(inOrder);
        expect(await store.groups.count(pool.key, 100)).toBe(8);
        expect(await store.groups.count(pool.key, 5)).toBe(5);
      });

      test("of a user are by precedence, none last, then by name", async () => {
        const { pool, user } = await poolAndUser();
        const groups = [
          aGroup(pool.key, { name: "z", precedence: 0 }),
          aGroup(pool.key, { name: "b", precedence: 1 }),
          aGroup(pool.key, { name: "c", precedence: 1 }),
          aGroup(pool.key, { name: "a", precedence: null }),
          aGroup(pool.key, { name: "d", precedence: null }),
        ];
        for (const group of groups.toReversed()) {
          await store.groups.insert(group);
          await store.groups.addMember(pool.key, group.name, user.key, NOW);
          await store.groups.addMember(pool.key, group.name, user.key, NOW);
        }
        expect(await other.groups.ofUser(user.key)).toEqual(groups);
        await store.groups.removeMember(pool.key, "c", user.key);
        await store.groups.removeMember(pool.key, "c", user.key);
        expect((await other.groups.ofUser(user.key)).map(({ name }) => name)).toEqual(["z", "b", "a", "d"]);
      });

      test("list their members by key, page by page, and only theirs", async () => {
        const pool = await storedPool();
        const [group, second] = [aGroup(pool.key), aGroup(pool.key)];
        await store.groups.insert(group);
        await store.groups.insert(second);
        const users = [];
        for (let n = 0; n < 5; n++) users.push(await storedUser(pool.key));
        for (const user of users.toReversed())
          await store.groups.addMember(pool.key, group.name, user.key, NOW);
        await store.groups.addMember(pool.key, second.name, (users[0] as User).key, NOW);
        const firstPage = await store.groups.members(pool.key, group.name, { afterKey: null, limit: 3 });
        expect(firstPage).toEqual(users.slice(0, 3));
        const afterKey = firstPage[2]?.key ?? null;
        expect(await store.groups.members(pool.key, group.name, { afterKey, limit: 3 })).toEqual(
          users.slice(3),
        );
      });

      test("take their memberships with them", async () => {
        const { pool, user } = await poolAndUser();
        const group = aGroup(pool.key);
        await store.groups.insert(group);
        await store.groups.addMember(pool.key, group.name, user.key, NOW);
        expect(await store.groups.remove(pool.key, group.name)).toBe(true);
        expect(await store.groups.remove(pool.key, group.name)).toBe(false);
        await store.groups.insert(group);
        expect(await store.groups.ofUser(user.key)).toEqual([]);
      });

      test("take no member from another pool, and none who is gone", async () => {
        const { pool, user } = await poolAndUser();
        const elsewhere = await storedPool();
        const group = aGroup(elsewhere.key);
        await store.groups.insert(group);
        await store.groups.addMember(elsewhere.key, group.name, user.key, NOW);
        await store.groups.addMember(pool.key, "none", user.key, NOW);
        await store.groups.addMember(elsewhere.key, group.name, nextKey() as UserKey, NOW);
        expect(await store.groups.ofUser(user.key)).toEqual([]);
        expect(await store.groups.members(elsewhere.key, group.name, { afterKey: null, limit: 9 })).toEqual(
          [],
        );
      });

      test("joined by one user 100 at once are all 100 there", async () => {
        const { pool, user } = await poolAndUser();
        const names = Array.from({ length: 100 }, (_, n) => `g${n}`);
        for (const name of names) await store.groups.insert(aGroup(pool.key, { name }));
        await race(100, (node, index) => node.groups.addMember(pool.key, names[index] ?? "", user.key, NOW));
        expect(await store.groups.ofUser(user.key)).toHaveLength(100);
      });
    });

    describe("refresh sessions", () => {
      test("come back with their user", async () => {
        const { user } = await poolAndUser();
        const session = aRefreshSession(user, { counter: 3, rotatedAt: at(NOW - 1) });
        await store.refreshSessions.insert(session);
        expect(await other.refreshSessions.findWithUser(session.id)).toEqual({ session, user });
        expect(await store.refreshSessions.findWithUser("none")).toBeNull();
      });

      test("stay revoked since the first time", async () => {
        const { user } = await poolAndUser();
        const [one, two] = [aRefreshSession(user), aRefreshSession(user)];
        await store.refreshSessions.insert(one);
        await store.refreshSessions.insert(two);
        await store.refreshSessions.revoke(one.id, at(NOW + 1));
        await store.refreshSessions.revokeAllOfUser(user.key, at(NOW + 2));
        const revokedAt = async (id: string) =>
          (await other.refreshSessions.findWithUser(id))?.session.revokedAt;
        expect(await revokedAt(one.id)).toBe(NOW + 1);
        expect(await revokedAt(two.id)).toBe(NOW + 2);
      });

      test("rotate once from each counter, by 20 at once too, and never when revoked", async () => {
        const { user } = await poolAndUser();
        const session = aRefreshSession(user);
        await store.refreshSessions.insert(session);
        const first = await race(20, (node) => node.refreshSessions.rotate(session.id, 0, at(NOW + 5)));
        expect(first.filter(Boolean)).toHaveLength(1);
        const rotated = await store.refreshSessions.findWithUser(session.id);
        expect(rotated?.session).toEqual({ ...session, counter: 1, rotatedAt: NOW + 5 });
        expect(await store.refreshSessions.rotate(session.id, 0, NOW)).toBe(false);
        expect(await store.refreshSessions.rotate(session.id, 1, NOW)).toBe(true);
        await store.refreshSessions.revoke(session.id, NOW);
        expect(await store.refreshSessions.rotate(session.id, 2, NOW)).toBe(false);
      });
    });

    describe("linked identities", () => {
      const anIdentity = (user: User, more: Partial<LinkedIdentity> = {}): LinkedIdentity => ({
        poolKey: user.poolKey,
        userKey: user.key,
        providerName: "Google",
        attributeName: "Cognito_Subject",
        value: `subject ${nextKey()} \0 😀`,
        providerType: "Google",
        issuer: null,
        primary: false,
        linkedAt: NOW,
        ...more,
      });

      test("come back as they were stored, in the order of linking, and go with their user", async () => {
        const { pool, user } = await poolAndUser();
        const stranger = await storedUser(pool.key);
        const long = anIdentity(user, { value: "x".repeat(3_000), linkedAt: at(NOW + 2) });
        const saml = { providerName: "S", providerType: "SAML", issuer: "urn:idp", primary: true } as const;
        const first = anIdentity(user, { ...saml, attributeName: "email", linkedAt: at(NOW + 1) });
        for (const identity of [long, first, anIdentity(stranger)])
          expect(await store.linkedIdentities.insert(identity)).toBe(true);
        expect(await other.linkedIdentities.ofUser(user.key)).toEqual([first, long]);
        expect(await other.linkedIdentities.find(pool.key, long)).toEqual(long);
        expect(await other.linkedIdentities.find(pool.key, { ...long, value: "y" })).toBeNull();
        expect(await other.linkedIdentities.find(nextKey() as PoolKey, long)).toBeNull();
        expect(await store.linkedIdentities.remove(pool.key, first)).toBe(true);
        expect(await store.linkedIdentities.remove(pool.key, first)).toBe(false);
        await store.users.remove(user.key);
        expect(await other.linkedIdentities.find(pool.key, long)).toBeNull();
        expect(await other.linkedIdentities.ofUser(stranger.key)).toHaveLength(1);
      });

      test("are one per subject: of 20 at once exactly one is inserted", async () => {
        const { pool, user } = await poolAndUser();
        const rival = await storedUser(pool.key);
        const inserted = await race(20, (node, index) =>
          node.linkedIdentities.insert(anIdentity(index % 3 ? user : rival, { value: "one" })),
        );
        expect(inserted.filter(Boolean)).toHaveLength(1);
        const elsewhere = await poolAndUser();
        expect(await store.linkedIdentities.insert(anIdentity(elsewhere.user, { value: "one" }))).toBe(true);
      });
    });

    describe("replicas", () => {
      test("are one per region, listed by region, and go with their pool", async () => {
        const [pool, neighbour] = [await storedPool(), await storedPool()];
        const replica = (poolKey: PoolKey, region: string): Replica => ({
          poolKey,
          region,
          status: "CREATING",
          statusSince: NOW,
          tags: { team: "blue" },
        });
        const [west, east] = [replica(pool.key, "us-west-2"), replica(pool.key, "us-east-2")];
        const elsewhere = replica(neighbour.key, "eu-west-3");
        for (const one of [west, east, elsewhere]) await store.replicas.put(one);
        expect(await other.replicas.ofPool(pool.key)).toEqual([east, west]);
        const moved: Replica = { ...west, status: "ACTIVE", statusSince: at(NOW + 1), tags: {} };
        await store.replicas.put(moved);
        const both = [east, moved, elsewhere];
        expect(await other.replicas.ofPools([pool.key, neighbour.key, nextKey() as PoolKey])).toEqual(both);
        expect(await other.replicas.ofPools([])).toEqual([]);
        await store.userPools.remove(pool.key);
        expect(await other.replicas.ofPool(pool.key)).toEqual([]);
      });
    });

    describe("provisioned limits", () => {
      test("are kept per region, account and category, the last one given", async () => {
        const limit: ProvisionedLimit = {
          region: `region-${nextKey()}`,
          accountId: "123456789012",
          category: "UserRead",
          requestsPerSecond: 200,
          modifiedAt: NOW,
        };
        await store.provisionedLimits.put(limit);
        const raised = { ...limit, requestsPerSecond: 300, modifiedAt: at(NOW + 1) };
        await store.provisionedLimits.put(raised);
        expect(await other.provisionedLimits.find(limit, "UserRead")).toEqual(raised);
        expect(await other.provisionedLimits.find(limit, "UserToken")).toBeNull();
        expect(await other.provisionedLimits.find({ ...limit, accountId: "1" }, "UserRead")).toBeNull();
        expect(await other.provisionedLimits.find({ ...limit, region: "r" }, "UserRead")).toBeNull();
        const abroad = { ...limit, accountId: "1" };
        await other.provisionedLimits.put(abroad);
        const all = await store.provisionedLimits.all();
        expect(all.filter(({ region }) => region === limit.region)).toEqual([abroad, raised]);
      });
    });

    describe("nodes", () => {
      test("are known by their last report, until they leave", async () => {
        const first = { id: `a-${nextKey()}`, beat: 1, demand: { key: 7 } };
        const second = { id: `b-${nextKey()}`, beat: 9, demand: {} };
        await store.rateNodes.report(second);
        await other.rateNodes.report(first);
        const later = { ...first, beat: 2, demand: {} };
        await other.rateNodes.report(later);
        expect(await store.rateNodes.list()).toEqual([later, second]);
        await store.rateNodes.remove(first.id);
        expect(await other.rateNodes.list()).toEqual([second]);
        await store.rateNodes.remove(second.id);
      });
    });

    describe("tracked sessions", () => {
      test("are configured in pools and clients", async () => {
        const pool = await storedPool({
          sessions: { UserSessionTracking: "ENABLED", TokenSession: { MaxPerUser: 3 } },
        });
        expect(await other.userPools.find(pool.id)).toEqual(pool);
        const { sessions: _, ...unset } = pool;
        await store.userPools.save(unset);
        expect(await other.userPools.find(pool.id)).toEqual(unset);
        const client = aClient(pool.key, { ssoSession: { MaxValidityMinutes: 0 } });
        await store.clients.insert(client);
        expect(await other.clients.find(client.id)).toEqual(client);
        const changed = { ...client, ssoSession: { MaxValidityMinutes: 7 } };
        await store.clients.save(changed);
        expect(await other.clients.find(client.id)).toEqual(changed);
      });

      const tracked = (lastActiveAt: number) => ({
        sessionId: `tkn${lastActiveAt}`,
        lastActiveAt: at(lastActiveAt),
        deviceType: "Firefox 140 / Linux",
        lastIp: "192.0.2.1",
      });

      test("are listed by their last use until they end, and only their user's", async () => {
        const { pool, user } = await poolAndUser();
        const older = { ...aRefreshSession(user), tracked: { ...tracked(NOW - 9), lastIp: null } };
        const newer = { ...aRefreshSession(user), tracked: tracked(NOW - 5) };
        const ended = [
          aRefreshSession(user),
          { ...aRefreshSession(user, { expiresAt: NOW }), tracked: tracked(NOW - 3) },
          { ...aRefreshSession(user, { revokedAt: NOW }), tracked: tracked(NOW - 4) },
          { ...aRefreshSession(await storedUser(pool.key)), tracked: tracked(NOW - 2) },
        ];
        for (const session of [older, newer, ...ended]) await store.refreshSessions.insert(session);
        expect(await other.refreshSessions.trackedOfUser(user.key, NOW)).toEqual([newer, older]);
        expect((await other.refreshSessions.findWithUser(older.id))?.session).toEqual(older);
        const used = { lastActiveAt: NOW, deviceType: "unknown", lastIp: null };
        await store.refreshSessions.noteActivity(older.id, used);
        expect(await other.refreshSessions.trackedOfUser(user.key, NOW)).toEqual([
          { ...older, tracked: { ...older.tracked, ...used } },
          newer,
        ]);
        await store.refreshSessions.revoke(newer.id, NOW);
        expect(await other.refreshSessions.trackedOfUser(user.key, NOW)).toHaveLength(1);
      });

      test("remain untracked when they began so", async () => {
        const { user } = await poolAndUser();
        const session = aRefreshSession(user);
        await store.refreshSessions.insert(session);
        await store.refreshSessions.noteActivity(session.id, tracked(NOW));
        expect((await store.refreshSessions.findWithUser(session.id))?.session).toEqual(session);
      });
    });

    describe("used sessions", () => {
      test.each([20, 100])("answered by %i at once are used up by one", async (times) => {
        const nonce = `nonce${nextKey()}`;
        const results = await race(times, (node) => node.usedSessions.consume(nonce, NOW));
        expect(results.filter(Boolean)).toHaveLength(1);
        expect(await store.usedSessions.consume(nonce, NOW)).toBe(false);
      });

      test("count wrong answers, which use nothing up", async () => {
        const nonce = `nonce${nextKey()}`;
        expect(await store.usedSessions.find(nonce)).toBeNull();
        const counts = await race(20, (node) => node.usedSessions.countWrongAnswer(nonce, NOW));
        expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
        expect(await other.usedSessions.find(nonce)).toEqual({
          consumed: false,
          wrongAnswers: 20,
          expiresAt: NOW,
        });
        expect(await store.usedSessions.consume(nonce, NOW)).toBe(true);
        expect(await other.usedSessions.find(nonce)).toMatchObject({ consumed: true, wrongAnswers: 20 });
        expect(await store.usedSessions.consume(nonce, NOW)).toBe(false);
        expect(await store.usedSessions.countWrongAnswer(nonce, NOW)).toBe(21);
        expect(await other.usedSessions.find(nonce)).toMatchObject({ consumed: true, wrongAnswers: 21 });
      });

      test("count wrong answers anew when renewed, until a later time", async () => {
        const nonce = `nonce${nextKey()}`;
        await store.usedSessions.renew(nonce, NOW);
        await store.usedSessions.countWrongAnswer(nonce, NOW);
        const later = (NOW + 1000) as typeof NOW;
        await other.usedSessions.renew(nonce, later);
        expect(await store.usedSessions.find(nonce)).toEqual({
          consumed: false,
          wrongAnswers: 0,
          expiresAt: later,
        });
      });

      test("used up in a transaction that is rolled back are not", async () => {
        const nonce = `nonce${nextKey()}`;
        await expect(
          store.transaction(async ({ usedSessions }) => {
            expect(await usedSessions.consume(nonce, NOW)).toBe(true);
            expect(await usedSessions.consume(nonce, NOW)).toBe(false);
            throw new Error("undo");
          }),
        ).rejects.toThrow("undo");
        expect(await other.usedSessions.consume(nonce, NOW)).toBe(true);
      });
    });

    describe("sign-in attempts", () => {
      /** Cognito's schedule, written down once more. */
      const lockAfter = (failures: number): number =>
        failures < 5 ? 0 : Math.min(2 ** (failures - 5) * SECOND, 900 * SECOND);

      test("is never locked before the fifth failure, even for a node whose clock is behind", async () => {
        const pool = await storedPool();
        for (let n = 1; n <= 4; n++)
          expect(
            await store.signInAttempts.reserve(pool.key, "behind", at(NOW - n * 10)),
            `failure ${n}`,
          ).toBe(true);
      });

      test("lock after the fifth failure for as long as the schedule says, to the millisecond", async () => {
        const pool = await storedPool();
        let now = NOW;
        for (let n = 1; n <= 20; n++) {
          expect(await store.signInAttempts.reserve(pool.key, "ana", now), `failure ${n}`).toBe(true);
          const lock = lockAfter(n);
          if (lock > 0) {
            expect(await other.signInAttempts.reserve(pool.key, "ana", now)).toBe(false);
            expect(await other.signInAttempts.reserve(pool.key, "ana", at(now + lock - 1))).toBe(false);
          }
          now = at(now + lock);
        }
      });

      test("in a row are counted up to a number, for 20 at once on two nodes, taken back, kept and cleared", async () => {
        const pool = await storedPool();
        const until = at(NOW + 400 * 24 * 3_600 * SECOND);
        const count = (by: Store) => by.signInAttempts.countUpTo(pool.key, "row", 7, until);
        expect(await store.signInAttempts.failures(pool.key, "row")).toBe(0);
        const counted = await Promise.all(Array.from({ length: 20 }, (_, n) => count(n % 2 ? store : other)));
        expect(counted.filter(Boolean)).toHaveLength(7);
        await store.signInAttempts.refund(pool.key, "row");
        expect(await other.signInAttempts.failures(pool.key, "row")).toBe(6);
        expect([await count(store), await count(other)]).toEqual([true, false]);
        await store.removeExpired(at(until - 24 * 3_600 * SECOND));
        expect(await store.signInAttempts.failures(pool.key, "row")).toBe(7);
        await store.signInAttempts.clear(pool.key, "row");
        expect([await other.signInAttempts.failures(pool.key, "row"), await count(other)]).toEqual([0, true]);
      });

      test("are forgotten after a quarter of an hour of quiet after the last lock, not before", async () => {
        const pool = await storedPool();
        const failures = async (subject: string, count: number) => {
          let now = NOW;
          for (let n = 1; n <= count; n++) {
            await store.signInAttempts.reserve(pool.key, subject, now);
            now = at(now + lockAfter(n));
          }
          return now;
        };
        for (const count of [3, 7, 17]) {
          const quietSince = await failures(`quiet${count}`, count);
          const forgottenAt = at(quietSince + FORGET_FAILURES_AFTER_MS);
          // Counted from one again: four more pass unhindered, and the fifth locks for a second.
          for (let n = 1; n <= 5; n++)
            expect(await store.signInAttempts.reserve(pool.key, `quiet${count}`, forgottenAt)).toBe(true);
          expect(await store.signInAttempts.reserve(pool.key, `quiet${count}`, forgottenAt)).toBe(false);
          expect(await store.signInAttempts.reserve(pool.key, `quiet${count}`, at(forgottenAt + 999))).toBe(
            false,
          );
          expect(await store.signInAttempts.reserve(pool.key, `quiet${count}`, at(forgottenAt + 1_000))).toBe(
            true,
          );

          const almostQuiet = at((await failures(`busy${count}`, count)) + FORGET_FAILURES_AFTER_MS - 1);
          expect(await store.signInAttempts.reserve(pool.key, `busy${count}`, almostQuiet)).toBe(true);
          const lock = lockAfter(count + 1);
          if (lock > 0)
            expect(
              await store.signInAttempts.reserve(pool.key, `busy${count}`, at(almostQuiet + lock - 1)),
            ).toBe(false);
        }
      });

      test.each([20, 100])(
        "made %i at once: five get through, whichever node they come to",
        async (times) => {
          const pool = await storedPool();
          const results = await race(times, (node) => node.signInAttempts.reserve(pool.key, "ana", NOW));
          expect(results.filter(Boolean)).toHaveLength(5);
        },
      );

      test("are kept apart by pool and subject, and cleared by success", async () => {
        const [pool, elsewhere] = [await storedPool(), await storedPool()];
        for (let n = 0; n < 5; n++) await store.signInAttempts.reserve(pool.key, "ana", NOW);
        expect(await store.signInAttempts.reserve(pool.key, "ana", NOW)).toBe(false);
        expect(await store.signInAttempts.reserve(pool.key, "bob", NOW)).toBe(true);
        expect(await store.signInAttempts.reserve(elsewhere.key, "ana", NOW)).toBe(true);
        await other.signInAttempts.clear(pool.key, "ana");
        for (let n = 0; n < 5; n++)
          expect(await store.signInAttempts.reserve(pool.key, "ana", NOW)).toBe(true);
        expect(await store.signInAttempts.reserve(pool.key, "ana", NOW)).toBe(false);
      });

      test("refunded are as if they had not been, with their lock", async () => {
        const pool = await storedPool();
        let now = NOW;
        for (let n = 1; n <= 7; n++) {
          await store.signInAttempts.reserve(pool.key, "ana", now);
          now = at(now + lockAfter(n));
        }
        // The eighth locks for eight seconds, until it is taken back; then the next one is the eighth again.
        for (let n = 0; n < 3; n++) {
          expect(await store.signInAttempts.reserve(pool.key, "ana", now)).toBe(true);
          expect(await store.signInAttempts.reserve(pool.key, "ana", now)).toBe(false);
          await other.signInAttempts.refund(pool.key, "ana");
        }
        expect(await store.signInAttempts.reserve(pool.key, "ana", now)).toBe(true);
        expect(await store.signInAttempts.reserve(pool.key, "ana", at(now + 7_999))).toBe(false);
        expect(await store.signInAttempts.reserve(pool.key, "ana", at(now + 8_000))).toBe(true);
      });

      test("tell until when they lock, while they do", async () => {
        const pool = await storedPool();
        const until = (now: number) => other.signInAttempts.lockedUntil(pool.key, "ana", at(now));
        expect(await until(NOW)).toBeNull();
        for (let n = 0; n < 4; n++) await store.signInAttempts.reserve(pool.key, "ana", NOW);
        expect([await until(NOW), await until(NOW - 10)]).toEqual([null, null]);
        await store.signInAttempts.reserve(pool.key, "ana", NOW);
        expect([await until(NOW), await until(NOW + 999), await until(NOW + 1_000)]).toEqual([
          NOW + 1_000,
          NOW + 1_000,
          null,
        ]);
      });

      test("cannot be refunded below none", async () => {
        const pool = await storedPool();
        await store.signInAttempts.refund(pool.key, "ana");
        await store.signInAttempts.reserve(pool.key, "ana", NOW);
        for (let n = 0; n < 3; n++) await store.signInAttempts.refund(pool.key, "ana");
        const results = [];
        for (let n = 0; n < 6; n++) results.push(await store.signInAttempts.reserve(pool.key, "ana", NOW));
        expect(results).toEqual([true, true, true, true, true, false]);
      });
    });

    test("attempts per window are counted one by one, each kind and window apart", async () => {
      const pool = await storedPool();
      const counts = await race(20, (node) => node.attemptCounts.count(pool.key, "ana", "reset", NOW));
      expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
      expect(await store.attemptCounts.count(pool.key, "ana", "confirm", NOW)).toBe(1);
      expect(await store.attemptCounts.count(pool.key, "bob", "reset", NOW)).toBe(1);
      expect(await store.attemptCounts.count(pool.key, "ana", "reset", at(NOW + HOUR))).toBe(1);
      expect(await store.attemptCounts.count(pool.key, "ana", "reset", NOW)).toBe(21);
    });

    describe("codes", () => {
      test("replace the one before, per user and purpose", async () => {
        const { user } = await poolAndUser();
        const first = aCode(user.key, { wrongTries: 2 });
        await store.codes.put(first);
        expect(await other.codes.find(user.key, first.purpose)).toEqual(first);
        expect(await other.codes.find(user.key, "reset-password")).toBeNull();
        const second = aCode(user.key, { digest: bytes(9), target: "+1", attribute: "phone_number" });
        await store.codes.put(second);
        expect(await other.codes.find(user.key, first.purpose)).toEqual(second);
        expect(await store.codes.consume(user.key, first.purpose, first.digest)).toBeNull();
        expect(await store.codes.consume(user.key, first.purpose, second.digest)).toEqual(second);
        expect(await store.codes.find(user.key, first.purpose)).toBeNull();
      });

      test.each([20, 100])("answered rightly by %i at once serve one", async (times) => {
        const { user } = await poolAndUser();
        const code = aCode(user.key);
        await store.codes.put(code);
        const results = await race(times, (node) => node.codes.consume(user.key, code.purpose, code.digest));
        expect(results.filter((result) => result !== null)).toEqual([code]);
      });

      test("let no more tries be reserved than the limit, by however many at once, and take a right one back", async () => {
        const { user } = await poolAndUser();
        const code = aCode(user.key);
        await store.codes.put(code);
        const first = await store.codes.reserveTry(user.key, code.purpose, 5);
        expect(first).toEqual({ ...code, wrongTries: 1 });
        await other.codes.refundTry(user.key, code.purpose, code.digest);
        await other.codes.refundTry(user.key, code.purpose, code.digest);
        expect(await store.codes.find(user.key, code.purpose)).toEqual(code);
        const tries = await race(20, (node) => node.codes.reserveTry(user.key, code.purpose, 5));
        const counted = tries.flatMap((one) => (one ? [one.wrongTries] : []));
        expect(counted.toSorted()).toEqual([1, 2, 3, 4, 5]);
        await store.codes.refundTry(user.key, code.purpose, aCode(user.key, { digest: Buffer.of(9) }).digest);
        expect(await store.codes.reserveTry(user.key, code.purpose, 5)).toBeNull();
        expect(await store.codes.reserveTry(user.key, "reset-password", 5)).toBeNull();
      });

      test("can be removed", async () => {
        const { user } = await poolAndUser();
        await store.codes.put(aCode(user.key));
        await store.codes.put(aCode(user.key, { purpose: "reset-password" }));
        await store.codes.remove(user.key, "confirm-sign-up");
        expect(await store.codes.find(user.key, "confirm-sign-up")).toBeNull();
        expect(await store.codes.find(user.key, "reset-password")).not.toBeNull();
      });
    });

    describe("software tokens", () => {
      const aToken = (userKey: UserKey, overrides: Partial<SoftwareToken> = {}): SoftwareToken => ({
        userKey,
        sealedSecret: bytes(1, 2),
        sealedPending: null,
        friendlyName: null,
        lastStep: 0,
        ...overrides,
      });

      test("replace the one before, and can be removed", async () => {
        const { user } = await poolAndUser();
        expect(await store.softwareTokens.find(user.key)).toBeNull();
        const first = aToken(user.key, { sealedSecret: null, sealedPending: bytes(3) });
        await store.softwareTokens.put(first);
        expect(await other.softwareTokens.find(user.key)).toEqual(first);
        const second = aToken(user.key, { friendlyName: "phone", lastStep: 7 });
        await store.softwareTokens.put(second);
        expect(await other.softwareTokens.find(user.key)).toEqual(second);
        await store.softwareTokens.remove(user.key);
        expect(await other.softwareTokens.find(user.key)).toBeNull();
      });

      test.each([20, 100])("let one of %i who use a step at once have it", async (times) => {
        const { user } = await poolAndUser();
        await store.softwareTokens.put(aToken(user.key, { lastStep: 5 }));
        const results = await race(times, (node) => node.softwareTokens.useStep(user.key, 6));
        expect(results.filter(Boolean)).toHaveLength(1);
        expect(await store.softwareTokens.useStep(user.key, 5)).toBe(false);
        expect(await store.softwareTokens.useStep(user.key, 7)).toBe(true);
        expect((await other.softwareTokens.find(user.key))?.lastStep).toBe(7);
      });

      test("go with their user", async () => {
        const { user } = await poolAndUser();
        await store.softwareTokens.put(aToken(user.key));
        await store.users.remove(user.key);
        expect(await other.softwareTokens.find(user.key)).toBeNull();
        expect(await store.softwareTokens.useStep(user.key, 9)).toBe(false);
      });
    });

    describe("outbox", () => {
      /** Takes what other tests have left due, so that claims see this test's messages only. */
      const settleOthers = async () => {
        for (const { key } of await store.outbox.claim(at(NOW * 2), at(NOW * 2), 10_000))
          await store.outbox.failed(key, null);
      };

      test("messages are claimed once by two nodes at work, and all of them", async () => {
        await settleOthers();
        const pool = await storedPool();
        const messages = Array.from({ length: 40 }, () => aMessage(pool.key));
        for (const message of messages) await store.outbox.add(message);
        const claimed: number[] = [];
        while (claimed.length < 40) {
          const batches = await race(8, (node) => node.outbox.claim(NOW, at(NOW + MINUTE), 4));
          const keys = batches.flat().map(({ key }) => key);
          for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(4);
          if (keys.length === 0) break;
          claimed.push(...keys);
        }
        expect(claimed.toSorted((a, b) => a - b)).toEqual(messages.map(({ key }) => key));
        expect(await store.outbox.claim(at(NOW + MINUTE - 1), at(NOW + HOUR), 100)).toEqual([]);
        expect(await store.outbox.claim(at(NOW + MINUTE), at(NOW + HOUR), 100)).toEqual(messages);
        await settleOthers();
      });

      test("messages wait until they are due, try again when told, and end", async () => {
        await settleOthers();
        const pool = await storedPool();
        const message = aMessage(pool.key, { channel: "SMS" });
        await store.outbox.add(message);
        expect(await store.outbox.claim(at(NOW - 1), NOW, 10)).toEqual([]);
        expect(await store.outbox.claim(NOW, at(NOW + 10), 10)).toEqual([message]);
        await store.outbox.failed(message.key, at(NOW + 50));
        expect(await store.outbox.claim(at(NOW + 49), at(NOW + 60), 10)).toEqual([]);
        expect(await store.outbox.claim(at(NOW + 50), at(NOW + 60), 10)).toEqual([
          { ...message, attempts: 1 },
        ]);
        await store.outbox.failed(message.key, null);
        expect(await store.outbox.claim(at(NOW + DAY), at(NOW + DAY), 10)).toEqual([]);
        expect(await store.outbox.list({ poolKey: pool.key, limit: 10 })).toEqual([
          { ...message, attempts: 2 },
        ]);
      });

      test("sent messages are kept or deleted as told, and shown newest first", async () => {
        await settleOthers();
        const pool = await storedPool();
        const [first, second, third] = [aMessage(pool.key), aMessage(pool.key), aMessage(pool.key)];
        for (const message of [first, second, third]) await store.outbox.add(message);
        await store.outbox.sent(first.key, NOW, "keep");
        await store.outbox.sent(second.key, NOW, "delete");
        expect(await other.outbox.list({ poolKey: pool.key, limit: 10 })).toEqual([third, first]);
        expect(await other.outbox.list({ poolKey: null, limit: 1 })).toEqual([third]);
        expect(await store.outbox.claim(NOW, NOW, 10)).toEqual([third]);
        await store.outbox.sent(third.key, NOW, "delete");
      });
    });

    describe("transactions", () => {
      test("that throw leave nothing behind and pass the error on", async () => {
        const pool = await storedPool();
        const user = aUser(pool.key);
        class Refusal extends Error {}
        await expect(
          store.transaction(async (repositories) => {
            await repositories.users.insert(user, user.username, [{ name: "email", valueKey: "e" }]);
            await repositories.passwords.put(user.key, {
              sealed: bytes(1),
              setAt: NOW,
              temporaryUntil: null,
            });
            await repositories.groups.insert(aGroup(pool.key));
            expect(await repositories.users.byKey(user.key)).toEqual(user);
            throw new Refusal();
          }),
        ).rejects.toBeInstanceOf(Refusal);
        expect(await other.users.byKey(user.key)).toBeNull();
        expect(await other.users.byAlias(pool.key, { name: "email", valueKey: "e" })).toBeNull();
        expect(await other.passwords.find(user.key)).toBeNull();
        expect(await other.groups.count(pool.key, 10)).toBe(0);
      });

      test("that throw before they did anything are the same", async () => {
        const refused = store.transaction(() => {
          throw new Error("at once");
        });
        await expect(refused).rejects.toThrow("at once");
      });

      test("return what their work returns, and others see it all", async () => {
        const pool = await storedPool();
        const user = aUser(pool.key);
        const result = await store.transaction(async ({ users, codes }) => {
          await users.insert(user, user.username, []);
          await codes.put(aCode(user.key));
          return "done";
        });
        expect(result).toBe("done");
        expect(await other.users.byKey(user.key)).toEqual(user);
        expect(await other.codes.find(user.key, "confirm-sign-up")).not.toBeNull();
      });

      test("are not seen from outside before they are committed", async () => {
        const pool = await storedPool();
        const user = aUser(pool.key);
        let seen: Promise<User | null> | undefined;
        await store.transaction(async ({ users }) => {
          await users.insert(user, user.username, []);
          seen = other.users.byKey(user.key);
        });
        // On PostgreSQL the read may come to the server after the commit, so that only SQLite's answer is certain.
        if (other === store) expect(await seen).toBeNull();
        expect(await other.users.byKey(user.key)).toEqual(user);
      });

      test("do not commit what a failed statement left undone, even if the work carries on", async () => {
        const pool = await storedPool();
        const session = aRefreshSession(aUser(pool.key));
        const user = aUser(pool.key);
        await expect(
          store.transaction(async ({ users, refreshSessions }) => {
            await users.insert(user, user.username, []);
            await refreshSessions.insert(session).catch(() => {});
          }),
        ).rejects.toThrow(/foreign key/i);
        expect(await store.users.byKey(user.key)).toBeNull();
      });

      test("leave repositories behind that refuse to work", async () => {
        const pool = await storedPool();
        const leaked = await store.transaction(async (repositories) => repositories);
        await expect(leaked.userPools.find(pool.id)).rejects.toThrow("finished transaction");
        await expect(leaked.userPools.save(pool)).rejects.toThrow("finished transaction");
      });

      test("that draw a key which is taken draw again", async () => {
        const { pool, user } = await poolAndUser();
        const keys = [user.key, user.key, nextKey() as UserKey];
        let draws = 0;
        const inserted = await store.transaction(async ({ users }) => {
          const fresh = aUser(pool.key, { key: keys[draws++] as UserKey });
          await users.insert(fresh, fresh.username, []);
          return fresh;
        });
        expect(draws).toBe(3);
        expect(await other.users.byKey(inserted.key)).toEqual(inserted);
      });

      test("run ten at once on the same two rows in opposite order all take effect once", async () => {
        const pool = await storedPool();
        const [a, b] = [await storedUser(pool.key), await storedUser(pool.key)];
        await race(10, (node, index) =>
          node.transaction(async ({ users }) => {
            for (const key of index % 4 < 2 ? [a.key, b.key] : [b.key, a.key]) {
              const user = await users.lock(key);
              if (!user) throw new Error("gone");
              const count = Number(user.attributes["custom:n"] ?? 0) + 1;
              await users.save({ ...user, attributes: { "custom:n": String(count) } });
            }
          }),
        );
        expect((await store.users.byKey(a.key))?.attributes).toEqual({ "custom:n": "10" });
        expect((await store.users.byKey(b.key))?.attributes).toEqual({ "custom:n": "10" });
      });
    });

    describe("removing what has expired", () => {
      test("removes only that, and bounded amounts at a time", async () => {
        const { pool, user } = await poolAndUser();
        const later = at(NOW + 10 * DAY);
        while ((await store.removeExpired(at(later - 5 * DAY))) > 0);
        const nonces = Array.from({ length: 700 }, () => `old${nextKey()}`);
        await store.transaction(async ({ usedSessions }) => {
          for (const nonce of nonces) await usedSessions.consume(nonce, at(later - DAY));
        });
        const kept = `kept${nextKey()}`;
        await store.usedSessions.consume(kept, at(later - DAY + 1));
        const [expired, live] = [
          aRefreshSession(user, { expiresAt: later }),
          aRefreshSession(user, { expiresAt: at(later + 1) }),
        ];
        await store.refreshSessions.insert(expired);
        await store.refreshSessions.insert(live);
        await store.codes.put(aCode(user.key, { expiresAt: later }));
        await store.codes.put(aCode(user.key, { purpose: "verify-email", expiresAt: at(later + 1) }));
        await store.attemptCounts.count(pool.key, "ana", "old", at(later - DAY - HOUR));
        await store.attemptCounts.count(pool.key, "ana", "new", at(later - DAY - HOUR + 1));
        for (let n = 0; n < 5; n++) await store.signInAttempts.reserve(pool.key, "ana", at(later - HOUR));

        const counts = [];
        do counts.push(await store.removeExpired(later));
        while (counts.at(-1) !== 0);

        expect(counts[0]).toBeLessThan(700);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(703);
        expect(await store.usedSessions.find(nonces[0] ?? "")).toBeNull();
        expect(await store.usedSessions.find(kept)).not.toBeNull();
        expect(await store.refreshSessions.findWithUser(expired.id)).toBeNull();
        expect(await store.refreshSessions.findWithUser(live.id)).not.toBeNull();
        expect(await store.codes.find(user.key, "confirm-sign-up")).toBeNull();
        expect(await store.codes.find(user.key, "verify-email")).not.toBeNull();
        expect(await store.attemptCounts.count(pool.key, "ana", "old", at(later - DAY - HOUR))).toBe(1);
        expect(await store.attemptCounts.count(pool.key, "ana", "new", at(later - DAY - HOUR + 1))).toBe(2);
        expect(await store.signInAttempts.reserve(pool.key, "ana", at(later - HOUR))).toBe(false);
      });

      test("keeps the newest messages that are done with, and every one that is not", async () => {
        const pool = await storedPool();
        const messages = Array.from({ length: 1_100 }, () => aMessage(pool.key));
        await store.transaction(async ({ outbox }) => {
          for (const message of messages) {
            await outbox.add(message);
            await outbox.sent(message.key, NOW, "keep");
          }
        });
        const waiting = aMessage(pool.key);
        await store.outbox.add(waiting);
        while ((await store.removeExpired(NOW)) > 0);
        const left = await store.outbox.list({ poolKey: pool.key, limit: 2_000 });
        expect(left).toEqual([waiting, ...messages.toReversed().slice(0, 1_000)]);
      });
    });

    test("is ready", async () => {
      expect(await store.ready()).toBe(true);
      expect(await other.ready()).toBe(true);
    });
  });
}
