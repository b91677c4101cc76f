import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Rows that come and go without a request: whether the disk takes a write, who migrates. */
const HOUSEKEEPING: ReadonlySet<string> = new Set(["lease"]);

/** Reads the embedded database of a server beside it: a server may run meanwhile, the file allows readers. */
export class DatabaseFacts {
  readonly #database: DatabaseSync;

  constructor(dataDir: string) {
    this.#database = new DatabaseSync(join(dataDir, "cognate.sqlite"), { readOnly: true });
  }

  rows(sql: string, ...values: (string | number)[]): Record<string, unknown>[] {
    return this.#database.prepare(sql).all(...values);
  }

  /** The first column of the first row, as a number. */
  number(sql: string): number {
    return Number(Object.values(this.rows(sql)[0] ?? {})[0]);
  }

  /** "ok", or what SQLite finds wrong. */
  integrity(): string {
    return String(Object.values(this.rows("pragma integrity_check")[0] ?? {})[0]);
  }

  /** Equal for equal content of all tables. */
  digest(except: readonly string[] = []): string {
    const hash = createHash("sha256");
    const tables = this.rows("select name from sqlite_master where type = 'table' order by name");
    for (const name of tables.map((table) => String(table.name))) {
      if (HOUSEKEEPING.has(name) || except.includes(name) || name.startsWith("sqlite_")) continue;
      hash.update(`table ${name}\n`);
      const rows = this.rows(`select * from "${name}"`).map((row) => JSON.stringify(row));
      for (const row of rows.sort()) hash.update(`${row}\n`);
    }
    return hash.digest("hex");
  }

  close(): void {
    this.#database.close();
  }
}
