import { createHash } from "node:crypto";
import { closeSync, existsSync, ftruncateSync, openSync, statSync, writeSync } from "node:fs";
import { textLines } from "./text-lines.ts";

/** How far a line of the file has come. */
export type LineState = "new" | "begun" | "done" | "failed";

const STATES: readonly LineState[] = ["new", "begun", "done", "failed"];

/** What the report says of an import job. */
export interface JobEntry {
  readonly job: string;
  readonly part: number;
  /** Bytes of the file, from and up to. */
  readonly from: number;
  readonly to: number;
  readonly over?: {
    readonly status: string;
    readonly imported: number;
    readonly skipped: number;
    readonly failed: number;
  };
}

interface LineEntry {
  readonly line: number;
  readonly of: number;
  readonly state: LineState;
  readonly username?: string;
  readonly error?: string;
}

/** Of the user whom a line is about, so that a line that was put right is still the same, and one of somebody else is another. */
export const fingerprint = (text: string): number =>
  createHash("sha256").update(text).digest().readUInt32BE(0);

const FIRST_LINES = 1024;

/**
 * What became of each line, in a file of JSON Lines that is written as things happen: the report for people, and by which an import
 * that was interrupted goes on. Holds five bytes a line in memory.
 */
export class ImportReport {
  readonly path: string;
  readonly jobs = new Map<number, JobEntry>();
  #file = -1;
  #fingerprints = new Uint32Array(FIRST_LINES);
  #states = new Uint8Array(FIRST_LINES);

  private constructor(path: string) {
    this.path = path;
  }

  /** Reads what an earlier run wrote; a last line that was cut off does not count. */
  static async open(path: string): Promise<ImportReport> {
    const report = new ImportReport(path);
    let whole = 0;
    let last = 0;
    if (existsSync(path)) {
      for await (const text of textLines(path)) {
        try {
          report.#take(JSON.parse(text));
          last = Buffer.byteLength(text) + 1;
          whole += last;
        } catch {
          break;
        }
      }
    }
    // Cut off between its last character and its end.
    if (existsSync(path) && whole > statSync(path).size) whole -= last;
    report.#file = openSync(path, existsSync(path) ? "r+" : "w+", 0o600);
    ftruncateSync(report.#file, whole);
    report.#position = whole;
    return report;
  }

  #position = 0;

  #take(entry: LineEntry | JobEntry): void {
    if ("job" in entry) this.jobs.set(entry.part, entry);
    else this.#set(entry.line, entry.of, entry.state);
  }

  #set(line: number, of: number, state: LineState): void {
    if (line >= this.#states.length) {
      const size = Math.max(line + 1, this.#states.length * 2);
      const grown = { fingerprints: new Uint32Array(size), states: new Uint8Array(size) };
      grown.fingerprints.set(this.#fingerprints);
      grown.states.set(this.#states);
      this.#fingerprints = grown.fingerprints;
      this.#states = grown.states;
    }
    this.#fingerprints[line] = of;
    this.#states[line] = STATES.indexOf(state);
  }

  #append(entry: object): void {
    const bytes = Buffer.from(`${JSON.stringify(entry)}\n`);
    this.#position += writeSync(this.#file, bytes, 0, bytes.length, this.#position);
  }

  stateOf(line: number, of: number): LineState {
    if (this.#fingerprints[line] !== of) return "new";
    return STATES[this.#states[line] ?? 0] ?? "new";
  }

  /** Before the server is asked to make the user, so that after an interruption it is known whose the user is. */
  begin(line: number, of: number): void {
    this.#set(line, of, "begun");
    this.#append({ line, of, state: "begun" });
  }

  done(line: number, of: number, username: string): void {
    this.#set(line, of, "done");
    this.#append({ line, of, state: "done", username });
  }

  /** @param begun the user may be there: the rest is done when the line is tried again */
  fail(line: number, of: number, username: string | undefined, error: string, begun: boolean): void {
    this.#set(line, of, begun ? "begun" : "failed");
    this.#append({ line, of, state: begun ? "begun" : "failed", username, error });
  }

  job(entry: JobEntry): void {
    this.jobs.set(entry.part, entry);
    this.#append(entry);
  }

  close(): void {
    closeSync(this.#file);
  }
}
