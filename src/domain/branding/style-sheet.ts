/** What a style sheet of the classic pages may name. Source: Cognito's documentation of classic branding. */
const SELECTORS: ReadonlySet<string> = new Set([
  ".background-customizable",
  ".banner-customizable",
  ".errorMessage-customizable",
  ".idpButton-customizable",
  ".idpButton-customizable:hover",
  ".idpDescription-customizable",
  ".inputField-customizable",
  ".inputField-customizable:focus",
  ".label-customizable",
  ".legalText-customizable",
  ".logo-customizable",
  ".passwordCheck-notValid-customizable",
  ".passwordCheck-valid-customizable",
  ".redirect-customizable",
  ".socialButton-customizable",
  ".submitButton-customizable",
  ".submitButton-customizable:hover",
  ".textDescription-customizable",
]);

/** What values cannot hold: HTML, at-rules, further rules, script. Source as above. */
const FORBIDDEN_IN_VALUES = /[<>@{]|javascript:|expression\s*\(|behaviou?r\s*:|-moz-binding/i;

const PRINTED = 100;
const shown = (text: string): string => text.slice(0, PRINTED);

/** Without comments; null where one has no end. */
function withoutComments(css: string): string | null {
  let text = "";
  let from = 0;
  for (;;) {
    const start = css.indexOf("/*", from);
    if (start === -1) return text + css.slice(from);
    const end = css.indexOf("*/", start + 2);
    if (end === -1) return null;
    text += `${css.slice(from, start)} `;
    from = end + 2;
  }
}

/**
 * Why a style sheet is refused, or null: it is a list of rules, each for classes of the list and nothing else. It takes time
 * linear in the text.
 */
export function styleSheetProblem(css: string): string | null {
  const text = withoutComments(css);
  if (text === null) return "a comment has no end";
  let from = 0;
  for (;;) {
    const open = text.indexOf("{", from);
    if (open === -1) {
      const rest = text.slice(from).trim();
      return rest === "" ? null : `${shown(rest)} is not valid`;
    }
    for (const selector of text.slice(from, open).split(",")) {
      const name = selector.trim();
      if (!SELECTORS.has(name)) return `${shown(name)} is not valid`;
    }
    const close = text.indexOf("}", open);
    if (close === -1) return "a rule has no end";
    const body = text.slice(open + 1, close);
    if (FORBIDDEN_IN_VALUES.test(body)) return `${shown(body.trim())} is not valid`;
    from = close + 1;
  }
}
