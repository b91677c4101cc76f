import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printJson } from "../../src/cli/aws-commands/json-text.ts";
import { parseShorthand } from "../../src/cli/aws-commands/shorthand.ts";
import { printShorthand } from "../command-line/aws-commands/print-shorthand.ts";

const parsed = (text: string): unknown => JSON.parse(printJson(parseShorthand(text, () => null)));

function fault(text: string): string {
  try {
    parseShorthand(text, () => null);
  } catch (error) {
    return (error as Error).message;
  }
  return "none";
}

const key = fc.stringMatching(/^[a-zA-Z0-9\-_.#/:]{1,8}$/).filter((name) => name !== "__proto__");
const text = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9_.:/;@%+*$-]{1,12}$/),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("a,b", "a=b", "[x]", "{k=v}", 'say "x"', "it's", " spaces ", "line\nbreak", "C:\\path"),
);
const object = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, text, tie("list"), tie("map")),
  list: fc.array(tie("value"), { maxLength: 4 }),
  map: fc.dictionary(key, tie("value"), { maxKeys: 4 }),
})).map;

describe("shorthand", () => {
  it("reads back everything that can be written in it", () => {
    let written = 0;
    fc.assert(
      fc.property(object, (value) => {
        const shorthand = printShorthand(value);
        if (shorthand === null) return;
        written++;
        expect(parsed(shorthand)).toEqual({ ...(value as object) });
      }),
      { numRuns: 2_000 },
    );
    expect(written).toBeGreaterThan(500);
  });

  it("takes a list with commas where no key follows them", () => {
    expect(parsed("Names=a,b,c,Other=d")).toEqual({ Names: ["a", "b", "c"], Other: "d" });
    expect(parsed("Names=a\\,b,Other=")).toEqual({ Names: "a,b", Other: "" });
  });

  it("reads a file only where @= asks for it", () => {
    const read = (value: string) => (value.startsWith("file://") ? "content" : null);
    expect(printJson(parseShorthand("a@=file://x,b=file://x,c@=plain", read))).toBe(
      '{"a":"content","b":"file://x","c":"plain"}',
    );
  });

  it("points at the column of a mistake, also in a later line", () => {
    expect(fault("Name==x")).toBe("Expected: ',', received: '=' for input:\nName==x\n     ^");
    expect(fault("Name=日,,")).toBe("Expected: '=', received: 'EOF' for input:\nName=日,,\n        ^");
    expect(fault("a=b,\nc==d,\ne=f")).toBe("Expected: ',', received: '=' for input:\na=b,\nc==d,\n  ^\ne=f");
    expect(fault("a='b")).toBe("Expected: '<singled quoted>', received: '<none>' for input:\na='b\n  ^");
  });

  it("refuses a key that comes twice", () => {
    expect(fault("a=b,a=c")).toContain('Second instance of key "a" encountered for input:\na=b,a=c\n    ^');
  });
});
