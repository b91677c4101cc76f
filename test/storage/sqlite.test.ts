import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/runtime/clock.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { openSqliteStore, type SqliteStore } from "../../src/storage/drivers/sqlite.ts";
import { SqliteConnection } from "../../src/storage/drivers/sqlite-connection.ts";
import { openDataFile } from "../../src/storage/drivers/sqlite-file.ts";
import { GroupCommitWriter } from "../../src/storage/drivers/sqlite-writer.ts";
import { StorageError } from "../../src/storage/errors.ts";
import { migrations } from "../../src/storage/migrations/index.ts";
import { migrate } from "../../src/storage/migrations/migrate.ts";
import { queryBuilder } from "../../src/storage/query.ts";
import { storageContract } from "./contract.ts";
import { hotReads, MANY, manyUsers, searchingWrites, userLists } from "./query-plans.ts";
import { aClient, aPool, aRefreshSession, aUser, NOW } from "./rows.ts";

storageContract("storage on SQLite", async () => {
  const store = await openSqliteStore({ path: ":memory:", logger: silentLogger });
  return { store, other: store, close: () => store.close() };
});

describe("the SQLite driver", () => {
  let directory: string;
  let file: string;
  const stores: SqliteStore[] = [];
  const children: ChildProcess[] = [];

  beforeEach(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), "cognate-sqlite-"));
    file = path.join(directory, "data.sqlite");
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const store of stores.splice(0)) await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function open(options: Partial<Parameters<typeof openSqliteStore>[0]> = {}): Promise<SqliteStore> {
    const store = await openSqliteStore({ path: file, logger: silentLogger, ...options });
    stores.push(store);
    return store;
  }

  async function close(store: SqliteStore): Promise<void> {
    stores.splice(stores.indexOf(store), 1);
    await store.close();
  }

  /** Another process on the same file, and what it says. */
  function startProcess(writes?: string): { child: ChildProcess; lines: AsyncIterator<string> } {
    const script = path.join(import.meta.dirname, "sqlite-process.ts");
    const child = spawn(process.execPath, [script, file, ...(writes ? [writes] : [])], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    if (!child.stdout) throw new Error("no output");
    return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
  }

  const ended = (child: ChildProcess): Promise<unknown> =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve(null);
      else child.once("exit", resolve);
    });

  describe("group commit", () => {
    async function countingStore() {
      const commits: number[] = [];
      const store = await open({ observer: { committed: (units) => commits.push(units) } });
      commits.length = 0;
      return { store, commits };
    }

    test("lets the writes of one turn share commits, 64 at most", async () => {
      const { store, commits } = await countingStore();
      await Promise.all(Array.from({ length: 150 }, (_, n) => store.usedSessions.consume(`nonce${n}`, NOW)));
      expect(commits).toEqual([64, 64, 22]);
    });

    test("undoes a unit that fails alone", async () => {
      const { store, commits } = await countingStore();
      const results = await Promise.allSettled([
        store.usedSessions.consume("before", NOW),
        store.transaction(async ({ usedSessions }) => {
          await usedSessions.consume("failing", NOW);
          throw new Error("refused");
        }),
        store.refreshSessions.insert(aRefreshSession(aUser(aPool().key))),
        store.usedSessions.consume("after", NOW),
      ]);
      expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
      expect(commits).toEqual([4]);
      expect(await store.usedSessions.find("before")).not.toBeNull();
      expect(await store.usedSessions.find("failing")).toBeNull();
      expect(await store.usedSessions.find("after")).not.toBeNull();
    });

    test("answers only what is on the disk", async () => {
      const { store } = await countingStore();
      const seen: string[] = [];
      const reader = new DatabaseSync(file, { readOnly: true });
      await Promise.all(
        Array.from({ length: 10 }, async (_, n) => {
          await store.usedSessions.consume(`nonce${n}`, NOW);
          const row = reader.prepare("select nonce from used_session where nonce = ?").get(`nonce${n}`);
          seen.push(String(row?.nonce));
        }),
      );
      reader.close();
      expect(seen).toHaveLength(10);
      expect(seen).not.toContain("undefined");
    });

    test("abandons work that waits for something else, and goes on", async () => {
      const { store } = await countingStore();
      const [stuck, nested, next] = await Promise.allSettled([
        store.transaction(async ({ usedSessions }) => {
          await usedSessions.consume("stuck", NOW);
          await new Promise(() => {});
        }),
        store.transaction(async () => {
          await store.usedSessions.consume("outside", NOW);
        }),
        store.usedSessions.consume("next", NOW),
      ]);
      for (const result of [stuck, nested])
        expect(result).toMatchObject({ status: "rejected", reason: { fault: "misuse" } });
      expect(next).toMatchObject({ status: "fulfilled", value: true });
      expect(await store.usedSessions.find("stuck")).toBeNull();
    });

    test("refuses all of a batch whose commit fails, stores none of it, and recovers", async () => {
      const connection = new SqliteConnection(file, "write");
      connection.run("create table parent (key integer primary key)");
      connection.run(
        "create table child (parent integer references parent (key) deferrable initially deferred)",
      );
      const writer = new GroupCommitWriter(connection, silentLogger, {});
      const statement = (sql: string) => ({ sql, values: [], name: null });
      const results = await Promise.allSettled([
        writer.statement(statement("insert into parent values (1)")),
        // Found out at the commit, like a full disk.
        writer.statement(statement("insert into child values (7)")),
        writer.transaction(async () => {
          throw new Error("own refusal, founded on what is undone");
        }),
      ]);
      for (const result of results)
        expect(result).toMatchObject({ reason: { message: expect.stringMatching(/FOREIGN KEY/) } });
      await writer.statement(statement("insert into parent values (2)"));
      expect(connection.execute(statement("select key from parent")).rows).toEqual([{ key: 2 }]);
      connection.close();
    });

    test("finishes what is queued before it closes, and refuses what comes after", async () => {
      const { store } = await countingStore();
      const queued = Array.from({ length: 100 }, (_, n) => store.usedSessions.consume(`nonce${n}`, NOW));
      await close(store);
      expect(await Promise.all(queued)).toEqual(Array.from({ length: 100 }, () => true));
      await expect(store.usedSessions.consume("late", NOW)).rejects.toThrow("closed");
      const reopened = await open();
      expect(await reopened.usedSessions.find("nonce99")).not.toBeNull();
    });

    test("reports a full disk, and takes writes again when there is space", async () => {
      const connection = new SqliteConnection(file, "write");
      connection.run("pragma journal_mode = wal");
      connection.run("create table filler (content blob)");
      const writer = new GroupCommitWriter(connection, silentLogger, {});
      const fill = (bytes: number) =>
        writer.statement({ sql: "insert into filler values (zeroblob(?))", values: [bytes], name: null });
      connection.run("pragma max_page_count = 10");
      const results = await Promise.allSettled([fill(10), fill(1_000_000), fill(10)]);
      expect(results[1]).toMatchObject({ reason: { fault: "unavailable" } });
      connection.run("pragma max_page_count = 10000");
      await fill(1_000_000);
      expect(connection.inTransaction).toBe(false);
      connection.close();
    });
  });

  describe("the data file", () => {
    test("and all beside it are for the owner alone", async () => {
      await open();
      for (const name of readdirSync(directory))
        expect(statSync(path.join(directory, name)).mode & 0o777, name).toBe(0o600);
    });

    test("that others could read is closed to them", async () => {
      await close(await open());
      chmodSync(file, 0o644);
      await open();
      expect(statSync(file).mode & 0o777).toBe(0o600);
    });

    test("keeps what is stored when it is opened again", async () => {
      const pool = aPool();
      const user = aUser(pool.key);
      const store = await open();
      await store.userPools.insert(pool);
      await store.users.insert(user, user.username, []);
      await close(store);
      const reopened = await open();
      expect(await reopened.userPools.find(pool.id)).toEqual(pool);
      expect(await reopened.users.byKey(user.key)).toEqual(user);
    });

    test("syncs each commit before it is answered", () => {
      const { writer, close: closeFile } = openDataFile(file, "full", silentLogger);
      // 2 is FULL: under NORMAL, 1, the log is synced at checkpoints only. That FULL does sync is what test/long/durability watches.
      expect(writer.pragma("synchronous")).toBe(2);
      closeFile();
    });

    test("waits for the disk again after a write that need not", async () => {
      const { writer, close: closeFile } = openDataFile(file, "full", silentLogger);
      const modes: unknown[] = [];
      const group = new GroupCommitWriter(writer, silentLogger, {
        committed: () => modes.push(writer.pragma("synchronous")),
      });
      const statement = (text: string) => ({ sql: text, values: [], name: null });
      const soon = (text: string) => group.statement(statement(text), "soon");
      await group.statement(statement("create table tries (n integer primary key) strict"));
      await soon("insert into tries values (1)");
      await Promise.all([soon("insert into tries values (2)"), soon("insert into tries values (3)")]);
      await Promise.all([
        soon("insert into tries values (4)"),
        group.statement(statement("insert into tries values (5)")),
      ]);
      await expect(soon("insert into tries values (1)")).rejects.toThrow("UNIQUE");
      // 1 is NORMAL: such a commit is in the log, which is synced with the next one, and one commit serves all units of a turn.
      expect(modes).toEqual([2, 1, 1, 2, 1]);
      expect(writer.pragma("synchronous")).toBe(2);
      expect(writer.execute(statement("select n from tries")).rows).toHaveLength(5);
      await group.close();
      closeFile();
    });

    test("is refused to a second opener, in this process and in another", async () => {
      const store = await open();
      await expect(open()).rejects.toMatchObject({ fault: "in-use" });
      const { child, lines } = startProcess();
      expect((await lines.next()).value).toMatch(/Another process uses the data file/);
      await ended(child);
      expect(await store.usedSessions.consume("still working", NOW)).toBe(true);
    });

    test("is free again when its process is killed", async () => {
      const { child, lines } = startProcess();
      expect((await lines.next()).value).toBe("open");
      await expect(open()).rejects.toMatchObject({ fault: "in-use" });
      child.kill("SIGKILL");
      await ended(child);
      await open();
    });

    test("holds every acknowledged write of a process that was killed, whole, time after time", async () => {
      for (let round = 0; round < 5; round++) {
        const { child, lines } = startProcess(`round${round}`);
        expect((await lines.next()).value).toBe("open");
        const acknowledged: string[] = [];
        for (let n = 0; n < 200 + round * 37; n++) acknowledged.push((await lines.next()).value);
        child.kill("SIGKILL");
        await ended(child);
        for (let line = await lines.next(); !line.done; line = await lines.next())
          acknowledged.push(line.value);
        const store = await open();
        for (const nonce of acknowledged)
          expect(await store.usedSessions.find(nonce)).toMatchObject({ consumed: true, wrongAnswers: 1 });
        await close(store);
        const check = new DatabaseSync(file, { readOnly: true });
        expect(check.prepare("select count(*) as half from used_session where consumed = 0").get()).toEqual({
          half: 0,
        });
        expect(check.prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
        check.close();
      }
    });

    test("of another program is refused and left alone", async () => {
      const foreign = new DatabaseSync(file);
      foreign.exec("create table notes (text text)");
      foreign.close();
      const before = readFileSync(file);
      await expect(open()).rejects.toMatchObject({ fault: "incompatible" });
      expect(readFileSync(file).equals(before)).toBe(true);
      writeFileSync(file, "this is not a database at all".repeat(100));
      await expect(open()).rejects.toMatchObject({ fault: "damaged" });
    });

    test("that was cut short is refused, not started anew, however little is left", async () => {
      await close(await open());
      const { size } = statSync(file);
      const original = readFileSync(file);
      for (const length of [0, 1, 2, 15, 16, 31, 99, 100, 511, 512, 4_095, 4_096, 8_192, size - 4_096]) {
        writeFileSync(file, original.subarray(0, length));
        await expect(open(), `${length} bytes`).rejects.toMatchObject({ fault: "damaged" });
        expect(statSync(file).size).toBe(length);
      }
    });

    test("whose tables are gone is refused", async () => {
      await close(await open());
      const database = new DatabaseSync(file);
      database.exec("drop table migration");
      database.close();
      await expect(open()).rejects.toMatchObject({ fault: "damaged" });
    });

    test("in which one letter of a name has changed is refused, wherever it stands", async () => {
      const pool = aPool();
      const store = await open();
      await store.userPools.insert(pool);
      for (let n = 0; n < 50; n++) await store.users.insert(aUser(pool.key), `name-key-${n}`, []);
      const user = aUser(pool.key, { username: "ValentinaOfAll" });
      await store.users.insert(user, "ValentinaOfAll", []);
      await close(store);
      const original = readFileSync(file);
      const places = [];
      for (let at = original.indexOf("Valentina"); at >= 0; at = original.indexOf("Valentina", at + 1))
        places.push(at);
      expect(places.length).toBeGreaterThanOrEqual(3);
      for (const place of places) {
        const content = Buffer.from(original);
        content[place] = "W".charCodeAt(0);
        writeFileSync(file, content);
        await expect(open()).rejects.toMatchObject({ fault: "damaged" });
      }
    });

    test("with bytes flipped or cut off opens whole or is refused, and never with other users", async () => {
      const pool = aPool();
      const store = await open();
      await store.userPools.insert(pool);
      const users = Array.from({ length: 200 }, () =>
        aUser(pool.key, { attributes: { email: "a@example.com" } }),
      );
      await store.transaction(async (repositories) => {
        for (const user of users) await repositories.users.insert(user, user.username, []);
      });
      await close(store);
      const original = `${file}.original`;
      copyFileSync(file, original);
      const { size } = statSync(original);
      const names = users.map(({ username }) => username).sort();
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(size - 1), fc.integer({ min: 1, max: 255 })), {
            minLength: 1,
            maxLength: 40,
          }),
          fc.option(fc.nat(size - 1), { freq: 4 }),
          async (flips, length) => {
            const content = readFileSync(original);
            for (const [position, mask] of flips) content[position] = (content[position] ?? 0) ^ mask;
            writeFileSync(file, length === null ? content : content.subarray(0, length));
            try {
              const store = await open();
              const found = await store.users.list({
                poolKey: pool.key,
                condition: null,
                after: null,
                limit: 1_000,
              });
              expect(found.map(({ username }) => username).sort()).toEqual(names);
              await close(store);
            } catch (error) {
              if (!(error instanceof StorageError)) throw error;
              refused++;
              for (const store of stores.splice(0)) await store.close();
            }
          },
        ),
        { numRuns: 60 },
      );
      expect(refused).toBeGreaterThan(30);
    });

    test("vanishes when it was to be in memory", async () => {
      const before = readdirSync(os.tmpdir()).filter((name) => name.startsWith("cognate-store-"));
      const store = await open({ path: ":memory:" });
      expect(await store.usedSessions.consume("nonce", NOW)).toBe(true);
      await close(store);
      const left = readdirSync(os.tmpdir()).filter((name) => name.startsWith("cognate-store-"));
      expect(left.filter((name) => !before.includes(name))).toEqual([]);
    });
  });

  describe("migrations", () => {
    test("of a newer version are refused when they break this one, and tolerated when not", async () => {
      await close(await open());
      const change = (sql: string) => {
        const database = new DatabaseSync(file);
        database.exec(sql);
        database.close();
      };
      change("insert into migration (name, applied_at, breaking) values ('9998-later', 1, 0)");
      await close(await open());
      change("insert into migration (name, applied_at, breaking) values ('9999-other', 1, 1)");
      await expect(open()).rejects.toMatchObject({
        fault: "incompatible",
        message: expect.stringContaining("9999-other"),
      });
    });

    test("that fail leave the schema as it was, and are done the next time", async () => {
      const connection = new SqliteConnection(file, "write");
      const writer = new GroupCommitWriter(connection, silentLogger, {});
      const target = (statements: string[]) => ({
        builder: queryBuilder("sqlite"),
        clock: systemClock,
        logger: silentLogger,
        owner: "test",
        transaction: writer.transaction.bind(writer),
        migrations: [
          ...migrations,
          { name: "0002-test", compatibility: "compatible" as const, statements: () => statements },
        ],
      });
      const good = "create table extra (key integer)";
      await expect(migrate(target([good, "create nonsense"]))).rejects.toThrow(/syntax/);
      const tables = () =>
        connection.execute({
          sql: "select 1 from sqlite_master where name = 'extra'",
          values: [],
          name: null,
        });
      expect(tables().rows).toHaveLength(0);
      await migrate(target([good]));
      expect(tables().rows).toHaveLength(1);
      await migrate(target(["create nonsense"]));
      connection.close();
    });
  });

  describe("snapshots", () => {
    test("bring everything back as it was, for the store that is open", async () => {
      const store = await open();
      const pool = aPool();
      const user = aUser(pool.key);
      await store.userPools.insert(pool);
      await store.users.insert(user, user.username, []);
      await store.snapshots.save("before");
      const changed = { ...pool, settings: { Name: "changed" } };
      await store.userPools.save(changed);
      expect(await store.userPools.find(pool.id)).toEqual(changed);
      await store.users.remove(user.key);
      await store.userPools.insert(aPool());

      expect(await store.snapshots.restore("before")).toBe(true);

      expect(await store.userPools.find(pool.id)).toEqual(pool);
      expect(await store.users.byKey(user.key)).toEqual(user);
      expect(await store.userPools.list(pool, { afterKey: null, limit: 10 })).toEqual([pool]);
      const session = aRefreshSession(user);
      await store.refreshSessions.insert(session);
      await store.users.remove(user.key);
      expect(await store.refreshSessions.findWithUser(session.id)).toBeNull();
    });

    test("survive a restart, can be overwritten, and leave nothing else behind", async () => {
      const store = await open();
      await store.usedSessions.consume("first", NOW);
      await store.snapshots.save("it");
      await store.usedSessions.consume("second", NOW);
      await store.snapshots.save("it");
      await store.snapshots.reset();
      expect(await store.usedSessions.find("first")).toBeNull();
      await close(store);
      const reopened = await open();
      expect(await reopened.snapshots.restore("it")).toBe(true);
      expect(await reopened.usedSessions.find("second")).not.toBeNull();
      const snapshots = path.join(directory, "snapshots");
      expect(readdirSync(snapshots)).toEqual(["it.sqlite"]);
      expect(statSync(path.join(snapshots, "it.sqlite")).mode & 0o777).toBe(0o600);
      expect(statSync(snapshots).mode & 0o777).toBe(0o700);
    });

    test("that do not exist are not restored, and names cannot lead elsewhere", async () => {
      const store = await open();
      expect(await store.snapshots.restore("none")).toBe(false);
      for (const name of ["", "../x", "a/b", "a.b", "a".repeat(65)]) {
        await expect(store.snapshots.save(name)).rejects.toMatchObject({ fault: "misuse" });
        await expect(store.snapshots.restore(name)).rejects.toMatchObject({ fault: "misuse" });
      }
      expect(existsSync(path.join(directory, "x.sqlite"))).toBe(false);
    });

    test("of an earlier schema are brought up to date on the way", async () => {
      const store = await open();
      await store.usedSessions.consume("kept", NOW);
      await store.snapshots.save("old");
      const saved = path.join(directory, "snapshots", "old.sqlite");
      const old = new DatabaseSync(saved);
      old.exec("drop table software_token; delete from migration where name = '0002-software-tokens'");
      old.close();
      const before = readFileSync(saved);
      await store.snapshots.reset();
      expect(await store.snapshots.restore("old")).toBe(true);
      expect(await store.usedSessions.find("kept")).not.toBeNull();
      expect(readFileSync(saved).equals(before)).toBe(true);
    });

    test("wait their turn among writes", async () => {
      const store = await open();
      await Promise.all([
        store.usedSessions.consume("before", NOW),
        store.snapshots.save("between"),
        store.usedSessions.consume("after", NOW),
      ]);
      await store.snapshots.restore("between");
      expect(await store.usedSessions.find("before")).not.toBeNull();
      expect(await store.usedSessions.find("after")).toBeNull();
    });

    test("that are damaged change nothing", async () => {
      const store = await open();
      await store.usedSessions.consume("kept", NOW);
      await store.snapshots.save("bad");
      writeFileSync(path.join(directory, "snapshots", "bad.sqlite"), "nonsense".repeat(1_000));
      await expect(store.snapshots.restore("bad")).rejects.toMatchObject({ fault: "damaged" });
      expect(await store.usedSessions.find("kept")).not.toBeNull();
      expect(await store.usedSessions.consume("still", NOW)).toBe(true);
    });

    test("reset leaves an empty store that works", async () => {
      const store = await open();
      const pool = aPool();
      await store.userPools.insert(pool);
      await store.clients.insert(aClient(pool.key));
      await store.snapshots.reset();
      expect(await store.userPools.find(pool.id)).toBeNull();
      await store.userPools.insert(pool);
      expect(await store.clients.count(pool.key)).toBe(0);
    });
  });

  describe("query plans", () => {
    const builder = queryBuilder("sqlite");
    const numbers = `with recursive counter (n) as (select 1 union all select n + 1 from counter where n < ${MANY}) select n from counter`;
    /** Derived tables of a few rows, which are meant to be read through. */
    const MEANT = /SCAN (counted|due|page)$/;
    let plans: Record<"empty" | "filled" | "analyzed", DatabaseSync>;

    beforeAll(async () => {
      const shared = mkdtempSync(path.join(os.tmpdir(), "cognate-plans-"));
      const prepare = async (name: string, ...statements: string[]) => {
        const database = path.join(shared, name);
        const store = await openSqliteStore({ path: database, logger: silentLogger });
        await store.close();
        const connection = new DatabaseSync(database);
        for (const statement of statements) connection.exec(statement);
        return connection;
      };
      const fill = manyUsers(numbers, "zeroblob(0)");
      plans = {
        empty: await prepare("empty"),
        filled: await prepare("filled", ...fill),
        analyzed: await prepare("analyzed", ...fill, "analyze"),
      };
      return () => {
        for (const connection of Object.values(plans)) connection.close();
        rmSync(shared, { recursive: true, force: true });
      };
    });

    const explain = (database: DatabaseSync, { sql, values }: { sql: string; values: readonly unknown[] }) =>
      database
        .prepare(`explain query plan ${sql}`)
        .all(...(values as string[]))
        .map((row) => String(row.detail));

    test.each([...hotReads(builder), ...searchingWrites(builder)])(
      "$name: by index, unsorted",
      ({ name, query }) => {
        // Counts the newest messages; there are as many as are kept.
        if (name === "clean-up batch 5") return;
        for (const [state, database] of Object.entries(plans)) {
          const steps = explain(database, query).filter((step) => !MEANT.test(step));
          expect(
            steps.some((step) => step.startsWith("SEARCH")),
            `${state}: ${steps}`,
          ).toBe(true);
          for (const step of steps) expect(step, state).not.toMatch(/SCAN|TEMP B-TREE/);
        }
      },
    );

    test.each(userLists(builder))("$name: one range of its own index, unsorted", ({ query }) => {
      for (const [state, database] of Object.entries(plans)) {
        const steps = explain(database, query);
        expect(steps, state).toHaveLength(1);
        const field = /where "pool_key" = \? and "(\w+)"/.exec(query.sql)?.[1];
        const constraint = field && field !== "key" ? `${field}[=<>]\\?` : "";
        expect(steps[0]).toMatch(
          new RegExp(`^SEARCH user_account USING INDEX \\w+ \\(pool_key=\\?.*${constraint}.*\\)$`),
        );
      }
    });
  });
});
