import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BLOCK = Buffer.alloc(4096, 1);

/** A file system of its own, of a few megabytes in memory, that a test can fill up. */
export interface SmallDisk {
  readonly directory: string;
  /** Takes all the space that is left. */
  fill(): void;
  /** Gives it back. */
  free(): void;
  remove(): void;
}

const mount = (...args: string[]) => spawnSync("mount", args, { encoding: "utf8" });

/** @returns null where this account may not mount one */
export function smallDisk(megabytes: number): SmallDisk | null {
  const directory = mkdtempSync(join(tmpdir(), "cognate-disk-"));
  if (mount("-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "tmpfs", directory).status !== 0) {
    rmSync(directory, { recursive: true });
    return null;
  }
  const ballast = join(directory, "ballast");
  return {
    directory,
    fill() {
      const file = openSync(ballast, "a");
      try {
        for (;;) writeSync(file, BLOCK);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    remove() {
      const { status, stderr } = spawnSync("umount", [directory], { encoding: "utf8" });
      if (status !== 0) throw new Error(`${directory} stays mounted: ${stderr}`);
      rmSync(directory, { recursive: true });
    },
  };
}
