import { createHash } from "node:crypto";
import {
  type Compilable,
  DummyDriver,
  type Expression,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from "kysely";
import type { Schema } from "./schema.ts";

export type DialectName = "sqlite" | "postgres";

/** What the database is handed for a parameter. */
type Value = string | number | Uint8Array | null;

/** One statement, compiled and with its parameters; `R` is the row it returns. */
export interface Query<R> {
  readonly sql: string;
  readonly values: readonly Value[];
  /** Set where the same SQL comes again and again, so that the database may keep it prepared. */
  readonly name: string | null;
  readonly __row?: R;
}

/** Builds statements and runs none: what a driver executes is a Query. */
export interface QueryBuilder {
  readonly dialect: DialectName;
  readonly db: Kysely<Schema>;
}

export function queryBuilder(dialect: DialectName): QueryBuilder {
  const createDriver = () => new DummyDriver();
  const db =
    dialect === "sqlite"
      ? new Kysely<Schema>({
          dialect: {
            createDriver,
            createAdapter: () => new SqliteAdapter(),
            createIntrospector: (kysely) => new SqliteIntrospector(kysely),
            createQueryCompiler: () => new SqliteQueryCompiler(),
          },
        })
      : new Kysely<Schema>({
          dialect: {
            createDriver,
            createAdapter: () => new PostgresAdapter(),
            createIntrospector: (kysely) => new PostgresIntrospector(kysely),
            createQueryCompiler: () => new PostgresQueryCompiler(),
          },
        });
  return { dialect, db };
}

/** A statement that is built for one call. */
export function query<R>(built: Compilable<R>): Query<R> {
  const { sql: text, parameters } = built.compile();
  return { sql: text, values: parameters as readonly Value[], name: null };
}

/** The place of a parameter in a statement that is built once. */
interface Slot<T> extends Expression<T> {
  readonly __slot?: T;
}

export type Slots<P> = { readonly [K in keyof P]: Slot<P[K]> };

class Parameter {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * Builds a statement once and keeps its SQL; each call only puts the parameters in their places. `build` describes the parameters
 * by its own argument: `prepared((p: Slots<{ key: number }>) => db.selectFrom(…).where("key", "=", p.key))`.
 */
export function prepared<P, R>(build: (slots: Slots<P>) => Compilable<R>): (parameters: P) => Query<R> {
  const slots = new Proxy({} as Slots<P>, {
    get: (_, name) => sql.val(new Parameter(String(name))),
  });
  const { sql: text, parameters } = build(slots).compile();
  const name = `c_${createHash("sha256").update(text).digest("hex").slice(0, 24)}`;
  const places = parameters.map((parameter) =>
    parameter instanceof Parameter
      ? { parameter: parameter.name as keyof P, constant: null }
      : { parameter: null, constant: parameter as Value },
  );
  return (values) => ({
    sql: text,
    name,
    values: places.map((place) =>
      place.parameter === null ? place.constant : (values[place.parameter] as Value),
    ),
  });
}

/** Rows of one statement, largest first: few enough statements to build and to keep prepared, and few to send. */
const GROUP_SIZES = [16, 4, 1] as const;

/** Statements that write the same for several rows at once. */
export type GroupedStatement<P, R> = (rows: readonly P[]) => Query<R>[];

/**
 * Like `prepared`, for many rows: `build` gets the places of each row of a group. `grouped(rows)` gives the statements that write
 * them all.
 */
export function preparedGroups<P extends object, R>(
  build: (rows: readonly Slots<P>[]) => Compilable<R>,
): GroupedStatement<P, R> {
  type Flat = Record<string, Value>;
  const place = (row: number, name: string): string => `${row}.${name}`;
  const statements = GROUP_SIZES.map((size) => ({
    size,
    statement: prepared<Flat, R>((slots) =>
      build(
        Array.from(
          { length: size },
          (_, row) => new Proxy({} as Slots<P>, { get: (_target, name) => slots[place(row, String(name))] }),
        ),
      ),
    ),
  }));
  return (rows) => {
    const queries: Query<R>[] = [];
    let done = 0;
    for (const { size, statement } of statements)
      for (; rows.length - done >= size; done += size) {
        const flat: Flat = {};
        for (const [index, row] of rows.slice(done, done + size).entries())
          for (const [name, value] of Object.entries(row)) flat[place(index, name)] = value;
        queries.push(statement(flat));
      }
    return queries;
  };
}
