import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { Instant } from "../../src/runtime/clock.ts";
import { migrations } from "../../src/storage/migrations/index.ts";
import { columnTypes } from "../../src/storage/migrations/migration.ts";
import { queryBuilder } from "../../src/storage/query.ts";
import { expiredRows } from "../../src/storage/retention.ts";
import { hotReads, searchingWrites, userLists } from "./query-plans.ts";

/*
 * The SQL is designed to run on what speaks PostgreSQL's protocol as well: CockroachDB, YugabyteDB, Aurora. It is tested on
 * PostgreSQL alone; what keeps it portable is that it does without the following.
 */

interface Construct {
  readonly name: string;
  readonly why: string;
  /** In SQL, or in the TypeScript that makes it. */
  readonly pattern: RegExp;
  /** Files where it is meant: guarded so that other databases never see it, or known to them. */
  readonly allowedIn?: readonly string[];
  /** Statements of those files, as query-plans.ts names them. */
  readonly allowedStatements?: readonly string[];
}

const FORBIDDEN: readonly Construct[] = [
  {
    name: "sequences, SERIAL, identity columns",
    why: "hot spots in a distributed database, and other numbers there",
    pattern:
      /\b(small|big)?serial\b|create sequence|nextval|generated (always|by default) as identity|autoincrement|\.generatedAlways|\.generatedByDefault/i,
  },
  {
    name: "advisory locks",
    why: "CockroachDB takes them for no operation, poolers lose them, a failover forgets them",
    pattern: /pg_(try_)?advisory/i,
  },
  {
    name: "LISTEN and NOTIFY",
    why: "missing in CockroachDB and YugabyteDB, and lost at a failover",
    pattern: /\blisten [a-z"]|\bnotify [a-z"]|pg_notify/i,
  },
  {
    name: "triggers",
    why: "missing or partial elsewhere, and rules belong to the domain",
    pattern: /create (or replace )?(constraint )?trigger/i,
  },
  {
    name: "stored procedures and functions",
    why: "languages differ",
    pattern: /create (or replace )?(function|procedure)|\bdo \$\$|language plpgsql/i,
  },
  {
    name: "temporary and unlogged tables",
    why: "experimental in CockroachDB, bound to one connection, lost at a failover",
    pattern: /create (global |local )?temp(orary)? |unlogged table|\.temporary\(\)/i,
  },
  {
    name: "ON CONFLICT without its columns",
    why: "a constraint that is added later would change the meaning; a pool's domain means both of its own",
    pattern: /on conflict do |onConflict\(\(\w+\) => \w+\.do|on conflict on constraint|\.constraint\("/i,
    allowedIn: ["repositories/pool-domains.ts"],
  },
  {
    name: "extensions",
    why: "not to be had everywhere",
    pattern: /create extension/i,
  },
  {
    name: "table locks",
    why: "missing in CockroachDB; they hold up every node",
    pattern: /\block table\b/i,
  },
  {
    name: "hidden columns",
    why: "xmin, ctid and oid are PostgreSQL's own",
    pattern: /\b(xmin|xmax|ctid|tableoid)\b/i,
  },
  {
    name: "functions of transaction numbers",
    why: "PostgreSQL's own: asked only after its version is known",
    pattern: /pg_current_xact_id|pg_xact_status|txid_|xid8|pg_postmaster_start_time/i,
    allowedIn: ["drivers/postgres.ts"],
  },
  {
    name: "catalogues of PostgreSQL",
    why: "what there is, information_schema says everywhere",
    pattern: /\bpg_(class|tables|indexes|attribute|catalog|namespace|stat_\w+)\b/i,
  },
  {
    name: "SKIP LOCKED",
    why: "its promise is weaker on distributed databases: only for the outbox, where a lease on the row decides",
    pattern: /skip locked|\.skipLocked\(/i,
    allowedIn: ["repositories/outbox.ts"],
    allowedStatements: ["claiming messages"],
  },
  {
    name: "enumerated types, domains, arrays",
    why: "changed differently elsewhere",
    pattern: /create (type|domain)\b|\btext\[\]|\binteger\[\]/i,
  },
  {
    name: "the database's own clock",
    why: "the time of a decision is the node's, which a test can move",
    pattern: /\bnow\(\) at|current_timestamp|clock_timestamp|transaction_timestamp|default now\(\)/i,
  },
  {
    name: "partial or expression indexes made concurrently",
    why: "not within a transaction, and left invalid by an interruption",
    pattern: /index concurrently/i,
  },
];

const STORAGE = resolve(import.meta.dirname, "../../src/storage");
const withoutComments = (source: string) => source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
const sources = readdirSync(STORAGE, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => ({ file, text: withoutComments(readFileSync(join(STORAGE, file), "utf8")) }));

const builder = queryBuilder("postgres");
const statements = [
  ...migrations.flatMap(({ name, statements }) =>
    statements(columnTypes.postgres).map((sql) => ({ where: name, sql })),
  ),
  ...[...hotReads(builder), ...searchingWrites(builder), ...userLists(builder)].map(({ name, query }) => ({
    where: name,
    sql: query.sql,
  })),
  ...expiredRows(builder, 0 as Instant).map(({ sql }) => ({ where: "retention", sql })),
];

describe("SQL that other databases of PostgreSQL's kind understand", () => {
  test("is looked at as a whole", () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(statements.length).toBeGreaterThan(150);
  });

  test.each(FORBIDDEN)("has no $name: $why", ({ pattern, allowedIn = [], allowedStatements = [] }) => {
    const found = [
      ...sources
        .filter(({ file, text }) => pattern.test(text) && !allowedIn.includes(file))
        .map(({ file, text }) => `${file}: ${pattern.exec(text)?.[0]}`),
      ...statements
        .filter(({ where, sql }) => pattern.test(sql) && !allowedStatements.includes(where))
        .map(({ where, sql }) => `${where}: ${pattern.exec(sql)?.[0]}`),
    ];
    expect(found).toEqual([]);
  });

  test.each(
    FORBIDDEN.flatMap(({ name, pattern, allowedIn = [] }) =>
      allowedIn.map((file) => ({ name, pattern, file })),
    ),
  )("still has $name in $file, so that the exception is one", ({ pattern, file }) =>
    expect(sources.find((source) => source.file === file)?.text).toMatch(pattern),
  );

  test("asks for transaction numbers only where the version says that it is PostgreSQL", () => {
    const driver = sources.find(({ file }) => file === "drivers/postgres.ts")?.text ?? "";
    expect(driver).toMatch(/#tellsOutcomes = Number\(major\) >= 13 && !row\?\.version\.includes\("-YB-"\)/);
    expect(driver).toMatch(/if \(!this\.#tellsOutcomes\) \{\s+await execute\(client, \{ sql: this\.#begin,/);
  });

  test("can be run again after an interruption: no definition fails because it is there", () => {
    const definitions = statements.filter(({ sql }) => /^\s*(create|alter|drop)\b/i.test(sql));
    expect(definitions.length).toBeGreaterThan(60);
    expect(definitions.filter(({ sql }) => !/if (not )?exists/i.test(sql)).map(({ sql }) => sql)).toEqual([]);
  });

  test("every table has a primary key", () => {
    const tables = statements.filter(({ sql }) => /^\s*create table/i.test(sql));
    expect(tables.length).toBeGreaterThan(30);
    expect(tables.filter(({ sql }) => !/primary key/i.test(sql)).map(({ sql }) => sql)).toEqual([]);
  });
});
