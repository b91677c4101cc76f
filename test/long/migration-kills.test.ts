import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, describe, expect, inject, it } from "vitest";
import { migrations } from "../../src/storage/migrations/index.ts";
import { columnTypes } from "../../src/storage/migrations/migration.ts";
import type { DialectName } from "../../src/storage/query.ts";
import { openPostgresSource } from "../../src/storage/transfer/postgres.ts";
import { RowDigest, type RowSource } from "../../src/storage/transfer/rows.ts";
import { openSqliteSource } from "../../src/storage/transfer/sqlite.ts";
import { drawsFrom } from "../support/model-probe.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const { url, reason } = inject("postgres");
const MIGRATING = new URL("./migrating-process.ts", import.meta.url).pathname;
const LONGEST_INTO_NEXT_MS = 8;
const PENDING = migrations.length - 1;
const draw = drawsFrom(10);

/** The schema as it first was, with rows of what there was. */
function firstSchema(dialect: DialectName): string[] {
  const [initial] = migrations;
  if (!initial) throw new Error("There is no migration");
  const types = columnTypes[dialect];
  const { integer, text, table } = types;
  const blob = dialect === "sqlite" ? "zeroblob(300)" : "decode(repeat('ab', 300), 'hex')";
  const numbers =
    dialect === "sqlite"
      ? `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${sizes.migratedUsers}) select n from numbers`
      : `select generate_series(1, ${sizes.migratedUsers}) as n`;
  const from = `from (${numbers}) as numbers`;
  return [
    `create table migration (name ${text} not null, applied_at ${integer} not null, breaking ${integer} not null,
      constraint migration_name primary key (name)) ${table}`,
    `create table lease (name ${text} not null, owner ${text} not null, expires_at ${integer} not null,
      constraint lease_name primary key (name)) ${table}`,
    ...initial.statements(types),
    `insert into migration (name, applied_at, breaking) values ('${initial.name}', 1, 0)`,
    `insert into user_pool (key, id, region, account_id, settings, mfa, password_storage, wrapped_data_key, created_at, modified_at, version)
      select n, 'pool' || n, 'eu-west-1', '1', '{}', '{}', 'srp', ${blob}, 1, 1, 1 ${from} where n <= 50`,
    `insert into user_pool_client (key, id, pool_key, settings, secrets, created_at, modified_at, version)
      select n, 'client' || n, n, '{}', '[]', 1, 1, 1 ${from} where n <= 50`,
    `insert into user_account (key, pool_key, sub, username, username_key, status, enabled, attributes, mfa, created_at, modified_at, email)
      select n, n % 50 + 1, 'sub' || n, 'User' || n, 'user' || n, 'CONFIRMED', '1', '{}', '{}', 1, 1, 'e' || n ${from}`,
    `insert into user_alias (pool_key, name, value_key, user_key)
      select n % 50 + 1, 'email', 'e' || n, n ${from}`,
    `insert into user_password (user_key, sealed, set_at) select n, ${blob}, 1 ${from}`,
    `insert into refresh_session (id, origin_jti, pool_key, user_key, client_id, signed_in_at, expires_at, counter)
      select 'session' || n, 'jti', n % 50 + 1, n, 'client1', 1, 9, 0 ${from}`,
  ];
}

/** Runs the migrations until the end, or until so many are done and a moment of the next has passed. */
async function migrating(place: string, killAfter: number | null): Promise<"done" | "killed"> {
  const child = spawn(process.execPath, [MIGRATING, place], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  let errors = "";
  let isKilled = false;
  child.stderr.on("data", (text) => {
    errors += text;
  });
  const killWhenDue = async () => {
    if (killAfter === null || isKilled || said.split("migrated").length - 1 < killAfter) return;
    isKilled = true;
    await sleep(draw() * LONGEST_INTO_NEXT_MS);
    child.kill("SIGKILL");
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    void killWhenDue();
  });
  await new Promise((resolve) => child.once("close", resolve));
  if (said.includes("done")) return "done";
  if (!isKilled) throw new Error(`The migrations failed: ${errors}`);
  return "killed";
}

/** Every row of every table, and the names of its columns. */
async function digestOf(source: RowSource): Promise<string> {
  const tables: string[] = [];
  for await (const { table, columns, rows } of source.tables()) {
    const digest = new RowDigest();
    for await (const batch of rows()) for (const row of batch) digest.add(row);
    const { rows: count, digest: sum } = digest.summary(table);
    tables.push(`${table} (${columns.join(", ")}): ${count} ${sum}`);
  }
  await source.close();
  return tables.join("\n");
}

