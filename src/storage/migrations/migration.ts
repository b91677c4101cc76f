import type { DialectName } from "../query.ts";

/** The names that differ between the databases, for use in the statements of a migration. */
export interface ColumnTypes {
  readonly integer: string;
  /** Compared and ordered by bytes. */
  readonly text: string;
  readonly blob: string;
  /** What follows the closing parenthesis of a table. */
  readonly table: string;
  /** What follows the name in `alter table`: SQLite has no `if not exists` there, and needs none, since it undoes definitions. */
  readonly addColumn: string;
  /** A column of an index in the order of lists by row key; null in SQLite, whose indexes have that order anyway. */
  readonly inListOrder: ((column: string) => string) | null;
  /** What follows name and type of a column that the database works out from others of its row. */
  readonly derivedFrom: (expression: string) => string;
  /** The text at a path of members inside a column that holds JSON. */
  readonly memberText: (column: string, ...path: readonly string[]) => string;
  /** What follows the first occurrence of a text. */
  readonly textAfter: (expression: string, mark: string) => string;
}

/**
 * One change of the schema, for both databases. Statements can be run again after an interruption (`if not exists`), because
 * some databases that speak PostgreSQL's protocol do not undo definitions when a transaction fails.
 */
export interface Migration {
  /** As the file is called. */
  readonly name: string;
  /** `breaking` when a program without this migration must not work with the database any more. */
  readonly compatibility: "compatible" | "breaking";
  readonly statements: (types: ColumnTypes) => readonly string[];
}

export const columnTypes: Readonly<Record<DialectName, ColumnTypes>> = {
  sqlite: {
    integer: "integer",
    text: "text",
    blob: "blob",
    table: "strict",
    addColumn: "add column",
    inListOrder: null,
    derivedFrom: (expression) => `generated always as (${expression}) virtual`,
    memberText: (column, ...path) => `json_extract(${column}, '$.${path.join(".")}')`,
    textAfter: (expression, mark) =>
      `substr(${expression}, instr(${expression}, '${mark}') + ${mark.length})`,
  },
  postgres: {
    integer: "bigint",
    text: 'text collate "C"',
    blob: "bytea",
    table: "",
    addColumn: "add column if not exists",
    inListOrder: (column) => `${column} nulls first`,
    derivedFrom: (expression) => `generated always as (${expression}) stored`,
    memberText: (column, ...path) => `${column}::json #>> '{${path.join(",")}}'`,
    textAfter: (expression, mark) => `split_part(${expression}, '${mark}', 2)`,
  },
};
