import pg from "pg";
import { afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import type { Store } from "../../src/domain/store.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { openPostgresStore, type PostgresStoreOptions } from "../../src/storage/drivers/postgres.ts";
import { migrations } from "../../src/storage/migrations/index.ts";
import { queryBuilder } from "../../src/storage/query.ts";
import { groupStatements } from "../../src/storage/repositories/groups.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { storageContract } from "./contract.ts";
import { hotReads, MANY, manyUsers, POOL, searchingWrites, userLists } from "./query-plans.ts";
import { aPool, aUser, NOW, nextKey } from "./rows.ts";

const { url, reason } = inject("postgres");

describe.skipIf(url === null)(`PostgreSQL ${reason}`, () => {
  const server = url ?? "";

  for (const isolation of ["read committed", "serializable"] as const)
    storageContract(`storage on PostgreSQL, ${isolation}`, async () => {
      const database = await createDatabase(server);
      const open = () => openPostgresStore({ url: database, poolSize: 10, logger: silentLogger, isolation });
      const [store, other] = await Promise.all([open(), open()]);
      return {
        store,
        other,
        close: async () => {
          await Promise.all([store.close(), other.close()]);
          await dropDatabase(server, database);
        },
      };
    });

  describe("the planner takes each page of ListUsers from one range of its own index", () => {
    const builder = queryBuilder("postgres");
    const plans = new Map<string, string>();
    const members = {
      name: "members",
      query: groupStatements(builder).members({ poolKey: POOL, name: "group1", afterKey: 3, limit: 60 }),
    };
    const shares = {
      "a pool among others": "",
      "a pool that has nearly all users": "update user_account set pool_key = 1 where key % 100 > 0",
    };

    beforeAll(async () => {
      const filled = await createDatabase(server);
      await (await openPostgresStore({ url: filled, poolSize: 1, logger: silentLogger })).close();
      const client = new pg.Client({ connectionString: filled });
      await client.connect();
      const numbers = `select generate_series(1, ${MANY}) as n`;
      for (const statement of manyUsers(numbers, "cast('' as bytea)")) await client.query(statement);
      for (const [share, statement] of Object.entries(shares)) {
        if (statement !== "") await client.query(statement);
        await client.query("vacuum analyze");
        for (const { name, query } of [...userLists(builder), members]) {
          await client.query(`prepare asked as ${query.sql}`);
          const values = query.values.map((value) => pg.escapeLiteral(String(value))).join(", ");
          const { rows } = await client.query(`explain (costs off) execute asked(${values})`);
          await client.query("deallocate asked");
          plans.set(`${share}: ${name}`, rows.map((row) => row["QUERY PLAN"]).join("\n"));
        }
      }
      await client.end();
      await dropDatabase(server, filled);
    }, 60_000);

    test.each(Object.keys(shares))("%s: the members of a group are cut off to a page first", (share) =>
      expect(plans.get(`${share}: members`)).toMatch(
        /Limit\n +-> {2}Index Only Scan using group_member_user on group_member\n +Index Cond: \(\(pool_key = .*group_name = .*user_key > [^\n]*\n(?! *Filter)/,
      ),
    );

    for (const share of Object.keys(shares))
      test.each(userLists(builder))(`${share}: $name`, ({ name, query }) => {
        const plan = plans.get(`${share}: ${name}`) ?? "";
        const field = /where "pool_key" = \$\d+ and "(\w+)"/.exec(query.sql)?.[1] ?? "";
        expect(plan).toMatch(/^Limit\n {2}-> {2}(Index Scan|Sort)/);
        expect(plan).toMatch(new RegExp(`Index Cond: .*pool_key = .*\\b${field} [=<>]`));
        expect(plan).not.toMatch(/Seq Scan|Bitmap/);
        // One user has it, so that there is nothing to walk through.
        const isUnique = field === "sub" && query.sql.includes('"sub" =');
        if (!isUnique) expect(plan).not.toMatch(/Sort|Filter/);
      });
  });

  describe("the PostgreSQL driver", () => {
    let database: string;
    let retries: string[];
    const stores: Store[] = [];
    const proxies: TcpProxy[] = [];

    beforeEach(async () => {
      database = await createDatabase(server);
      retries = [];
    });
    afterEach(async () => {
      for (const proxy of proxies.splice(0)) await proxy.stop();
      await Promise.all(stores.splice(0).map((store) => store.close()));
      await dropDatabase(server, database);
    });

    async function open(options: Partial<PostgresStoreOptions> = {}): Promise<Store> {
      const store = await openPostgresStore({
        url: database,
        poolSize: 5,
        logger: silentLogger,
        observer: { retried: (why) => retries.push(why) },
        ...options,
      });
      stores.push(store);
      retries = [];
      return store;
    }

    async function openThroughProxy(): Promise<{ store: Store; proxy: TcpProxy }> {
      const through = new URL(database);
      const proxy = await TcpProxy.start(through.hostname, Number(through.port));
      proxies.push(proxy);
      through.port = String(proxy.port);
      return { store: await open({ url: through.href }), proxy };
    }

    async function inDatabase<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
      const client = new pg.Client({ connectionString: database });
      await client.connect();
      try {
        return await work(client);
      } finally {
        await client.end();
      }
    }

    /** Lets two pieces of work wait for each other once; whoever comes again passes. */
    function meeting(): () => Promise<void> {
      let arrived = 0;
      const { promise, resolve } = Promise.withResolvers<void>();
      return async () => {
        if (++arrived === 2) resolve();
        await promise;
      };
    }

    /** Counts in an attribute, under a lock or without one. */
    async function storedCounter(store: Store) {
      const pool = aPool();
      await store.userPools.insert(pool);
      const user = aUser(pool.key, { attributes: { "custom:n": "0" } });
      await store.users.insert(user, user.username, []);
      return user;
    }

    test("runs a transaction again that the database could not serialize", async () => {
      const store = await open({ isolation: "serializable" });
      const user = await storedCounter(store);
      const bothHaveRead = meeting();
      const increment = () =>
        store.transaction(async ({ users }) => {
          const current = await users.byKey(user.key);
          if (!current) throw new Error("gone");
          await bothHaveRead();
          const next = String(Number(current.attributes["custom:n"]) + 1);
          await users.save({ ...current, attributes: { "custom:n": next } });
        });
      await Promise.all([increment(), increment()]);
      expect((await store.users.byKey(user.key))?.attributes["custom:n"]).toBe("2");
      expect(retries).toContain("conflict");
    });

    test("runs a transaction again that the database ended to resolve a deadlock", async () => {
      const store = await open();
      const [a, b] = [await storedCounter(store), await storedCounter(store)];
      const bothHoldOne = meeting();
      const lockBoth = (first: typeof a, second: typeof a) =>
        store.transaction(async ({ users }) => {
          await users.lock(first.key);
          await bothHoldOne();
          await users.lock(second.key);
          return "done";
        });
      expect(await Promise.all([lockBoth(a, b), lockBoth(b, a)])).toEqual(["done", "done"]);
      expect(retries).toContain("conflict");
    });

    test("does nothing twice when the answer to a commit is lost", async () => {
      const { store, proxy } = await openThroughProxy();
      const user = await storedCounter(store);
      let runs = 0;
      proxy.mode = { kind: "cut-after", text: "commit\0" };
      const result = await store.transaction(async ({ users }) => {
        runs++;
        const current = await users.lock(user.key);
        const next = String(Number(current?.attributes["custom:n"]) + 1);
        await users.save({ ...user, attributes: { "custom:n": next } });
        return "result";
      });
      expect(result).toBe("result");
      expect(runs).toBe(1);
      expect(retries).toEqual(["commit confirmed"]);
      expect((await store.users.byKey(user.key))?.attributes["custom:n"]).toBe("1");
    });

    test.each([
      ["before its commit arrives", "commit\0"],
      ["in its midst", "for update"],
      ["at its beginning", "begin isolation"],
    ])("runs a transaction again whose connection is lost %s", async (_, text) => {
      const { store, proxy } = await openThroughProxy();
      const user = await storedCounter(store);
      proxy.mode = { kind: "cut-before", text };
      await store.transaction(async ({ users }) => {
        const current = await users.lock(user.key);
        const next = String(Number(current?.attributes["custom:n"]) + 1);
        await users.save({ ...user, attributes: { "custom:n": next } });
      });
      expect(retries).toEqual(["connection-lost"]);
      expect((await store.users.byKey(user.key))?.attributes["custom:n"]).toBe("1");
    });

    test("says so when nobody can tell whether a commit took effect", async () => {
      const { store, proxy } = await openThroughProxy();
      const user = await storedCounter(store);
      const started = performance.now();
      const outcome = store.transaction(async ({ users }) => {
        await users.save({ ...user, attributes: { "custom:n": "1" } });
        await users.byKey(user.key);
        proxy.mode = { kind: "black-hole" };
      });
      await expect(outcome).rejects.toMatchObject({ fault: "outcome-unknown" });
      expect(performance.now() - started).toBeLessThan(5_500);
    });

    test("reads again when the connection is lost, and does not write again by itself", async () => {
      const { store, proxy } = await openThroughProxy();
      const user = await storedCounter(store);
      proxy.mode = { kind: "cut-after", text: "user_account" };
      expect(await store.users.byKey(user.key)).toEqual(user);
      proxy.mode = { kind: "cut-after", text: "attempt_count" };
      await expect(store.attemptCounts.count(user.poolKey, "ana", "kind", NOW)).rejects.toMatchObject({
        fault: "outcome-unknown",
      });
      expect(await store.attemptCounts.count(user.poolKey, "ana", "kind", NOW)).toBe(2);
    });

    test("waits five seconds at most when nothing answers, and goes on when it does again", async () => {
      const { store, proxy } = await openThroughProxy();
      const user = await storedCounter(store);
      proxy.mode = { kind: "black-hole" };
      const started = performance.now();
      const [ready, ...results] = await Promise.allSettled([
        store.ready(),
        store.users.byKey(user.key),
        store.usedSessions.consume("nonce", NOW),
        store.transaction(async ({ users }) => users.lock(user.key)),
      ]);
      expect(performance.now() - started).toBeLessThan(5_000);
      expect(ready).toMatchObject({ value: false });
      for (const result of results)
        expect(result).toMatchObject({ status: "rejected", reason: { fault: "unavailable" } });
      proxy.mode = { kind: "pass" };
      expect(await store.users.byKey(user.key)).toEqual(user);
      await expect.poll(() => store.ready(), { timeout: 3_000 }).toBe(true);
    });

    test("survives the server's ending every connection, idle and at work", async () => {
      const store = await open();
      const user = await storedCounter(store);
      const endConnections = () =>
        inDatabase((client) =>
          client.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
          ),
        );
      await endConnections();
      expect(await store.users.byKey(user.key)).toEqual(user);
      let runs = 0;
      await store.transaction(async ({ users }) => {
        const current = await users.lock(user.key);
        if (runs++ === 0) await endConnections();
        const next = String(Number(current?.attributes["custom:n"]) + 1);
        await users.save({ ...user, attributes: { "custom:n": next } });
      });
      expect(runs).toBe(2);
      expect((await store.users.byKey(user.key))?.attributes["custom:n"]).toBe("1");
    });

    test("is not ready while the database takes no writes", async () => {
      await (await open()).close();
      stores.splice(0);
      await inDatabase((client) =>
        client.query(
          `alter database ${new URL(database).pathname.slice(1)} set default_transaction_read_only = on`,
        ),
      );
      expect(await (await open()).ready()).toBe(false);
    });

    test("has each migration done once when six nodes start at once", async () => {
      await Promise.all(Array.from({ length: 6 }, () => open({ poolSize: 2 })));
      await inDatabase(async (client) => {
        const { rows } = await client.query("select name from migration");
        expect(rows.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name));
        expect((await client.query("select * from lease")).rows).toEqual([]);
      });
    });

    test("takes over from a node that died while migrating, when its lease is over", async () => {
      await inDatabase(async (client) => {
        await client.query(
          'create table migration (name text collate "C" primary key, applied_at bigint not null, breaking bigint not null)',
        );
        await client.query(
          'create table lease (name text collate "C" primary key, owner text not null, expires_at bigint not null)',
        );
        await client.query("insert into lease values ('migration', 'dead', $1)", [Date.now() + 700]);
      });
      const started = performance.now();
      const store = await open();
      expect(performance.now() - started).toBeGreaterThan(500);
      expect(await store.ready()).toBe(true);
    });

    test("leaves pg's own settings alone", async () => {
      await open();
      expect(pg.types.getTypeParser(20)("9007199254740993")).toBe("9007199254740993");
    });

    test("gives numbers up to 2^53 and bytes as they are", async () => {
      const store = await open();
      const key = Number.MAX_SAFE_INTEGER - (nextKey() % 1_000);
      const pool = aPool({ key: key as ReturnType<typeof aPool>["key"] });
      await store.userPools.insert(pool);
      const found = await store.userPools.find(pool.id);
      expect(found).toEqual(pool);
      expect(Object.getPrototypeOf(found?.wrappedDataKey)).toBe(Uint8Array.prototype);
    });

    test("finds rows by index, however it was asked", async () => {
      await open();
      const builder = queryBuilder("postgres");
      await inDatabase(async (client) => {
        const numbers = `select generate_series(1, ${MANY}) as n`;
        for (const statement of manyUsers(numbers, "cast('' as bytea)")) await client.query(statement);
        await client.query("vacuum analyze");
        // Retention of the development inbox compares two halves of its table.
        const asked = [...hotReads(builder), ...searchingWrites(builder), ...userLists(builder)].filter(
          ({ name }) => name !== "clean-up batch 5",
        );
        for (const mode of ["force_custom_plan", "force_generic_plan"]) {
          await client.query(`set plan_cache_mode = ${mode}`);
          for (const { name, query } of asked) {
            // What is built for one call is planned for that call.
            if (mode === "force_generic_plan" && query.name === null) continue;
            await client.query(`prepare asked as ${query.sql}`);
            const values = query.values.map((value) => pg.escapeLiteral(String(value))).join(", ");
            const { rows } = await client.query(`explain execute asked${values && `(${values})`}`);
            await client.query("deallocate asked");
            const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
            expect(plan, `${name}, ${mode}`).not.toMatch(/Seq Scan/);
          }
        }
      });
    });
  });
});
