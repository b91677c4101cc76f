import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Store } from "../../src/domain/store.ts";
import type {
  ImportFileKey,
  ImportProgress,
  UserImportJob,
  UserImportJobKey,
} from "../../src/domain/user-imports/index.ts";
import type { PoolKey, UserPool } from "../../src/domain/user-pools/index.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { openPostgresStore } from "../../src/storage/drivers/postgres.ts";
import { openSqliteStore } from "../../src/storage/drivers/sqlite.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { aPool, at, aUser, bytes, NOW, nextKey } from "./rows.ts";

interface Opened {
  readonly store: Store;
  readonly other: Store;
  close(): Promise<void>;
}

const LATER = at(NOW + 1_000);
const START: ImportProgress = { offset: 0, line: 1, logBytes: 0, logPending: "" };

function aJob(poolKey: PoolKey, overrides: Partial<UserImportJob> = {}): UserImportJob {
  const key = nextKey();
  return {
    key: key as UserImportJobKey,
    id: `import-${key}`,
    poolKey,
    name: "näme \0 😀",
    cloudWatchLogsRoleArn: "arn:aws:iam::123456789012:role/logs",
    passwordHashingAlgorithm: null,
    status: "Created",
    createdAt: NOW,
    startedAt: null,
    completedAt: null,
    completionMessage: null,
    imported: 0,
    skipped: 0,
    failed: 0,
    file: null,
    ...overrides,
  };
}

