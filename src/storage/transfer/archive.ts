import { createReadStream, createWriteStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { StorageError } from "../errors.ts";
import { COPIED_TABLES } from "../schema.ts";
import {
  type DataTable,
  decodeRow,
  type EncodedCell,
  encodeRow,
  type Row,
  RowDigest,
  type RowSource,
  type TableContent,
  type TableSummary,
} from "./rows.ts";

const FORMAT = "cognate-backup";
const VERSION = 1;

/*
 * A backup is lines of JSON under gzip, so that any tool can look into it: a head, then for each table a line that names its
 * columns, its rows as arrays, and its summary; at last the end. What was cut short has no end.
 */
type Line =
  | { readonly format: string; readonly version: number; readonly migrations: readonly string[] }
  | { readonly table: DataTable; readonly columns: readonly string[] }
  | readonly EncodedCell[]
  | { readonly summary: TableSummary }
  | { readonly end: true };

const broken = (file: string, what: string, cause?: unknown) =>
  new StorageError("damaged", `${file} is not a whole backup: ${what}. Nothing was changed.`, cause);

/**
 * Writes a backup file that only its owner can read. It appears under its name when it is complete and on the disk.
 * @throws StorageError `unavailable` when the file is there already or cannot be written
 */
export async function writeArchive(source: RowSource, file: string): Promise<TableSummary[]> {
  const summaries: TableSummary[] = [];
  const partial = `${file}.partial`;
  const handle = await open(file, "wx", 0o600).catch((error: unknown) => {
    throw new StorageError(
      "unavailable",
      `${file} cannot be made: it is there already, or its directory is not.`,
      error,
    );
  });
  await handle.close();
  try {
    await pipeline(
      Readable.from(archiveLines(source, summaries)),
      createGzip({ level: 6 }),
      createWriteStream(partial, { flags: "w", mode: 0o600, flush: true }),
    );
    await rename(partial, file);
    return summaries;
  } catch (error) {
    await Promise.all([rm(partial, { force: true }), rm(file, { force: true })]);
    throw error;
  }
}

async function* archiveLines(source: RowSource, summaries: TableSummary[]): AsyncIterable<string> {
  const line = (content: Line) => `${JSON.stringify(content)}\n`;
  yield line({ format: FORMAT, version: VERSION, migrations: source.migrations });
  for await (const { table, columns, rows } of source.tables()) {
    yield line({ table, columns });
    const digest = new RowDigest();
    for await (const batch of rows()) {
      let text = "";
      for (const row of batch) {
        digest.add(row);
        text += line(encodeRow(row));
      }
      yield text;
    }
    const summary = digest.summary(table);
    summaries.push(summary);
    yield line({ summary });
  }
  yield line({ end: true });
}

const BATCH_ROWS = 1000;

/**
 * Reads a backup file. Each table's rows are checked against their summary when the last of them was read, and the file's end
 * when the last table was.
 * @throws StorageError `damaged`, or `incompatible` for another format
 */
export async function openArchive(file: string): Promise<RowSource> {
  const input = createReadStream(file);
  const text = input.pipe(createGunzip());
  input.on("error", (error) => text.destroy(error));
  const lines = createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  const next = async (): Promise<Line> => {
    const { value, done } = await lines.next().catch((error: unknown) => {
      throw broken(file, "it cannot be read to its end", error);
    });
    if (done) throw broken(file, "it ends too early");
    try {
      return JSON.parse(value) as Line;
    } catch (error) {
      throw broken(file, "a line is not JSON", error);
    }
  };
  const close = async () => {
    input.destroy();
    text.destroy();
  };
  try {
    const head = await next();
    if (!("format" in head) || head.format !== FORMAT) throw broken(file, "it does not begin as one");
    if (head.version !== VERSION)
      throw new StorageError(
        "incompatible",
        `${file} was made by a newer version. Use that version or a newer one.`,
      );
    return { migrations: head.migrations, tables: () => tablesOf(file, next), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function* tablesOf(file: string, next: () => Promise<Line>): AsyncIterable<TableContent> {
  for (;;) {
    const head = await next();
    if ("end" in head) return;
    if (!("table" in head) || !COPIED_TABLES.includes(head.table))
      throw broken(file, "a table's name was expected");
    const { table, columns } = head;
    let complete = false;
    yield {
      table,
      columns,
      async *rows() {
        const digest = new RowDigest();
        let batch: Row[] = [];
        for (;;) {
          const line = await next();
          if (Array.isArray(line)) {
            const row = decodeRow(line);
            digest.add(row);
            if (batch.push(row) < BATCH_ROWS) continue;
            yield batch;
            batch = [];
            continue;
          }
          if (batch.length > 0) yield batch;
          const { rows, digest: sum } = digest.summary(table);
          const stated = "summary" in line ? line.summary : null;
          if (stated?.rows !== rows || stated.digest !== sum)
            throw broken(file, `the rows of ${table} are not those that were written`);
          complete = true;
          return;
        }
      },
    };
    if (!complete) throw broken(file, `the rows of ${table} were not read`);
  }
}
