import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MIGRATIONS = "src/storage/migrations";

/** The sources of the version before this one, to start a server of. */
export interface VersionBefore {
  /** A commit, or the name of a release. */
  readonly name: string;
  readonly entry: string;
  remove(): void;
}

/** What git says; null where it cannot, as without a history. */
function git(...words: string[]): string | null {
  const { status, stdout } = spawnSync("git", words, { cwd: ROOT, encoding: "utf8" });
  return status === 0 && stdout.trim() !== "" ? stdout.trim() : null;
}

/**
 * The newest release; before the first, the state before the newest migration was added, which is the nearest thing to a version that
 * does not know the schema.
 */
function nameOfVersionBefore(): string | null {
  const release = git("describe", "--tags", "--abbrev=0", "HEAD^");
  if (release) return release;
  const newest = readdirSync(join(ROOT, MIGRATIONS))
    .filter((name) => /^\d/.test(name))
    .sort()
    .at(-1);
  const added = git("log", "--diff-filter=A", "--format=%H", "--", `${MIGRATIONS}/${newest}`)
    ?.split("\n")
    .at(-1);
  const before = added ? git("rev-parse", "--short", `${added}^`) : null;
  // A copy without its history begins with everything.
  return before && git("ls-tree", before, `${MIGRATIONS}/index.ts`) ? before : null;
}

/** Null where there is no history to take it from. */
export function versionBefore(): VersionBefore | null {
  const name = nameOfVersionBefore();
  if (!name) return null;
  const directory = mkdtempSync(join(tmpdir(), "cognate-version-before-"));
  const archive = join(directory, "sources.tar");
  writeFileSync(
    archive,
    execFileSync("git", ["archive", name, "src", "package.json"], { cwd: ROOT, maxBuffer: 2 ** 28 }),
  );
  execFileSync("tar", ["-xf", archive, "-C", directory]);
  rmSync(archive);
  symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
  return {
    name,
    entry: join(directory, "src/main.ts"),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