function contract(name: string, open: () => Promise<Opened>): void {
  describe(name, () => {
    let opened: Opened;
    let store: Store;
    let other: Store;
    let pool: UserPool;

    beforeAll(async () => {
      opened = await open();
      ({ store, other } = opened);
      pool = aPool();
      await store.userPools.insert(pool);
    });
    afterAll(() => opened?.close());

    async function stored(overrides: Partial<UserImportJob> = {}): Promise<UserImportJob> {
      const job = aJob(pool.key, overrides);
      await store.userImports.insert(job);
      return job;
    }

    /** A job under way in an account of its own. */
    async function underWay(): Promise<UserImportJob> {
      const job = await stored({ status: "InProgress" });
      expect(await store.userImports.enter(`account${job.key}`, job)).toBe(true);
      return job;
    }

    async function storedFile(job: UserImportJob, chunks: number, discardAt = LATER): Promise<ImportFileKey> {
      const key = nextKey() as ImportFileKey;
      await store.userImports.beginFile(key, job.key, discardAt);
      for (let n = 0; n < chunks; n++) await store.userImports.addChunk(key, n, bytes(n, 0, 255));
      return key;
    }

    test("come back as they were stored, in their pool only", async () => {
      const job = await stored({ passwordHashingAlgorithm: "BCRYPT" });
      expect(await other.userImports.find(pool.key, job.id)).toEqual(job);
      expect(await other.userImports.lock(pool.key, job.id)).toEqual(job);
      expect(await other.userImports.lockByKey(job.key)).toEqual(job);
      expect(await other.userImports.find(nextKey() as PoolKey, job.id)).toBeNull();
      const changed: UserImportJob = {
        ...job,
        status: "Failed",
        startedAt: NOW,
        completedAt: LATER,
        completionMessage: "words",
        imported: 1,
        skipped: 2,
        failed: 3,
        file: { key: 7 as ImportFileKey, rows: 5 },
      };
      await store.userImports.save(changed);
      expect(await other.userImports.find(pool.key, job.id)).toEqual(changed);
    });

    test("are listed newest first, page by page, and counted", async () => {
      const mine = aPool();
      await store.userPools.insert(mine);
      const jobs: UserImportJob[] = [];
      for (let n = 0; n < 5; n++) {
        const job = aJob(mine.key);
        await store.userImports.insert(job);
        jobs.unshift(job);
      }
      const page = await other.userImports.list(mine.key, { beforeKey: null, limit: 3 });
      expect(page).toEqual(jobs.slice(0, 3));
      const beforeKey = page[2]?.key ?? null;
      expect(await other.userImports.list(mine.key, { beforeKey, limit: 3 })).toEqual(jobs.slice(3));
      expect(await other.userImports.count(mine.key, 10)).toBe(5);
      expect(await other.userImports.count(mine.key, 4)).toBe(4);
    });

    test("run one at a time in an account: of 20 at once exactly one enters", async () => {
      const jobs = await Promise.all(Array.from({ length: 20 }, () => stored()));
      const entered = await Promise.all(
        jobs.map((job, index) => (index % 2 ? store : other).userImports.enter("one account", job)),
      );
      expect(entered.filter(Boolean)).toHaveLength(1);
      expect(await other.userImports.isUnderWay(pool.key)).toBe(true);
      expect(await other.userImports.isUnderWay(nextKey() as PoolKey)).toBe(false);
      const claimed = await store.userImports.claim("node", NOW, LATER);
      expect(claimed).toMatchObject({ poolKey: pool.key, progress: START });
      if (!claimed) return;
      expect(await store.userImports.leave({ jobKey: claimed.jobKey, owner: "another" })).toBe(false);
      expect(await store.userImports.leave({ jobKey: claimed.jobKey, owner: "node" })).toBe(true);
      expect(await store.userImports.enter("one account", jobs[0] ?? aJob(pool.key))).toBe(true);
      const next = await store.userImports.claim("node", NOW, LATER);
      expect(next?.jobKey).toBe(jobs[0]?.key);
      if (next) await store.userImports.leave({ jobKey: next.jobKey, owner: "node" });
    });

    test("belong to one node: of 20 that claim at once one gets it, and another after its lease", async () => {
      const job = await underWay();
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (n % 2 ? store : other).userImports.claim(`node${n}`, NOW, LATER),
        ),
      );
      const owner = `node${claims.findIndex(Boolean)}`;
      expect(claims.filter(Boolean)).toEqual([{ jobKey: job.key, poolKey: pool.key, progress: START }]);
      const lease = { jobKey: job.key, owner };
      const to = { offset: 100, line: 5, logBytes: 30, logPending: "päck \n" };
      expect(await store.userImports.advance({ ...lease, owner: "thief" }, LATER, START, to)).toBe(false);
      expect(await store.userImports.advance(lease, LATER, to, to)).toBe(false);
      expect(await store.userImports.advance(lease, LATER, START, to)).toBe(true);
      expect(await other.userImports.claim("next", at(LATER - 1), LATER)).toBeNull();
      const next = await other.userImports.claim("next", LATER, at(LATER + 1));
      expect(next).toEqual({ jobKey: job.key, poolKey: pool.key, progress: to });
      expect(await store.userImports.advance(lease, LATER, to, to)).toBe(false);
      await store.userImports.yield({ jobKey: job.key, owner: "next" });
      expect(await store.userImports.claim(owner, NOW, LATER)).not.toBeNull();
      await store.userImports.leave(lease);
      expect(await store.userImports.claim(owner, at(LATER + 9), LATER)).toBeNull();
    });

    test("expire when they were made long ago and not started, with their files", async () => {
      const mine = aPool();
      await store.userPools.insert(mine);
      const long = at(1_000);
      const jobs = [
        aJob(mine.key, { createdAt: long }),
        aJob(mine.key, { createdAt: long, status: "Succeeded" }),
        aJob(mine.key, { createdAt: at(1_001) }),
      ];
      for (const job of jobs) await store.userImports.insert(job);
      const [old, done, fresh] = jobs as [UserImportJob, UserImportJob, UserImportJob];
      const key = await storedFile(old, 1);
      await store.userImports.keepFile(key);
      await store.userImports.save({ ...old, file: { key, rows: 1 } });
      expect(await store.userImports.expire(long, { at: at(5), message: "over" }, 10)).toBe(1);
      expect(await store.userImports.expire(long, { at: at(5), message: "over" }, 10)).toBe(0);
      expect(await other.userImports.find(mine.key, old.id)).toEqual({
        ...old,
        status: "Expired",
        completedAt: 5,
        completionMessage: "over",
      });
      for (const job of [done, fresh]) expect(await other.userImports.find(mine.key, job.id)).toEqual(job);
      expect(await store.userImports.removeDiscarded(at(5))).toBe(true);
      expect(await other.userImports.chunk(key, 0)).toBeNull();
    });

    test("have files in chunks, which go when they are discarded and not kept, a part at a time", async () => {
      const job = await stored();
      const [kept, left] = [await storedFile(job, 2), await storedFile(job, 40, NOW)];
      expect(await store.userImports.keepFile(kept)).toBe(true);
      expect(await other.userImports.chunk(left, 39)).toEqual(bytes(39, 0, 255));
      expect(await other.userImports.chunk(left, 40)).toBeNull();
      let rounds = 0;
      while (await store.userImports.removeDiscarded(LATER)) rounds++;
      expect(rounds).toBeGreaterThan(1);
      expect(await other.userImports.chunk(left, 39)).toBeNull();
      expect(await other.userImports.chunk(kept, 1)).toEqual(bytes(1, 0, 255));
      expect(await store.userImports.keepFile(left)).toBe(false);
      await store.userImports.discardFile({ key: kept, rows: 0 }, NOW);
      while (await store.userImports.removeDiscarded(LATER));
      expect(await other.userImports.chunk(kept, 0)).toBeNull();
    });

    test("add users many at a time, of two with one name the first, with their aliases and passwords", async () => {
      const mine = aPool();
      await store.userPools.insert(mine);
      const there = aUser(mine.key, { username: "user-7" });
      await store.users.insert(there, "user-7", []);
      const entry = (name: string, email: string) => ({
        user: aUser(mine.key, { username: name, attributes: { email } }),
        usernameKey: name,
        aliases: [{ name: "email" as const, valueKey: email }],
      });
      const users = Array.from({ length: 57 }, (_, n) => entry(`user-${n}`, `${n}@example.com`));
      const twice = entry("user-3", "again@example.com");
      const added = await store.transaction(({ users: repository }) =>
        repository.insertAll([...users, twice]),
      );
      const expected = users.filter(({ usernameKey }) => usernameKey !== "user-7").map(({ user }) => user);
      expect([...(added ?? [])].sort()).toEqual(expected.map(({ key }) => key).sort());
      for (const user of expected) {
        expect(await other.users.byUsername(mine.key, user.username)).toEqual(user);
        const valueKey = user.attributes.email ?? "";
        expect(await other.users.byAlias(mine.key, { name: "email", valueKey })).toEqual(user);
      }
      expect(await other.users.byUsername(mine.key, "user-7")).toEqual(there);
      const password = { sealed: bytes(1, 0), setAt: NOW, temporaryUntil: null };
      await store.passwords.insertAll(expected.map(({ key }) => ({ userKey: key, ...password })));
      for (const { key } of expected) expect(await other.passwords.find(key)).toEqual(password);
      expect(await store.users.insertAll([])).toEqual(new Set());
    });

    test("add none of many users when an alias is taken, by another user or by one of them", async () => {
      const mine = aPool();
      await store.userPools.insert(mine);
      const entry = (name: string, email: string) => ({
        user: aUser(mine.key, { username: name }),
        usernameKey: name,
        aliases: [{ name: "email" as const, valueKey: email }],
      });
      const holder = entry("holder", "taken");
      await store.users.insert(holder.user, holder.usernameKey, holder.aliases);
      for (const alias of ["taken", "e4"]) {
        const users = Array.from({ length: 9 }, (_, n) => entry(`${alias}-${n}`, n === 8 ? alias : `e${n}`));
        expect(await store.transaction((repositories) => repositories.users.insertAll(users))).toBeNull();
        for (const { usernameKey } of users)
          expect(await other.users.byUsername(mine.key, usernameKey)).toBeNull();
        expect(await other.users.byAlias(mine.key, { name: "email", valueKey: "e0" })).toBeNull();
      }
    });

    test("go with their pool, files and all", async () => {
      const mine = aPool();
      await store.userPools.insert(mine);
      const job = aJob(mine.key);
      await store.userImports.insert(job);
      await store.userImports.enter(`account${job.key}`, job);
      const file = await storedFile(job, 1);
      await store.userPools.remove(mine.key);
      expect(await other.userImports.find(mine.key, job.id)).toBeNull();
      expect(await other.userImports.isUnderWay(mine.key)).toBe(false);
      expect(await other.userImports.chunk(file, 0)).toBeNull();
    });
  });
}

contract("user imports on SQLite", async () => {
  const store = await openSqliteStore({ path: ":memory:", logger: silentLogger });
  return { store, other: store, close: () => store.close() };
});

const { url, reason } = inject("postgres");
if (url === null) test.skip(`user imports on PostgreSQL: ${reason}`);
else
  contract("user imports on PostgreSQL", async () => {
    const database = await createDatabase(url);
    const open = () => openPostgresStore({ url: database, poolSize: 8, logger: silentLogger });
    const [store, other] = [await open(), await open()];
    return {
      store,
      other,
      async close() {
        await Promise.all([store.close(), other.close()]);
        await dropDatabase(url, database);
      },
    };
  });
