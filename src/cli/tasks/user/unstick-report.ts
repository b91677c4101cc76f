import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import type { UserStatusType } from "../../../api/generated/shapes.ts";
import { UsageFault } from "../../connection/task.ts";

/** What became of a user. */
export interface UnstuckUser {
  readonly UserPoolId: string;
  readonly Username: string;
  /** Before. */
  readonly UserStatus: UserStatusType;
  readonly Action: string;
  /** UserLastModifiedDate before, in seconds since the epoch: whatever is done to the user moves it. */
  readonly LastModified: number;
  /** Where one was made. */
  readonly Password?: string;
  readonly Outcome: "done" | "failed" | "interrupted";
  readonly Error?: string;
}

/** What is known before the call: a line that an interruption leaves unfinished tells that the outcome is not known. */
export type BegunUser = Omit<UnstuckUser, "Outcome" | "Error">;

const OWNER_ONLY = 0o600;

/** The object that an unfinished line holds; null when not even that much was written. */
function begunOf(line: string): BegunUser | null {
  try {
    return JSON.parse(`${line}}`);
  } catch {
    return null;
  }
}

/**
 * A file that remembers what was done, JSON Lines, a line for each user: its beginning is on disk before the call and its end after,
 * so that work that was interrupted is not done twice.
 */
export class UnstickReport {
  readonly path: string;
  readonly #file: number;
  readonly #done = new Set<string>();
  /** Of whom it is not known what became. */
  readonly inDoubt: BegunUser | null;

  /** @throws UsageFault for a file that is something else */
  constructor(path: string, userPoolId: string, action: string) {
    this.path = path;
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [""];
    const unfinished = lines.pop() ?? "";
    for (const line of lines) this.#read(line, userPoolId, action);
    this.inDoubt = unfinished === "" ? null : begunOf(unfinished);
    this.#file = openSync(path, "a", OWNER_ONLY);
    // The call comes after its line: without a whole beginning there was none.
    if (unfinished !== "" && this.inDoubt === null)
      throw new UsageFault(`the last line of ${path} is broken: remove it, nothing was done for it`);
  }

  #read(line: string, userPoolId: string, action: string): void {
    let entry: UnstuckUser;
    try {
      entry = JSON.parse(line);
    } catch {
      throw new UsageFault(`${this.path} is no report of unstick: give another --report`);
    }
    if (entry.UserPoolId !== userPoolId || entry.Action !== action)
      throw new UsageFault(
        `${this.path} is the report of ${entry.Action} in ${entry.UserPoolId}: give another --report`,
      );
    if (entry.Outcome === "done") this.#done.add(entry.Username);
  }

  get doneBefore(): number {
    return this.#done.size;
  }

  isDone(username: string): boolean {
    return this.#done.has(username);
  }

  begin(user: BegunUser): void {
    this.#write(JSON.stringify(user).slice(0, -1));
  }

  /** Ends the line of the user who was begun. */
  end(user: BegunUser, outcome: UnstuckUser["Outcome"], error?: string): UnstuckUser {
    const rest = { Outcome: outcome, ...(error === undefined ? {} : { Error: error }) };
    this.#write(`,${JSON.stringify(rest).slice(1)}\n`);
    if (outcome === "done") this.#done.add(user.Username);
    return { ...user, ...rest };
  }

  #write(text: string): void {
    writeSync(this.#file, text);
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}
