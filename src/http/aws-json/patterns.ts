/**
 * The model's patterns as functions that take linear time on any text. Java's engine and JavaScript's backtrack: a pattern in which
 * one character may belong to two repeated parts takes quadratic time or worse on a hostile value, so those are written again here.
 */

export interface Pattern {
  /** What a validation message quotes. */
  readonly text: string;
  matches(value: string): boolean;
}

/** Published, but not what the service does: real values have dots, spaces or nothing to check. */
const NOT_ENFORCED: ReadonlySet<string> = new Set([
  "DomainType",
  "CompletionMessageType",
  "EmailMfaSubjectType",
]);

const VISIBLE = "\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}";
const MESSAGE = `[${VISIBLE} \\t\\n\\x0B\\f\\r*]`;
/**
 * Equal to the model's, by the same key: every character is checked once by the look-ahead, then the fixed parts are searched for
 * from left to right; the captured look-ahead is never entered again.
 */
const LINEAR_EQUIVALENTS: Readonly<Record<string, string>> = {
  EmailAddressType: `^(?=[${VISIBLE}]+$)[^]+?@[^]`,
  EmailMfaMessageType: `^(?=${MESSAGE}*$)[^]*?\\{####\\}`,
  EmailVerificationMessageType: `^(?=${MESSAGE}*$)[^]*?\\{####\\}`,
  EmailVerificationMessageByLinkType: `^(?=${MESSAGE}*$)(?=([^]*?\\{##))\\1[^]*##\\}`,
  SmsVerificationMessageType: "^(?=[^\\n\\r\\u0085\\u2028\\u2029]*$)[^]*?\\{####\\}",
};

/** The pattern to enforce for a shape; null where the service enforces none. `expression` is an anchored one for the `u` flag. */
export function patternOf(shapeName: string, text: string, expression: string): Pattern | null {
  if (NOT_ENFORCED.has(shapeName)) return null;
  if (shapeName === "PasswordType") return passwordPattern;
  return new ExpressionPattern(text, LINEAR_EQUIVALENTS[shapeName] ?? expression);
}

class ExpressionPattern implements Pattern {
  readonly text: string;
  readonly #source: string;
  #expression: RegExp | null = null;

  constructor(text: string, source: string) {
    this.text = text;
    this.#source = source;
  }

  matches(value: string): boolean {
    this.#expression ??= new RegExp(this.#source, "u");
    return this.#expression.test(value);
  }
}

/**
 * The service enforces this and not the model's `[\S]+` (seen on SignUp and AdminSetUserPassword): no white space at either end, at
 * least two characters, no line break within. An empty password passes, since it means "no password".
 */
const passwordPattern: Pattern = {
  text: "^[\\S]+.*[\\S]+$",
  matches(password) {
    if (password === "") return true;
    return (
      password.length >= 2 &&
      !isSpace(password.charCodeAt(0)) &&
      !isSpace(password.charCodeAt(password.length - 1)) &&
      !/[\n\r]/.test(password)
    );
  },
};

/** Java's \s: space, tab, line feed, vertical tab, form feed, carriage return. */
const isSpace = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d);
