import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compareText,
  escapeNul,
  lookupKey,
  SEARCHED_LENGTH,
  searched,
  successor,
  unescapeNul,
} from "../../src/storage/text.ts";

const character = fc.oneof(
  fc.constantFrom("\0", "\u0001", "\u0002", "\u0003", "a", "b", "\ud7ff", "\ue000", "\ufffd", "\uffff"),
  fc.constantFrom("\u{10000}", "\u{10fffe}", "\u{10ffff}"),
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
);
const text = fc.array(character, { maxLength: 5 }).map((parts) => parts.join(""));

test.each([
  ["a", "b"],
  ["az", "a{"],
  ["\ud7ff", "\ue000"],
  ["\uffff", "\u{10000}"],
  ["a\u{10ffff}", "b"],
  ["a\u{10ffff}\u{10ffff}", "b"],
  ["\ud83d", "\ufffe"],
])("what follows every text that begins with %j is %j", (prefix, next) => {
  expect(successor(prefix)).toBe(next);
});

test("nothing follows every text that begins with nothing, or with the last character", () => {
  expect(successor("")).toBeNull();
  expect(successor("\u{10ffff}\u{10ffff}")).toBeNull();
});

test("a text begins with a prefix exactly when it is in the prefix's range", () => {
  fc.assert(
    fc.property(text, text, fc.boolean(), (prefix, rest, joined) => {
      const candidate = joined ? prefix + rest : rest;
      const end = successor(prefix);
      const isInRange =
        compareText(candidate, prefix) >= 0 && (end === null || compareText(candidate, end) < 0);
      const [bytes, start] = [Buffer.from(candidate), Buffer.from(prefix)];
      expect(isInRange).toBe(bytes.subarray(0, start.length).equals(start));
    }),
    { numRuns: 2_000 },
  );
});

test("without U+0000 a text keeps its order and its prefixes, and comes back", () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(escapeNul(a)).not.toContain("\0");
      expect(unescapeNul(escapeNul(a))).toBe(a);
      expect(Math.sign(compareText(escapeNul(a), escapeNul(b)))).toBe(Math.sign(compareText(a, b)));
      expect(escapeNul(a + b)).toBe(escapeNul(a) + escapeNul(b));
    }),
    { numRuns: 2_000 },
  );
});

test("what is searched ends at a character, and what is looked up fits an index", () => {
  const long = "😀".repeat(3_000);
  expect(searched(long)).toBe("😀".repeat(SEARCHED_LENGTH));
  expect(searched("short")).toBe("short");
  expect(lookupKey("short")).toBe("short");
  expect(lookupKey(long)).toHaveLength(SEARCHED_LENGTH + 1);
  expect(lookupKey(long)).not.toBe(lookupKey(`${long}x`));
});