/** Places to migrate, each with the first schema and its rows. */
interface Database {
  copy(): Promise<string>;
  digest(place: string): Promise<string>;
  /** Tables, columns and indexes as the database has them. */
  schema(place: string): Promise<string>;
  drop(place: string): Promise<void>;
}

async function killed(database: Database, kills: number) {
  const reference = await database.copy();
  expect(await migrating(reference, null)).toBe("done");
  const digest = await database.digest(reference);
  const schema = await database.schema(reference);
  await database.drop(reference);
  expect(digest).toContain(`: ${sizes.migratedUsers} `);
  let cut = 0;
  let wrong = 0;
  let longestMs = 0;
  for (let kill = 0; kill < kills; kill++) {
    const place = await database.copy();
    if ((await migrating(place, 1 + (kill % (PENDING - 1)))) === "killed") cut++;
    const beganAt = performance.now();
    expect(await migrating(place, null)).toBe("done");
    longestMs = Math.max(longestMs, performance.now() - beganAt);
    const isSame = (await database.digest(place)) === digest && (await database.schema(place)) === schema;
    if (!isSame) wrong++;
    await database.drop(place);
  }
  return { cut, wrong, longestMs };
}

describe(`migrations of ${sizes.migratedUsers} users, killed in the middle`, () => {
  const directory = mkdtempSync(join(tmpdir(), "cognate-migrations-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it(
    `are completed by the next start, on SQLite, ${sizes.migrationKills} times`,
    async () => {
      const original = join(directory, "original.sqlite");
      const first = new DatabaseSync(original);
      for (const statement of firstSchema("sqlite")) first.exec(statement);
      first.close();
      let serial = 0;
      const { cut, wrong, longestMs } = await killed(
        {
          async copy() {
            const place = join(directory, `copy-${serial++}.sqlite`);
            copyFileSync(original, place);
            return place;
          },
          digest: (place) => digestOf(openSqliteSource(place)),
          async schema(place) {
            const facts = new DatabaseSync(place, { readOnly: true });
            const rows = facts.prepare("select type, name, sql from sqlite_master order by name").all();
            facts.close();
            return JSON.stringify(rows);
          },
          async drop(place) {
            for (const end of ["", "-wal", "-shm", ".lock"]) rmSync(`${place}${end}`, { force: true });
          },
        },
        sizes.migrationKills,
      );
      figure(
        "A10",
        `SQLite: ${wrong} of ${sizes.migrationKills} differ, ${cut} cut short, rerun within ${longestMs.toFixed(0)} ms`,
        "0 differ",
      );
      expect(wrong).toBe(0);
      expect(cut).toBeGreaterThan(sizes.migrationKills / 2);
    },
    60_000 + sizes.migrationKills * 60_000,
  );

  // Each rerun waits until the lease of the killed process is over: half a minute.
  const kills = Math.floor(sizes.migrationKills / 8);
  it.skipIf(url === null || kills === 0)(
    `are completed by the next start, on PostgreSQL ${reason}, ${kills} times`,
    async () => {
      const server = url ?? "";
      const original = await createDatabase(server);
      const client = new pg.Client({ connectionString: original });
      await client.connect();
      for (const statement of firstSchema("postgres")) await client.query(statement);
      await client.end();
      const template = new URL(original).pathname.slice(1);
      let serial = 0;
      const on = async (place: string, sql: string) => {
        const connection = new pg.Client({ connectionString: place });
        await connection.connect();
        const { rows } = await connection.query(sql);
        await connection.end();
        return rows;
      };
      const { cut, wrong, longestMs } = await killed(
        {
          async copy() {
            const name = `${template}_${serial++}`;
            await on(server, `create database ${name} template ${template}`);
            const place = new URL(original);
            place.pathname = `/${name}`;
            return place.href;
          },
          digest: async (place) => digestOf(await openPostgresSource(place)),
          async schema(place) {
            const indexes = "select indexdef from pg_indexes where schemaname = 'public' order by indexname";
            const columns = `select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
              where table_schema = 'public' order by table_name, column_name`;
            return JSON.stringify([await on(place, indexes), await on(place, columns)]);
          },
          drop: (place) => dropDatabase(server, place),
        },
        kills,
      );
      await dropDatabase(server, original);
      figure(
        "A10",
        `PostgreSQL: ${wrong} of ${kills} differ, ${cut} cut short, rerun within ${longestMs.toFixed(0)} ms`,
        "0 differ",
      );
      expect(wrong).toBe(0);
      expect(cut).toBeGreaterThan(0);
    },
    120_000 + kills * 90_000,
  );
});
