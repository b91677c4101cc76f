import { describe, expect, it } from "vitest";
import { drawsFrom } from "./model-probe.ts";
import { CUT_KINDS, Disk, type DiskEvent } from "./power-cut.ts";

const write = (offset: number, text: string): DiskEvent => ({
  kind: "write",
  file: "file",
  offset,
  bytes: Buffer.from(text),
});
const SYNC: DiskEvent = { kind: "sync", file: "file" };

function contentAfter(events: readonly DiskEvent[], kind: (typeof CUT_KINDS)[number], seed = 1): string {
  const disk = new Disk(["file"]);
  for (const event of events) disk.do(event);
  return disk.after(kind, drawsFrom(seed)).get("file")?.toString() ?? "";
}

describe("a disk whose power is cut", () => {
  it.each(CUT_KINDS)("has all that was synced, and of the rest %s", (kind) => {
    for (let seed = 0; seed < 50; seed++) {
      const content = contentAfter([write(0, "old"), SYNC, write(3, "new")], kind, seed);
      expect(content).toMatch(
        kind === "nothing" ? /^old$/ : kind === "everything" ? /^oldnew$/ : /^old(new)?$/,
      );
    }
  });

  it("may have a later write and lack an earlier one", () => {
    const events = [write(0, "a"), write(1, "b")];
    const seen = new Set(Array.from({ length: 50 }, (_, seed) => contentAfter(events, "some writes", seed)));
    expect([...seen].sort()).toEqual(["", "\0b", "a", "ab"]);
  });

  it("tears a write between sectors and never within one", () => {
    const [old, fresh] = ["o".repeat(1024), "n".repeat(1024)];
    const events = [write(0, old), SYNC, write(0, fresh)];
    const seen = new Set(Array.from({ length: 50 }, (_, seed) => contentAfter(events, "some sectors", seed)));
    const half = (letter: string) => letter.repeat(512);
    expect([...seen].sort()).toEqual([fresh, half("n") + half("o"), half("o") + half("n"), old].sort());
  });

  it("is as short as it was cut, and has zeros where it grew", () => {
    const events: DiskEvent[] = [
      write(0, "abcdef"),
      { kind: "truncate", file: "file", size: 2 },
      write(4, "x"),
    ];
    expect(contentAfter(events, "everything")).toBe("ab\0\0x");
  });
});
