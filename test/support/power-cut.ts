import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Draw } from "./model-probe.ts";

/**
 * A power cut, replayed: what a program wrote to its files and when it had the disk take it is recorded by strace, and the files are
 * made anew as they may be after a cut at any moment. What was synced is there; of the rest each write, and each sector of a write, is
 * there or not. That a file exists is taken for durable, as it is long before the moments in question.
 */

const RECORDED = "pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync,ftruncate";
/** Longer than any write: a page of the database. */
const LONGEST_WRITE = 70_000;
/** What a disk writes whole, at the least. */
const SECTOR = 512;

/** Runs a program under strace and records writes with their bytes, syncs and what is sent. */
export const recordWrites = (file: string): string[] => [
  "strace",
  ...["-f", "-qq", "-y", "-xx", "-s", String(LONGEST_WRITE), "-e", `trace=${RECORDED}`, "-o", file],
];

/** One thing that was done, in the order in which they were done. */
export type DiskEvent =
  | { readonly kind: "write"; readonly file: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: "truncate"; readonly file: string; readonly size: number }
  | { readonly kind: "sync"; readonly file: string }
  /** Bytes that left for a client. */
  | { readonly kind: "sent"; readonly text: string };

/** A call may be split in two lines when another thread comes between. */
const BEGUN = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/;
const RESUMED = /^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+)/;
const WHOLE = /^(\d+) +(\w+)\((.*)\) += (-?\d+)/;
const TARGET = /^\d+<([^>]*)>/;

const unescaped = (text: string): Buffer => Buffer.from(text.replaceAll("\\x", ""), "hex");

/** What a call did; null for what does not matter. @param files that do, by the end of their names */
function eventOf(call: string, text: string, files: readonly string[]): DiskEvent | null {
  const target = unescaped(TARGET.exec(text)?.[1] ?? "").toString();
  if (/^(socket|TCP)/.test(target)) {
    const sent = [...text.matchAll(/"([^"]*)"/g)].map(([, part = ""]) => unescaped(part));
    return { kind: "sent", text: Buffer.concat(sent).toString() };
  }
  const file = files.find((name) => target.endsWith(name));
  if (file === undefined) return null;
  if (call === "fsync" || call === "fdatasync") return { kind: "sync", file };
  if (call === "ftruncate") return { kind: "truncate", file, size: Number(/, (\d+)$/.exec(text)?.[1]) };
  const write = /, "([^"]*)", \d+, (\d+)$/.exec(text);
  if (!write) throw new Error(`Not a write at a place: ${call}(${text.slice(0, 200)}`);
  return { kind: "write", file, offset: Number(write[2]), bytes: unescaped(write[1] ?? "") };
}

/** What a record says of these files and of what was sent. A sync counts once it is done, a sending once it is begun. */
export async function diskEventsIn(record: string, files: readonly string[]): Promise<DiskEvent[]> {
  const events: DiskEvent[] = [];
  const begun = new Map<string, string>();
  for await (const line of createInterface({ input: createReadStream(record, "latin1") })) {
    const unfinished = BEGUN.exec(line);
    if (unfinished) {
      const [, thread = "", call = "", text = ""] = unfinished;
      begun.set(thread, text);
      const event = eventOf(call, text, files);
      if (event?.kind === "sent") events.push(event);
      continue;
    }
    const resumed = RESUMED.exec(line);
    const [, thread = "", call = "", rest = "", result = ""] = resumed ?? WHOLE.exec(line) ?? [];
    if (call === "" || Number(result) < 0) continue;
    const event = eventOf(call, resumed ? (begun.get(thread) ?? "") + rest : rest, files);
    if (event && !(resumed && event.kind === "sent")) events.push(event);
  }
  return events;
}

/** What becomes of what was not synced. */
export const CUT_KINDS = ["nothing", "everything", "some writes", "some sectors"] as const;
export type CutKind = (typeof CUT_KINDS)[number];

type Change = Extract<DiskEvent, { kind: "write" | "truncate" }>;

/** A file on a disk that may lose its power. */
class DiskFile {
  #synced = Buffer.alloc(0);
  #size = 0;
  #pending: Change[] = [];

  get unsynced(): number {
    return this.#pending.length;
  }

  do(change: Change): void {
    this.#pending.push(change);
  }

  sync(): void {
    for (const change of this.#pending) this.#apply(change);
    this.#pending = [];
  }

  /** Its content after a cut now. The disk itself is not changed. */
  after(kind: CutKind, draw: Draw): Buffer {
    const copy = new DiskFile();
    copy.#synced = Buffer.from(this.#synced.subarray(0, this.#size));
    copy.#size = this.#size;
    for (const change of kind === "nothing" ? [] : this.#pending) {
      if (kind === "everything") copy.#apply(change);
      else if (kind === "some writes" || change.kind === "truncate") {
        if (draw() < 0.5) copy.#apply(change);
      } else copy.#tear(change, draw);
    }
    return copy.#synced.subarray(0, copy.#size);
  }

  #apply(change: Change): void {
    if (change.kind === "truncate") {
      this.#grow(change.size);
      this.#synced.fill(0, Math.min(change.size, this.#size));
      this.#size = change.size;
      return;
    }
    const end = change.offset + change.bytes.length;
    this.#grow(end);
    change.bytes.copy(this.#synced, change.offset);
    this.#size = Math.max(this.#size, end);
  }

  #tear({ offset, bytes, ...change }: Extract<Change, { kind: "write" }>, draw: Draw): void {
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + SECTOR - ((offset + at) % SECTOR));
      if (draw() < 0.5) this.#apply({ ...change, offset: offset + at, bytes: bytes.subarray(at, end) });
      at = end;
    }
  }

  #grow(size: number): void {
    if (size <= this.#synced.length) return;
    const larger = Buffer.alloc(Math.max(size, this.#synced.length * 2));
    this.#synced.copy(larger, 0, 0, this.#size);
    this.#synced = larger;
  }
}

/** The files of a recorded program, up to some moment. */
export class Disk {
  readonly #files: ReadonlyMap<string, DiskFile>;

  constructor(files: readonly string[]) {
    this.#files = new Map(files.map((file) => [file, new DiskFile()]));
  }

  do(event: DiskEvent): void {
    if (event.kind === "sent") return;
    const file = this.#files.get(event.file);
    if (event.kind === "sync") file?.sync();
    else file?.do(event);
  }

  /** How many writes to the file are not synced. */
  unsynced(file: string): number {
    return this.#files.get(file)?.unsynced ?? 0;
  }

  after(kind: CutKind, draw: Draw): Map<string, Buffer> {
    return new Map([...this.#files].map(([name, file]) => [name, file.after(kind, draw)]));
  }
}
