/** What a line of a file is; blank lines are counted but none. */
export type CsvLineContent =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "too-long" }
  | { readonly kind: "not-utf-8" };

export interface CsvLine {
  /** Counts from 1, blank lines too. */
  readonly number: number;
  /** Where the line after it begins, in bytes from the start of the file. */
  readonly end: number;
  readonly content: CsvLineContent;
}

/** Cognito's documentation: characters of a row at most. */
const LONGEST_LINE = 16_000;
/** No UTF-8 character is longer. */
const LONGEST_LINE_BYTES = LONGEST_LINE * 4;
const NEW_LINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const BLANK = /^\s*$/;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const isTooLong = (text: string): boolean => text.length > LONGEST_LINE && [...text].length > LONGEST_LINE;

/**
 * Cuts a file that comes in pieces into lines, which end with a line feed, with a carriage return before it or not. Holds no more
 * than the longest allowed line.
 */
export class CsvLineReader {
  #offset: number;
  #number: number;
  /** Of the line under way; empty once it is too long. */
  #pieces: Uint8Array[] = [];
  #length = 0;

  /** @param from where the file's first piece begins: bytes, and the number of the line there */
  constructor(from: { readonly offset: number; readonly line: number } = { offset: 0, line: 1 }) {
    this.#offset = from.offset;
    this.#number = from.line;
  }

  /** The lines that end in this piece, read one at a time; they are to be taken before the next piece comes. */
  *push(piece: Uint8Array): Generator<CsvLine> {
    let start = 0;
    for (;;) {
      const end = piece.indexOf(NEW_LINE, start);
      if (end === -1) break;
      this.#add(piece.subarray(start, end));
      start = end + 1;
      yield* this.#finish(1);
    }
    this.#add(piece.subarray(start));
  }

  /** The last line, where the file does not end with a line feed. */
  *end(): Generator<CsvLine> {
    if (this.#length > 0) yield* this.#finish(0);
  }

  #add(bytes: Uint8Array): void {
    this.#length += bytes.length;
    // A copy: pieces may be views of a buffer that is used again.
    if (this.#length <= LONGEST_LINE_BYTES + 1) this.#pieces.push(bytes.slice());
    else this.#pieces = [];
  }

  *#finish(terminator: 0 | 1): Generator<CsvLine> {
    const content = this.#content();
    const number = this.#number++;
    this.#offset += this.#length + terminator;
    this.#pieces = [];
    this.#length = 0;
    if (content) yield { number, end: this.#offset, content };
  }

  /** Null for a blank line. */
  #content(): CsvLineContent | null {
    if (this.#length > LONGEST_LINE_BYTES + 1) return { kind: "too-long" };
    const bytes = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
    if (!bytes) return null;
    const line = bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes;
    let text: string;
    try {
      text = utf8.decode(line);
    } catch {
      return { kind: "not-utf-8" };
    }
    if (BLANK.test(text)) return null;
    return isTooLong(text) ? { kind: "too-long" } : { kind: "text", text };
  }
}

/** Counts lines that hold more than white space, in a file that comes in pieces. */
export class LineCounter {
  #complete = 0;
  #hasContent = false;

  push(piece: Uint8Array): void {
    // By index: this sees every byte, and an iterator takes several times as long.
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i] ?? 0;
      if (byte === NEW_LINE) {
        if (this.#hasContent) this.#complete++;
        this.#hasContent = false;
      } else if (byte > SPACE) this.#hasContent = true;
    }
  }

  get lines(): number {
    return this.#complete + (this.#hasContent ? 1 : 0);
  }
}
