/**
 * The model's patterns are Java's and match a whole string. Two things differ in JavaScript: Java's \s is ASCII only, and its dot
 * stops at U+0085 too; \w, \p{…} and the rest mean the same under the `u` flag.
 */
const JAVA_SPACE = " \\t\\n\\x0B\\f\\r";
const JAVA_DOT = "[^\\n\\r\\u0085\\u2028\\u2029]";

/** The source of a JavaScript regular expression, for the `u` flag, that matches what Java's `matches()` does. */
export function toJavaScriptPattern(java: string): string {
  const dotAll = java.startsWith("(?s)");
  const source = dotAll ? java.slice("(?s)".length) : java;
  let converted = "";
  let inClass = false;
  for (let i = 0; i < source.length; i++) {
    const char = source.charAt(i);
    if (char === "\\") {
      const escaped = source.charAt(++i);
      if (escaped === "s") converted += inClass ? JAVA_SPACE : `[${JAVA_SPACE}]`;
      else if (escaped === "S") {
        if (inClass && !(source.charAt(i - 2) === "[" && source.charAt(i + 1) === "]"))
          throw new Error("\\S beside other characters of a class is not supported");
        converted += inClass ? `^${JAVA_SPACE}` : `[^${JAVA_SPACE}]`;
      } else converted += `\\${escaped}`;
      continue;
    }
    if (char === "[") inClass = true;
    if (char === "]") inClass = false;
    converted += char === "." && !inClass ? (dotAll ? "[^]" : JAVA_DOT) : char;
  }
  return `^(?:${converted})$`;
}
