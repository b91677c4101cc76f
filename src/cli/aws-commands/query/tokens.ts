import { JsonFault, parseJson } from "../json-text.ts";
import { plainText, type Value } from "../value.ts";
import { lexerFault, QueryFault } from "./syntax-fault.ts";

export interface Token {
  readonly type: string;
  /** As messages show it. */
  readonly text: string;
  readonly value: Value;
  readonly start: number;
}

const SIMPLE: Readonly<Record<string, string>> = {
  ".": "dot",
  "*": "star",
  "]": "rbracket",
  ",": "comma",
  ":": "colon",
  "@": "current",
  "(": "lparen",
  ")": "rparen",
  "{": "lbrace",
  "}": "rbrace",
};

/** Characters that may be doubled or followed by "=": what the two and what the one are. */
const PAIRS: Readonly<Record<string, readonly [string, string, string]>> = {
  "|": ["|", "or", "pipe"],
  "&": ["&", "and", "expref"],
  "<": ["=", "lte", "lt"],
  ">": ["=", "gte", "gt"],
  "!": ["=", "ne", "not"],
};

/** The words of a JMESPath expression and an end. @throws QueryFault */
export function tokens(expression: string): readonly Token[] {
  if (expression === "") throw new QueryFault("Invalid JMESPath expression: cannot be empty.");
  const text = [...expression];
  const found: Token[] = [];
  let at = 0;
  const add = (type: string, value: Value, start: number) =>
    found.push({ type, value, text: plainText(value), start });

  /** What stands up to the delimiter, and goes past it. Backslashes stay. */
  const until = (delimiter: string): string => {
    const start = at++;
    let content = "";
    while (text[at] !== delimiter) {
      if (text[at] === "\\") {
        content += "\\";
        at++;
      }
      if (at >= text.length) throw lexerFault(expression, start, `Unclosed ${delimiter} delimiter`);
      content += text[at++];
    }
    at++;
    return content;
  };
  const literal = (start: number): Value => {
    const lexeme = until("`").replaceAll("\\`", "`");
    try {
      return parseJson(lexeme);
    } catch {
      try {
        return parseJson(`"${lexeme.trimStart()}"`);
      } catch {
        throw lexerFault(expression, start, `Bad token ${lexeme}`);
      }
    }
  };
  const quotedIdentifier = (start: number): Value => {
    const lexeme = `"${until('"')}"`;
    try {
      return parseJson(lexeme);
    } catch (fault) {
      if (!(fault instanceof JsonFault)) throw fault;
      throw lexerFault(expression, start, fault.message.split(":")[0] ?? "");
    }
  };

  while (at < text.length) {
    const start = at;
    const character = text[at] ?? "";
    const simple = SIMPLE[character];
    const pair = PAIRS[character];
    if (simple) {
      add(simple, character, start);
      at++;
    } else if (/[a-zA-Z_]/.test(character)) {
      while (/[a-zA-Z0-9_]/.test(text[at] ?? "")) at++;
      add("unquoted_identifier", text.slice(start, at).join(""), start);
    } else if (" \t\n\r".includes(character)) at++;
    else if (character === "[") {
      const next = text[++at];
      if (next === "]" || next === "?") at++;
      if (next === "]") add("flatten", "[]", start);
      else if (next === "?") add("filter", "[?", start);
      else add("lbracket", "[", start);
    } else if (character === "'") add("literal", until("'").replaceAll("\\'", "'"), start);
    else if (pair) {
      const [follower, both, alone] = pair;
      const doubled = text[at + 1] === follower;
      at += doubled ? 2 : 1;
      add(doubled ? both : alone, doubled ? character + follower : character, start);
    } else if (character === "`") add("literal", literal(start), start);
    else if (/[-0-9]/.test(character)) {
      at++;
      while (/[0-9]/.test(text[at] ?? "")) at++;
      const digits = text.slice(start, at).join("");
      if (digits === "-") throw lexerFault(expression, start, "Unknown token '-'");
      add("number", Number(digits), start);
    } else if (character === '"') add("quoted_identifier", quotedIdentifier(start), start);
    else if (character === "=") {
      if (text[at + 1] !== "=") throw lexerFault(expression, start, "Unknown token '='");
      at += 2;
      add("eq", "==", start);
    } else throw lexerFault(expression, start, `Unknown token ${character}`);
  }
  found.push({ type: "eof", text: "", value: "", start: text.length });
  return found;
}
