import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/** What a copy has made, as a line of its journal. */
interface Entry {
  /** `pool`, `client web`, … */
  readonly made?: string;
  readonly id?: string;
  /** A user who is there whole. */
  readonly user?: string;
  /** A user who may be there. */
  readonly begun?: string;
}

/**
 * What a copy has done, in a file, so that one that was interrupted goes on where it stopped. The file goes when the copy is whole.
 */
export class CopyJournal {
  readonly path: string;
  readonly #made = new Map<string, string>();
  readonly #users = new Set<string>();
  readonly #begun = new Set<string>();

  /** Reads what an earlier run wrote; a last line that was cut off goes. */
  constructor(path: string) {
    this.path = path;
    if (!existsSync(path)) return;
    let whole = "";
    for (const line of readFileSync(path, "utf8").split("\n")) {
      try {
        this.#take(JSON.parse(line));
        whole += `${line}\n`;
      } catch {
        break;
      }
    }
    writeFileSync(path, whole, { mode: 0o600 });
  }

  #take({ made, id = "", user, begun }: Entry): void {
    if (made !== undefined) this.#made.set(made, id);
    if (user !== undefined) this.#users.add(user);
    if (begun !== undefined) this.#begun.add(begun);
  }

  #write(entry: Entry): void {
    this.#take(entry);
    appendFileSync(this.path, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  }

  /** The id in the copy of what was made; null when it was not. */
  made(what: string): string | null {
    return this.#made.get(what) ?? null;
  }

  make(what: string, id = ""): void {
    this.#write({ made: what, id });
  }

  isDone(user: string): boolean {
    return this.#users.has(user);
  }

  isBegun(user: string): boolean {
    return this.#begun.has(user);
  }

  begin(user: string): void {
    this.#write({ begun: user });
  }

  done(user: string): void {
    this.#write({ user });
    this.#begun.delete(user);
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}
