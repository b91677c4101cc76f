import { characters, Dictionary, type Value } from "./value.ts";

/** The text is not shorthand syntax; the message shows the column. */
export class ShorthandFault extends Error {}

/** Reads what a value that `@=` precedes refers to (`file://…`); null when it refers to nothing. */
export type ReadReference = (value: string) => Value | null;

const SINGLE_QUOTED = /'(?:\\'|[^'])*'/y;
const DOUBLE_QUOTED = /"(?:\\"|[^"])*"/y;
const FIRST_VALUE = /(?:\\,|[!#-&(-+\--<>-Z\\-z|-\uffff])(?:\\,|[\s!#-&(-+\--\\^-|~-\uffff])*/y;
const LATER_VALUE = /(?:\\,|[!#-&(-+\--<>-Z\\-z|-\uffff])(?:\\,|[\s!#-&(-+\--<>-\uffff])*/y;
const KEY = /[a-zA-Z0-9\-_.#/:]*/y;
const SPACE = /[ \t\n\r\v\f]*/y;

/**
 * Reads the AWS CLI's shorthand syntax: `Key=value,Other=a,b,Map={x=y},List=[{a=b}]`, values quoted by ' or ", commas escaped by \.
 * All values are texts; the shape decides later what they become.
 * @throws ShorthandFault
 */
export function parseShorthand(text: string, readReference: ReadReference): Dictionary {
  return new Parser(text, readReference).parse();
}

class Parser {
  readonly #text: string;
  readonly #readReference: ReadReference;
  #at = 0;
  #references = false;

  constructor(text: string, readReference: ReadReference) {
    this.#text = text;
    this.#readReference = readReference;
  }

  parse(): Dictionary {
    const result = new Dictionary();
    let end = 0;
    do {
      if (result.size > 0) this.#expect(",", true);
      const key = this.#keyAndSign();
      const value = this.#values();
      if (result.has(key)) throw new ShorthandFault(this.#repeated(key, end + 1));
      result.set(key, value);
      end = this.#at;
    } while (!this.#ended);
    return result;
  }

  /** `key=`, or `key@=` when the value may be in a file. */
  #keyAndSign(): string {
    const key = this.#take(KEY) ?? "";
    this.#references = false;
    this.#skipSpace();
    if (this.#current === "@") {
      this.#expect("@", true);
      this.#references = true;
    }
    this.#expect("=", true);
    return key;
  }

  #values(): Value {
    if (this.#ended) return "";
    if (this.#current === "[") return this.#explicitList();
    return this.#current === "{" ? this.#hash() : this.#commaSeparated();
  }

  /** One value, or several with commas between; `a=b,c=d` has one, as `c` turns out to be a key. */
  #commaSeparated(): Value {
    const first = this.#firstValue();
    this.#skipSpace();
    if (this.#current !== ",") return first;
    this.#expect(",", true);
    const list: Value[] = [first];
    for (;;) {
      try {
        const value = this.#laterValue();
        this.#skipSpace();
        if (this.#ended) {
          list.push(value);
          break;
        }
        this.#expect(",", true);
        list.push(value);
      } catch (fault) {
        if (!(fault instanceof ShorthandFault) || this.#ended) throw fault;
        while (this.#at >= 0 && this.#text[this.#at] !== ",") this.#at--;
        break;
      }
    }
    return list.length === 1 ? first : list;
  }

  #explicitList(): Value {
    this.#expect("[", true);
    const list: Value[] = [];
    while (this.#current !== "]") {
      list.push(this.#explicitValue());
      this.#separator("]");
    }
    this.#expect("]");
    return list;
  }

  #hash(): Value {
    this.#expect("{", true);
    const hash = new Dictionary();
    while (this.#current !== "}") {
      const key = this.#keyAndSign();
      hash.set(key, this.#explicitValue());
      this.#separator("}");
    }
    this.#expect("}");
    return hash;
  }

  #separator(end: string): void {
    this.#skipSpace();
    if (this.#current === end) return;
    this.#expect(",");
    this.#skipSpace();
  }

  #explicitValue(): Value {
    if (this.#current === "[") return this.#explicitList();
    return this.#current === "{" ? this.#hash() : this.#firstValue();
  }

  #firstValue(): Value {
    if (this.#current === "'" || this.#current === '"') return this.#quoted();
    const value = this.#take(FIRST_VALUE);
    return value === null ? "" : this.#plain(value);
  }

  #laterValue(): Value {
    if (this.#current === "'" || this.#current === '"') return this.#quoted();
    const value = this.#take(LATER_VALUE);
    if (value === null) throw this.#expected("<second>", "<none>");
    return this.#plain(value);
  }

  #plain(value: string): Value {
    return this.#resolved(value.replaceAll("\\,", ",").trimEnd());
  }

  #quoted(): Value {
    const quote = this.#current ?? "";
    const value = this.#take(quote === "'" ? SINGLE_QUOTED : DOUBLE_QUOTED);
    if (value === null)
      throw this.#expected(quote === "'" ? "<singled quoted>" : "<double quoted>", "<none>");
    return this.#resolved(value.slice(1, -1).replaceAll(`\\${quote}`, quote).replaceAll("\\\\", "\\"));
  }

  #resolved(value: string): Value {
    return (this.#references ? this.#readReference(value) : null) ?? value;
  }

  get #ended(): boolean {
    return this.#at >= this.#text.length;
  }

  get #current(): string | undefined {
    return this.#text[this.#at];
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) return null;
    this.#at += match[0].length;
    return match[0];
  }

  #skipSpace(): void {
    this.#take(SPACE);
  }

  #expect(character: string, space = false): void {
    if (space) this.#skipSpace();
    if (this.#current !== character) throw this.#expected(character, this.#current ?? "EOF");
    this.#at++;
    if (space) this.#skipSpace();
  }

  #expected(what: string, received: string): ShorthandFault {
    return new ShorthandFault(
      `Expected: '${what}', received: '${received}' for input:\n${this.#pointedAt(this.#at)}`,
    );
  }

  #repeated(key: string, at: number): string {
    return `Second instance of key "${key}" encountered for input:\n${this.#pointedAt(at)}\nThis is often because there is a preceding "," instead of a space.`;
  }

  /** The text, and on a line below it a mark at the column; lines after that one follow. */
  #pointedAt(at: number): string {
    const line = this.#text.lastIndexOf("\n", at - 1) + 1;
    const column =
      characters(this.#text.slice(at === 0 ? 0 : line, at)) + Math.max(0, at - this.#text.length);
    const next = this.#text.indexOf("\n", at);
    const [shown, rest] = next < 0 ? [this.#text, ""] : [this.#text.slice(0, next), this.#text.slice(next)];
    return `${shown}\n${" ".repeat(column)}^${rest}`;
  }
}
