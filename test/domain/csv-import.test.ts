import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvFields } from "../../src/domain/user-imports/csv-fields.ts";
import { type CsvLine, CsvLineReader, LineCounter } from "../../src/domain/user-imports/csv-lines.ts";
import {
  COMPLETION,
  jobAt,
  nextImportStatus,
  USER_IMPORT_TRANSITIONS,
  type UserImportJob,
} from "../../src/domain/user-imports/user-import-job.ts";
import { DAY, type Instant } from "../../src/runtime/clock.ts";

function linesOf(pieces: readonly Uint8Array[], from?: { offset: number; line: number }): CsvLine[] {
  const reader = new CsvLineReader(from);
  return [...pieces.flatMap((piece) => [...reader.push(piece)]), ...reader.end()];
}

const texts = (bytes: Uint8Array) =>
  linesOf([bytes]).map(({ number, content }) => [
    number,
    content.kind === "text" ? content.text : content.kind,
  ]);

/** The pieces between the cuts, in one buffer that is overwritten after each, as a socket's is. */
function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((start, index) => bytes.slice(start, places[index] ?? bytes.length));
}

/** Files of text, of bytes that are no text, and of lines about as long as one may be. */
const file = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.string({ unit: "binary", maxLength: 20 }).map((text) => Buffer.from(text)) },
      { weight: 2, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) },
      {
        weight: 4,
        arbitrary: fc.constantFrom(...["\n", "\r\n", "\n\n", ",", "\\,", " "].map((t) => Buffer.from(t))),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom("x", "é", "😀"), fc.constantFrom(15_999, 16_000, 16_001, 70_000))
          .map(([character, length]) => Buffer.from(character.repeat(length))),
      },
    ),
    { maxLength: 30 },
  )
  .map((parts) => Buffer.concat(parts));

describe("the lines of a CSV file", () => {
  it("are the same wherever the file is cut into pieces", () => {
    fc.assert(
      fc.property(file, fc.array(fc.nat(200_000), { maxLength: 12 }), (bytes, cuts) => {
        expect(linesOf(cut(bytes, cuts))).toEqual(linesOf([bytes]));
      }),
      { numRuns: 300 },
    );
  });

  it("are the same from behind any line as in the whole file", () => {
    fc.assert(
      fc.property(file, (bytes) => {
        const all = linesOf([bytes]);
        for (const [index, { end, number }] of all.entries())
          expect(linesOf([bytes.subarray(end)], { offset: end, line: number + 1 })).toEqual(
            all.slice(index + 1),
          );
      }),
      { numRuns: 300 },
    );
  });

  it("are as many as are counted while the file comes in, where they are text", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "é", " ", "\t", "\n", "\r\n", ","), { maxLength: 60 }),
        (parts) => {
          const bytes = Buffer.from(parts.join(""));
          const counter = new LineCounter();
          for (const piece of cut(bytes, [7, 13, 29])) counter.push(piece);
          expect(counter.lines).toBe(linesOf([bytes]).length);
        },
      ),
    );
  });

  it("are numbered from 1, blank ones too, which are none", () => {
    expect(texts(Buffer.from("a\n\n \t\r\nb\r\nc"))).toEqual([
      [1, "a"],
      [4, "b"],
      [5, "c"],
    ]);
  });

  it("have 16,000 characters at most, however many bytes that is", () => {
    const kinds = (text: string) =>
      texts(Buffer.from(`a\n${text}\nz\n`)).map(([, what]) => String(what).slice(0, 8));
    expect(kinds("😀".repeat(16_000))[1]).not.toBe("too-long");
    expect(kinds("😀".repeat(16_001))).toEqual(["a", "too-long", "z"]);
    expect(kinds("x".repeat(16_001))).toEqual(["a", "too-long", "z"]);
    expect(kinds("x".repeat(5_000_000))).toEqual(["a", "too-long", "z"]);
  });

  it("that are not UTF-8 are that alone", () => {
    const bytes = Buffer.concat([Buffer.from("a\nb"), Buffer.of(0xe4), Buffer.from("\nc\n")]);
    expect(texts(bytes)).toEqual([
      [1, "a"],
      [2, "not-utf-8"],
      [3, "c"],
    ]);
  });
});

describe("the fields of a line", () => {
  it("come back as they were written, with commas escaped", () => {
    const value = fc
      .string({ unit: "grapheme" })
      // What no field can hold: a backslash before a comma or at the end, and white space at the ends.
      .map((text) => text.replaceAll("\\", "/").replaceAll("\n", " ").trim());
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        expect(csvFields(values.map((one) => one.replaceAll(",", "\\,")).join(","))).toEqual(values);
      }),
    );
  });

  it("know no quotation marks, and backslashes only before commas", () => {
    expect(csvFields('"a,b", c\\d ,\\\\,e,\\,')).toEqual(['"a', 'b"', "c\\d", "\\,e", ","]);
    expect(csvFields(",,")).toEqual(["", "", ""]);
    expect(csvFields("\\,")).toEqual([","]);
  });
});

describe("the states of a job", () => {
  it("lead to an end from everywhere, and nowhere from there", () => {
    const ends = Object.entries(USER_IMPORT_TRANSITIONS).filter(([, row]) => Object.keys(row).length === 0);
    expect(ends.map(([status]) => status).sort()).toEqual(["Expired", "Failed", "Stopped", "Succeeded"]);
    expect(nextImportStatus("Created", "start")).toBe("Pending");
    expect(nextImportStatus("Created", "stop")).toBeNull();
    expect(nextImportStatus("Stopping", "succeed")).toBeNull();
  });

  it("end after a day without a start", () => {
    const job = { status: "Created", createdAt: 1000 as Instant } as UserImportJob;
    expect(jobAt(job, (1000 + DAY - 1) as Instant)).toBe(job);
    expect(jobAt(job, (1000 + DAY) as Instant)).toMatchObject({
      status: "Expired",
      completedAt: 1000 + DAY,
      completionMessage: COMPLETION.expired,
    });
    const started = { ...job, status: "Pending" as const };
    expect(jobAt(started, (1000 + 9 * DAY) as Instant)).toBe(started);
  });
});
