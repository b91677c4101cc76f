import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { styleSheetProblem } from "../../src/domain/branding/style-sheet.ts";

describe("a style sheet of the classic pages", () => {
  it("is rules for the classes of the list, alone or together, with comments anywhere", () => {
    for (const css of [
      "",
      " \n\t",
      "/* nothing */",
      ".logo-customizable { max-width: 60%; max-height: 30%; }",
      ".submitButton-customizable:hover,\n.idpButton-customizable:hover {color:#fff}.inputField-customizable:focus{outline:0;}",
      ".banner-customizable /* the band { } */ { padding: 25px 0 /* } */ 25px 10px; background-color: lightgray }",
    ])
      expect(styleSheetProblem(css), css).toBeNull();
  });

  it("names nothing else", () => {
    for (const css of [
      "body { color: red }",
      "* { color: red }",
      "#logo { color: red }",
      ".other-customizable { color: red }",
      ".logo-customizable:hover { color: red }",
      ".logo-customizable .label-customizable { color: red }",
      ".logo-customizable, { color: red }",
      ".LOGO-customizable { color: red }",
      "{ color: red }",
      "@import url(//example.com/x.css);",
      "@media print { .logo-customizable { color: red } }",
      "</style><script>alert(1)</script>",
      ".logo-customizable",
    ])
      expect(styleSheetProblem(css), css).not.toBeNull();
  });

  it("holds no HTML, no script, no further rules, and ends what it begins", () => {
    for (const css of [
      ".logo-customizable { color: red",
      "/* .logo-customizable { color: red }",
      ".logo-customizable { content: '</style>' }",
      ".logo-customizable { @import 'x' }",
      ".logo-customizable { background: url(JavaScript:alert(1)) }",
      ".logo-customizable { width: expression (alert(1)) }",
      ".logo-customizable { behavior: url(x.htc) }",
      ".logo-customizable { -moz-binding: url(x) }",
      ".logo-customizable { & .label-customizable { color: red } }",
      ".logo-customizable { color: red } }",
    ])
      expect(styleSheetProblem(css), css).not.toBeNull();
  });

  it("never ends the element it stands in, whatever it is made of", () => {
    const piece = fc.constantFrom(
      ".logo-customizable",
      "{",
      "}",
      "/*",
      "*/",
      "</style>",
      "<",
      "@media",
      "color: red;",
      ",",
      " ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const css = pieces.join("");
        if (styleSheetProblem(css) !== null) return;
        const rules = css.replace(/\/\*[\s\S]*?\*\//g, " ");
        expect(rules).not.toMatch(/[<@]/);
        expect(rules.split("{")).toHaveLength(rules.split("}").length);
      }),
      { numRuns: 3_000 },
    );
  });

  it("is judged in time linear in its length", () => {
    for (const piece of ["/*", "*/ ", ".logo-customizable{}", "{", "expression ", "/* */"]) {
      const startedAt = performance.now();
      styleSheetProblem(piece.repeat(131_072 / piece.length));
      expect(performance.now() - startedAt, piece).toBeLessThan(500);
    }
  });
});
