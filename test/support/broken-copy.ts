import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const COPIED = ["src", "test", "package.json", "tsconfig.json", "vitest.config.ts", "docs", "README.md"];

/** One change of the sources that takes a guard away. */
export interface Fault {
  /** Below `src`. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly guard: string;
  readonly instead: string;
}

/** A copy of the project to break; the packages are shared with the original. */
export interface BrokenCopy {
  readonly directory: string;
  /** What a server of the copy is started from. */
  readonly entry: string;
  /** @throws Error where the sources have moved on and the fault does not fit them any more */
  seed(fault: Fault): void;
  /** Takes every fault back. */
  restore(): void;
  remove(): void;
}

export function brokenCopy(): BrokenCopy {
  const directory = mkdtempSync(join(tmpdir(), "cognate-broken-"));
  for (const name of COPIED) cpSync(join(ROOT, name), join(directory, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
  const touched = new Set<string>();
  return {
    directory,
    entry: join(directory, "src/main.ts"),
    seed({ file, guard, instead }) {
      const path = join(directory, "src", file);
      const text = readFileSync(path, "utf8");
      if (text.split(guard).length !== 2) throw new Error(`Not exactly once in ${file}: ${guard}`);
      writeFileSync(
        path,
        text.replace(guard, () => instead),
      );
      touched.add(file);
    },
    restore() {
      for (const file of touched) cpSync(join(ROOT, "src", file), join(directory, "src", file));
      touched.clear();
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
