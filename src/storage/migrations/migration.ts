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
  },
  postgres: {
    integer: "bigint",
    text: 'text collate "C"',
    blob: "bytea",
    table: "",
    addColumn: "add column if not exists",
    inListOrder: (column) => `${column} nulls first`,
  },
};
