import { createHash } from "node:crypto";
import type { COPIED_TABLES } from "../schema.ts";

export type DataTable = (typeof COPIED_TABLES)[number];

/** What a column holds, in either database. */
export type Cell = string | number | Uint8Array | null;

/** Cells in the order of the columns they came with. */
export type Row = readonly Cell[];

/** Everything of one table, as one moment saw it. */
export interface TableContent {
  readonly table: DataTable;
  /** In alphabetical order, so that equal rows look equal wherever they come from. */
  readonly columns: readonly string[];
  /** In batches, of any order. */
  rows(): AsyncIterable<readonly Row[]>;
}

/** A whole store, as one moment saw it. */
export interface RowSource {
  /** The migrations that made its tables, in order. */
  readonly migrations: readonly string[];
  /** One after the other, each after those it refers to; a table's rows are read before the next table is asked for. */
  tables(): AsyncIterable<TableContent>;
  close(): Promise<void>;
}

/** An empty store that takes rows: all of them, or none. */
export interface RowTarget {
  insert(table: DataTable, columns: readonly string[], rows: readonly Row[]): Promise<void>;
  /** Makes the rows durable and brings the schema to the present. */
  commit(): Promise<void>;
  /** Leaves the store empty, and closes. */
  abandon(): Promise<void>;
}

/** A table's rows in short: equal for equal rows in any order. It finds damage and differences, not forgery. */
export interface TableSummary {
  readonly table: DataTable;
  readonly rows: number;
  /** 64 hexadecimal digits: the SHA-256 of each row, added modulo 2^256. */
  readonly digest: string;
}

const WORDS = 8;

/** Adds rows up to their summary. */
export class RowDigest {
  readonly #sum = new Array<number>(WORDS).fill(0);
  #rows = 0;

  add(row: Row): void {
    const hash = createHash("sha256")
      .update(JSON.stringify(encodeRow(row)))
      .digest();
    let carry = 0;
    for (let word = WORDS - 1; word >= 0; word--) {
      const total = (this.#sum[word] ?? 0) + hash.readUInt32BE(word * 4) + carry;
      this.#sum[word] = total >>> 0;
      carry = total > 0xffff_ffff ? 1 : 0;
    }
    this.#rows += 1;
  }

  summary(table: DataTable): TableSummary {
    const digest = this.#sum.map((word) => word.toString(16).padStart(8, "0")).join("");
    return { table, rows: this.#rows, digest };
  }
}

/** A cell as JSON has it: bytes are `[base64]`. */
export type EncodedCell = string | number | null | readonly [string];

export const encodeRow = (row: Row): EncodedCell[] =>
  row.map((cell) => (cell instanceof Uint8Array ? [Buffer.from(cell).toString("base64")] : cell));

export const decodeRow = (row: readonly EncodedCell[]): Row =>
  row.map((cell) => (Array.isArray(cell) ? new Uint8Array(Buffer.from(cell[0], "base64")) : (cell as Cell)));
